/** The document as Markdown, for a ticket or a repository. */
import type { Fact, Step, TimelineDocument } from './document.ts'

export function markdownOf(document: TimelineDocument): string {
  const lines = [
    `# ${text(document.title)}`,
    '',
    `_Made ${text(document.madeAt)}. ${document.notes.map(text).join(' ')}_`,
    '',
    '## The claim',
    '',
    ...document.claim.map(item),
    '',
    '## Clocks',
    '',
    ...document.clocks.map(item),
    '',
    '## What happened',
  ]
  let day = ''
  for (const step of document.steps) {
    if (step.day !== day) lines.push('', `### ${text(step.day)}`, '')
    day = step.day
    lines.push(...linesOf(step, ''))
  }
  return `${lines.join('\n')}\n`
}

function linesOf(step: Step, indent: string): string[] {
  const by = [step.by, step.rule].flatMap((part) => (part === null ? [] : [text(part)])).join('; ')
  const details = [
    ...(step.reason === null ? [] : [`${indent}  - Reason: ${text(step.reason)}`]),
    ...step.facts.map((fact) => `${indent}  ${item(fact)}`),
  ]
  return [
    `${indent}- **${text(step.title)}** – ${text(step.at)}${by === '' ? '' : ` (${by})`} \`${step.reference}\``,
    ...details,
    ...step.under.flatMap((follows) => linesOf(follows, `${indent}  `)),
  ]
}

function item({ label, value }: Fact): string {
  return `- ${text(label)}: ${text(value)}`
}

/** Names come from outside: no sign of them may end a line, begin a heading or a link, or be taken for HTML. */
function text(value: string): string {
  return value.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').replaceAll(/[\\`*_[\]<>#|~]/g, (sign) => `\\${sign}`)
}
