/** Writes docs/reference/registration-states.md from the table of transitions; run it after a change to src/domain/registration-states.ts. */
import { registrationStates } from '../src/domain/records.ts'
import { isOpen, transitions, type Transition } from '../src/domain/registration-states.ts'
import { writePage } from './page.ts'

export function registrationStatesPage(): string {
  const drawn = new Set(
    transitions.filter(({ from, to }) => from !== to).map(({ from, to, step }) => edge(from, to, step)),
  )
  return `# States of a registration

A registration goes from state to state by steps, and by no others than these. Who causes a step: the clocks and rules of the process
(\`system\`), a person at the partner (\`partner\`), who decides its task (\`approver\`), other staff (\`manager\`), or what a CRM or a portal says
(\`crm\`, \`portal\`). A step that keeps its state changes something else of the claim, such as a clock. What is no row here is refused with
\`CW_TRANSITION_ILLEGAL\`, which names the state, the step and what is possible instead.

Who is told: the audience and the [notice](notices.md) that it gets, some only where there is something to tell, such as that another
claim was found. Whoever is asked to decide is told as a \`manager\`; how each person is reached is theirs to say. What a claim's screening
finds of another partner's claim is told to that one too.

While a registration is ${list(registrationStates.filter(isOpen))} its process runs, and it stands against later claims.

\`\`\`mermaid
stateDiagram-v2
  [*] --> submitted
${[...drawn].map((line) => `  ${line}`).join('\n')}
\`\`\`

${registrationStates.map(section).join('\n\n')}

This page is made from \`src/domain/registration-states.ts\` by \`scripts/registration-states-page.ts\`.
`
}

function section(state: (typeof registrationStates)[number]): string {
  const rows = transitions.filter(({ from }) => from === state)
  const head = ['| step | leads to | by | | who is told |', '| --- | --- | --- | --- | --- |']
  const table = [...head, ...rows.map(rowOf)].join('\n')
  return `## ${state}\n\n${rows.length === 0 ? 'Nothing follows.' : table}`
}

function rowOf({ step, to, by, says, tells }: Transition): string {
  const told = Object.entries(tells).map(([template, audiences]) => `${audiences.join(', ')}: \`${template}\``)
  return `| \`${step}\` | ${to} | ${by.join(', ')} | ${says} | ${told.join('<br>')} |`
}

/** The names of states in a diagram have no hyphens. */
function edge(from: string, to: string, step: string): string {
  return `${from.replaceAll('-', '_')} --> ${to.replaceAll('-', '_')}: ${step}`
}

function list(states: readonly string[]): string {
  return `${states.slice(0, -1).join(', ')} or ${states.at(-1) ?? ''}`
}

if (import.meta.main) await writePage('registration-states.md', registrationStatesPage())
