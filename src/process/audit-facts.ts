/** What the notice of an audit says: the accounts that need a ruling, each with its task. */
import { auditRows, type AuditRow } from '../db/conflict-audit-rows.ts'
import type { Db } from '../db/connection.ts'
import type { notices } from '../db/schema/index.ts'
import { OTHER_TERRITORY } from '../domain/conflict-audit.ts'
import type { Facts, Line } from '../domain/notice.ts'
import { AUDIT_TEMPLATES } from './audit-templates.ts'

/** More than these a person reads by the command. */
const SHOWN = 50

/** From the rows as they are now; null: nothing waits for a ruling any more. */
export async function factsOfAudit(
  db: Db,
  { template, subjectId, recipient }: Pick<typeof notices.$inferSelect, 'template' | 'subjectId' | 'recipient'>,
): Promise<Facts | null> {
  const rows = await auditRows(db, subjectId, template === AUDIT_TEMPLATES.assigned ? recipient : null)
  const open = rows.filter(({ ruling }) => ruling === null)
  if (open.length === 0) return null
  const list = open.slice(0, SHOWN).map(lineOf)
  const more = open.length - list.length
  const show = `causeway conflicts audit show ${subjectId}`
  return { count: open.length, list, more: more > 0 ? more : null, commands: [show, `${show} --csv`] }
}

function lineOf({ territory, account, registrations, deals, taskId }: AuditRow): Line {
  return {
    line: 'audit-row',
    names: {
      territory: territory === OTHER_TERRITORY ? null : territory,
      company: registrations[0]?.company ?? account,
      account,
      partners: registrations.map(({ partner }) => partner),
      deals: deals.map(({ name, owner }): Line => ({ line: 'audit-deal', names: { deal: name, owner } })),
      task: taskId,
    },
  }
}
