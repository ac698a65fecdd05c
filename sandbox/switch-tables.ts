/** The tables of docs/reference/sandbox.md: every vendor's switches, from the definitions themselves. */
import type { SwitchDoc, SwitchSet } from './framework/definition.ts'
import { hubspotSandbox } from './hubspot/index.ts'
import { partnerstackSandbox } from './partnerstack/index.ts'
import { salesforceSandbox } from './salesforce/index.ts'
import { slackSandbox } from './slack/index.ts'

const begin = '<!-- switches: written by scripts/write-sandbox-switches.ts -->'
const end = '<!-- /switches -->'

/** The page with its tables brought up to date. Throws when the page has lost the marks between which they stand. */
export function withSwitchTables(page: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no "${begin}" … "${end}"`)
  const tables = [
    table('PartnerStack', partnerstackSandbox),
    table('Salesforce', salesforceSandbox),
    table('HubSpot', hubspotSandbox),
    table('Slack', slackSandbox),
  ]
  return `${page.slice(0, from)}${begin}\n\n${tables.join('\n\n')}\n\n${page.slice(to)}`
}

function table(
  vendor: string,
  { switches, switchDocs }: { switches: SwitchSet; switchDocs: Record<string, SwitchDoc> },
): string {
  const rows = Object.entries(switchDocs).map(([name, { meaning, positions }]) => {
    const shown = positions.map((position) => `\`${String(position)}\``).join(', ')
    const positionsCell = typeof switches[name] === 'number' ? `${shown}, …` : shown || 'any text'
    return `| \`${name}\` | \`${String(switches[name])}\` | ${positionsCell} | ${cell(meaning)} |`
  })
  return [`### ${vendor}`, '', '| switch | default | positions | meaning |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}

const cell = (text: string) => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')
