/** Where the ledger refers to its own records, and how what referred to one comes to refer to another. */
import { getTableName, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { RecordKind } from '../domain/records.ts'
import type { Tx } from './connection.ts'
import {
  accounts,
  apiKeys,
  attachments,
  conflicts,
  contacts,
  crmTasks,
  deals,
  exchanges,
  extensions,
  leads,
  onceTokens,
  namedAccounts,
  accountOverlaps,
  parties,
  partners,
  proposedChanges,
  registrations,
  signedLinks,
  users,
} from './schema/index.ts'

export interface Reference {
  /** The kind of record that refers; null for rows beside the ledger. */
  kind: RecordKind | null
  table: PgTable
  column: string
}

const at = (kind: RecordKind | null, table: PgTable, column: string): Reference => ({ kind, table, column })

/** By the kind that is referred to. What tells of the past (timeline, audit, findings) keeps the id that was in force. */
export const references: Record<RecordKind, readonly Reference[]> = {
  user: [
    at('deal', deals, 'owner_id'),
    at('deal', deals, 'manager_id'),
    at('deal', deals, 'extension_asked_by_id'),
    at('deal', deals, 'decided_by_id'),
    at('registration', registrations, 'decided_by_id'),
    at('account', accounts, 'owner_id'),
    at('lead', leads, 'owner_id'),
    at('partner', partners, 'manager_id'),
    at('task', crmTasks, 'changed_by_id'),
    at('task', crmTasks, 'owner_id'),
    at('user', users, 'manager_id'),
  ],
  partner: [
    at('contact', contacts, 'partner_id'),
    at('registration', registrations, 'partner_id'),
    at('deal', deals, 'partner_id'),
    at('lead', leads, 'partner_id'),
    at('party', parties, 'partner_id'),
    at(null, conflicts, 'partner_id'),
    at(null, exchanges, 'partner_id'),
    at(null, extensions, 'partner_id'),
    at(null, apiKeys, 'partner_id'),
    at(null, signedLinks, 'partner_id'),
    at(null, attachments, 'partner_id'),
    at(null, proposedChanges, 'partner_id'),
    at(null, onceTokens, 'partner_id'),
    at(null, accountOverlaps, 'partner_id'),
  ],
  contact: [
    at('lead', leads, 'contact_id'),
    at('registration', registrations, 'contact_id'),
    at('contact', contacts, 'successor_id'),
    at(null, signedLinks, 'contact_id'),
  ],
  account: [
    at('deal', deals, 'account_id'),
    at('party', parties, 'account_id'),
    at('registration', registrations, 'account_id'),
    at('account', accounts, 'parent_id'),
    at(null, namedAccounts, 'account_id'),
    at(null, accountOverlaps, 'account_id'),
    at('task', crmTasks, 'account_id'),
  ],
  registration: [
    at('deal', deals, 'registration_id'),
    at('registration', registrations, 'merged_into'),
    at('registration', registrations, 'previous_id'),
    at('task', crmTasks, 'registration_id'),
    at(null, signedLinks, 'registration_id'),
    at(null, attachments, 'registration_id'),
  ],
  lead: [],
  deal: [
    at('party', parties, 'deal_id'),
    at('registration', registrations, 'deal_id'),
    at('lead', leads, 'deal_id'),
    at('task', crmTasks, 'deal_id'),
  ],
  party: [],
  task: [],
}

/** A record that refers to another one by now. */
export interface Moved {
  kind: RecordKind
  id: string
}

/** What refers to each `from` refers to its `to` afterwards. Answers the records that changed. One statement a column. */
export async function moveReferences(
  tx: Tx,
  kind: RecordKind,
  moves: { from: string; to: string }[],
): Promise<Moved[]> {
  if (moves.length === 0) return []
  const rows = JSON.stringify(moves)
  const moved: Moved[] = []
  for (const { kind: referring, table, column } of references[kind]) {
    const name = sql.identifier(column)
    const moving = sql`
      update ${sql.identifier(getTableName(table))} t set ${name} = r."to"
      from jsonb_to_recordset(${rows}::jsonb) as r("from" uuid, "to" uuid) where t.${name} = r."from"`
    // What is no record of the ledger need not have an id.
    if (referring === null) {
      await tx.execute(moving)
      continue
    }
    const { rows: changed } = await tx.execute<{ id: string }>(sql`${moving} returning t.id::text`)
    moved.push(...changed.map(({ id }) => ({ kind: referring, id })))
  }
  return moved
}

/** Whether anything refers to the record. */
export async function isReferredTo(tx: Tx, kind: RecordKind, id: string): Promise<boolean> {
  if (references[kind].length === 0) return false
  const each = references[kind].map(
    ({ table, column }) =>
      sql`exists (select from ${sql.identifier(getTableName(table))} where ${sql.identifier(column)} = ${id})`,
  )
  const { rows } = await tx.execute<{ referred: boolean }>(sql`select ${sql.join(each, sql` or `)} as referred`)
  return rows[0]?.referred === true
}

/** How the ledger's column of a canonical field is called. */
export function columnOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
