/**
 * Edits of a registration that come in from its portal: the same rules as for an edit by any other door (`src/process/wishes/edit.ts`).
 *
 * What is locked since the approval stays as it is: the portal's value becomes a proposal, and where the portal takes ours, it is
 * shown the value in force until a person has decided. Everything else applies, is told in the timeline, and wakes the process where it
 * is screened again.
 */
import { sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import type { LedgerRecord } from '../db/ledger.ts'
import { propose } from '../db/proposed-changes.ts'
import { registrations, type FieldChanges } from '../db/schema/index.ts'
import { judgeEdit, type EditRules, type Values } from '../domain/edit.ts'
import { editableFields, edits } from '../domain/policy/edits.ts'
import { registrationStates } from '../domain/records.ts'
import type { System } from '../mapping/systems.ts'
import type { CanonicalRecord } from '../mapping/translate.ts'
import type { Page } from './page.ts'

/** What the policy says where a connection was made without it. */
const usual: EditRules = edits.parse({})

export function rulesOf({ edits: rules }: System): EditRules {
  return rules ?? usual
}

/** Takes out of a merged change what is only proposed; null: everything applies. */
export function proposedBy(system: System, record: LedgerRecord, changed: CanonicalRecord): FieldChanges | null {
  if (record.kind !== 'registration') return null
  const state = registrationStates.find((known) => known === record.values['state']) ?? 'submitted'
  const judged = judgeEdit(state, editsIn(changed), rulesOf(system))
  if (judged === 'closed') return null
  const fields = Object.entries(judged.propose).map(([field, to]) => {
    const from = record.values[field] ?? null
    return [field, { from, to: to ?? null }] as const
  })
  return fields.length === 0 ? null : Object.fromEntries(fields)
}

/** Keeps the page's proposals and tells of its edits. Answers the registrations that are looked at again. */
export async function followEdits(page: Page): Promise<string[]> {
  const { tx, system } = page
  for (const [registrationId, fields] of [...page.proposed].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    await propose(tx, { registrationId, fields, actor: system.name })
  const edited = [...page.updated].flatMap(([id, values]) => {
    const fields = page.records.get(id)?.kind === 'registration' ? Object.keys(editsIn(values)) : []
    return fields.length === 0 ? [] : [{ id, fields }]
  })
  await tellEdits(tx, system.name, edited)
  const { screenAgain } = rulesOf(system)
  return edited.flatMap(({ id, fields }) => (screenAgain.some((field) => fields.includes(field)) ? [id] : []))
}

function editsIn(values: CanonicalRecord): Values {
  return Object.fromEntries(
    editableFields.flatMap((field) => (field in values ? [[field, values[field] ?? null]] : [])),
  )
}

/** One statement however many; the record's version tells one edit from the next. */
async function tellEdits(tx: Tx, connection: string, edited: { id: string; fields: string[] }[]): Promise<void> {
  if (edited.length === 0) return
  const rows = JSON.stringify(edited.map(({ id, fields }) => ({ id, fields: fields.join(' ') })))
  await tx.execute(sql`
    insert into events (subject_id, partner_id, step_key, what, actor, detail)
    select r.id, r.partner_id, 'edit:' || r.version, 'registration.edited', ${connection}, jsonb_build_object('fields', e.fields)
    from jsonb_to_recordset(${rows}::jsonb) as e(id uuid, fields text) join ${registrations} r on r.id = e.id
    on conflict do nothing`)
}
