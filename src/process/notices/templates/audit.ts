/** What an audit found. */
import type { Template } from '../template.ts'

const conflicts = {
  subject: 'Conflict audit: {count, plural, one {# account needs} other {# accounts need}} a ruling',
  body: `These accounts are pursued by our own sales and a partner, or by several partners, and have no ruling. Each line names its task.

{list}

and {more} more

All of them, also as CSV:
{commands}`,
}

export const auditTemplates = {
  /** To who answers for all of it. */
  'audit.conflicts': { texts: { manager: conflicts } },
  /** To who is asked about rows of it, of those alone. */
  'audit.conflicts-assigned': { texts: { manager: conflicts } },
} as const satisfies Record<string, Template>
