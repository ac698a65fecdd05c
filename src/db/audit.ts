/** The audit: every write to a vendor and every change of configuration, once and for ever. Values stand apart and can be erased. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Db, Tx } from './connection.ts'

export interface AuditEntry {
  /** `write`, or what was changed by a person or a start, such as `connection.mode`, `policy`, `key.created`, `parked.skipped`. */
  what: string
  /** `system`, `key:<id>`, `cli`, or `configuration file`. Never a name. */
  actor: string
  /** What decided, such as a run's kind or a rule's name. */
  rule?: string | null
  /** Of the mapping or the policy. */
  version?: string | null
  runId?: string | null
  connection?: string | null
  object?: string | null
  externalId?: string | null
  linkId?: string | null
  recordId?: string | null
  /** Whether the write made the vendor's record. */
  created?: boolean
  /** Names of fields, or paths of settings; their values belong into `values`. */
  fields?: string[]
  /** Ids, counts and codes only: these rows are kept for ever. */
  detail?: Record<string, string | number | boolean | null>
  /** Field-level before and after, kept where they can be erased with the person whose data they are. */
  values?: { before: Fields; after: Fields }
}

/** Who said what a start finds changed in causeway.yaml and in the mapping files. */
export const configurationFile = 'configuration file'

/**
 * Adds to the audit, in the transaction that does what it tells of. Two statements however many entries.
 *
 * @example await recordAudit(tx, [{ what: 'link.split', actor: `key:${keyId}`, connection, object, externalId, recordId }])
 */
export async function recordAudit(tx: Db | Tx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return
  const rows = entries.map((entry) => ({
    id: randomUUID(),
    what: entry.what,
    actor: entry.actor,
    rule: entry.rule ?? null,
    version: entry.version ?? null,
    run_id: entry.runId ?? null,
    connection: entry.connection ?? null,
    object: entry.object ?? null,
    external_id: entry.externalId ?? null,
    link_id: entry.linkId ?? null,
    record_id: entry.recordId ?? null,
    created: entry.created ?? false,
    fields: entry.fields ?? [],
    detail: entry.detail ?? {},
    values: entry.values ?? null,
  }))
  const columns = sql.raw(
    'id, what, actor, rule, version, run_id, connection, object, external_id, link_id, record_id, created, fields, detail',
  )
  await tx.execute(sql`
    insert into audit (${columns}) select ${columns} from jsonb_populate_recordset(null::audit, ${JSON.stringify(rows)}::jsonb)`)
  const held = rows.flatMap(({ id, record_id, values }) =>
    values === null ? [] : [{ audit_id: id, record_id, ...values }],
  )
  if (held.length > 0)
    await tx.execute(sql`
      insert into audit_values (audit_id, record_id, before, after)
      select audit_id, record_id, before, after from jsonb_populate_recordset(null::audit_values, ${JSON.stringify(held)}::jsonb)`)
}
