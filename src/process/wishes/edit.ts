/** An edit of a registration by its partner, or by staff for it: what applies at once, and what is proposed. */
import { recordAudit } from '../../db/audit.ts'
import type { Db } from '../../db/connection.ts'
import { updateRecords } from '../../db/ledger.ts'
import { nudge, planWrites, workflowId } from '../../db/outbox.ts'
import { propose } from '../../db/proposed-changes.ts'
import { changedValues, judgeEdit, type Values } from '../../domain/edit.ts'
import { readDomain } from '../../domain/identity.ts'
import type { EditableField } from '../../domain/policy/edits.ts'
import { events, registrations } from '../../db/schema/index.ts'
import { eq } from 'drizzle-orm'
import { CausewayError } from '../../errors.ts'
import type { Programme } from '../programme.ts'
import { illegal } from './claim.ts'

export interface Edit {
  registrationId: string
  /** Fields that are not named stay as they are. */
  values: Values
  /** `key:<id>` or `link:<id>`. */
  actor: string
}

export interface Edited {
  applied: EditableField[]
  proposed: EditableField[]
}

/**
 * Edits a registration. Whether it is screened again its process sees by itself: what it was screened by is kept beside it.
 *
 * @throws CW_NOT_FOUND, CW_TRANSITION_ILLEGAL for one that has ended, CW_FIELD_INVALID
 */
export async function edit(db: Db, { policy }: Programme, { registrationId, values, actor }: Edit): Promise<Edited> {
  const wished = withDomain(values)
  return db.transaction(async (tx) => {
    const [row] = await tx.select().from(registrations).where(eq(registrations.id, registrationId)).for('update')
    if (row === undefined) throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
    const judged = judgeEdit(row.state, changedValues(row, wished), policy.edits)
    if (judged === 'closed') throw illegal(row.state, 'edit')
    const applied = fieldsOf(judged.apply)
    const proposed = fieldsOf(judged.propose)
    if (applied.length > 0) {
      await updateRecords(tx, 'registration', [{ id: row.id, values: judged.apply }])
      await planWrites(tx, [row.id])
      await tx.insert(events).values({
        subjectId: row.id,
        partnerId: row.partnerId,
        stepKey: `edit:${String(row.version)}`,
        what: 'registration.edited',
        actor,
        policyVersion: policy.version,
        detail: { fields: applied.join(' ') },
      })
      const before = Object.fromEntries(applied.map((field) => [field, row[field]]))
      await recordAudit(tx, [
        {
          what: 'registration.edited',
          actor,
          version: policy.version,
          recordId: row.id,
          fields: applied,
          values: { before, after: judged.apply },
        },
      ])
      await nudge(tx, [workflowId.registration(row.id)])
    }
    if (proposed.length > 0) {
      const fields = proposed.map((field) => [field, { from: row[field], to: judged.propose[field] ?? null }] as const)
      await propose(tx, { registrationId: row.id, fields: Object.fromEntries(fields), actor })
    }
    return { applied, proposed }
  })
}

function withDomain(values: Values): Values {
  if (values.domain === undefined) return values
  const read = readDomain(values.domain)
  if (read.ok) return { ...values, domain: read.domain }
  throw new CausewayError('CW_FIELD_INVALID', `"${read.found}" is no domain; expected one such as example.com`, {
    field: 'domain',
    found: read.found,
  })
}

function fieldsOf(values: Values): EditableField[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the record, which `Object.keys` widens
  return Object.keys(values) as EditableField[]
}
