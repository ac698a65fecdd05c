/** The policy as a document that is read: what stands at its top, and all of it as Markdown. */
import { sectionsOf, type Audience } from './paragraphs.ts'
import type { Policy } from './policy.ts'

export interface PageOptions {
  audience: Audience
  /** Since when it is in force, as a civil day; null: it is a draft, or not said. */
  since: string | null
}

/** Which version this is, and for whom. */
export function edition({ version }: Policy, { since, audience }: PageOptions): string {
  const from = since === null ? '' : `, in force since ${since}`
  return `Version ${version}${from}. ${audience === 'partner' ? 'For partners.' : 'For staff: not to be passed on to partners.'}`
}

export const ABOUT =
  'Every decision names the paragraph that it follows and the version that was in force. The name behind a paragraph stays the same when its number changes.'

export function policyMarkdown(policy: Policy, options: PageOptions): string {
  const parts = sectionsOf(policy, options.audience).map(({ number, title, lead, paragraphs }) =>
    [
      `## ${number}. ${plain(title)}`,
      ...(lead === null ? [] : [plain(lead)]),
      paragraphs.map((one) => `**${one.number}** ${plain(one.text)} (\`${one.id}\`)`).join('\n\n'),
    ].join('\n\n'),
  )
  return `${[`# ${plain(policy.title)}`, plain(edition(policy, options)), ABOUT, ...parts].join('\n\n')}\n`
}

/** Text that is no markup, whatever stands in it. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#|]/g, (sign) => `\\${sign}`)
}
