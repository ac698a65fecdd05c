/** Identity keys of accounts: who holds a domain is known before anything is made. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { identities } from '../db/schema/index.ts'
import { readDomain } from '../domain/identity.ts'
import { mappingOf, type System } from '../mapping/systems.ts'

/** The registrable domain among the vendor's fields of an account, or null. */
export function domainIn(system: System, object: string, fields: Fields): string | null {
  const path = mappingOf(system, object, 'account')?.fields.find((field) => field.field === 'domain')?.path
  const read = readDomain(path === undefined ? null : String(fields[path] ?? ''))
  return read.ok ? read.domain : null
}

/** Claims each domain for its account unless another one holds it. Answers who holds it, by the claiming account. */
export async function claimDomains(
  tx: Tx,
  claims: { recordId: string; domain: string | null }[],
): Promise<Map<string, string>> {
  const wanted = claims.flatMap(({ recordId, domain }) => (domain === null ? [] : [{ recordId, domain }]))
  if (wanted.length === 0) return new Map()
  const sorted = wanted.toSorted((a, b) => (a.domain < b.domain ? -1 : 1))
  await tx
    .insert(identities)
    .values(
      sorted.map(({ recordId, domain }) => ({ kind: 'account' as const, keyType: 'domain', value: domain, recordId })),
    )
    .onConflictDoNothing()
  const held = new Map(
    (
      await holdersOf(
        tx,
        sorted.map(({ domain }) => domain),
      )
    ).map((row) => [row.value, row.recordId]),
  )
  return new Map(wanted.flatMap(({ recordId, domain }) => [[recordId, held.get(domain) ?? recordId]]))
}

/** The accounts that hold these domains. */
export async function holdersOf(tx: Tx, domains: string[]): Promise<{ value: string; recordId: string }[]> {
  if (domains.length === 0) return []
  return tx
    .select({ value: identities.value, recordId: identities.recordId })
    .from(identities)
    .where(and(eq(identities.kind, 'account'), eq(identities.keyType, 'domain'), inArray(identities.value, domains)))
}

/** Identities follow the ledger: an account holds the domain that it has now and no other. */
export async function followDomains(tx: Tx, accounts: { recordId: string; domain: string | null }[]): Promise<void> {
  if (accounts.length === 0) return
  const rows = JSON.stringify(accounts.map(({ recordId, domain }) => ({ record_id: recordId, domain })))
  await tx.execute(sql`
    delete from ${identities} i using jsonb_to_recordset(${rows}::jsonb) as r(record_id uuid, domain text)
    where i.record_id = r.record_id and i.kind = 'account' and i.key_type = 'domain' and i.value is distinct from r.domain`)
  await claimDomains(tx, accounts)
}
