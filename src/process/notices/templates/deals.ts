/** What the CRMs' deals lack. */
import type { Template } from '../template.ts'

const withoutSource = {
  subject: '{count, plural, one {# open deal has} other {# open deals have}} no source',
  body: `Nobody has said of these open deals whether they are direct, partner-sourced or partner-influenced. Please set the source in the CRM; this list comes once a day until it is empty.

{list}

and {more} more

All of them:
{commands}`,
}

export const dealTemplates = {
  /** To who answers for all of them. */
  'deals.without-source': { texts: { manager: withoutSource } },
  /** To a partner account manager, of their own. */
  'deals.without-source.managed': { texts: { manager: withoutSource } },
} as const satisfies Record<string, Template>
