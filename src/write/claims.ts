/** How claims are written, and which records a vendor lets us make. */
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { retryAt } from '../db/patience.ts'
import { writes, type WriteStatus } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'

/** A lease outlasts its request by so much, so that the request is dead when the lease ends. */
const LEASE_MARGIN_MS = 10_000

export interface Claim {
  linkId: string
  status: WriteStatus
  code?: ErrorCode
  detail?: Record<string, unknown> | null
  /** Seconds until it is looked at again. */
  waitS?: number
  sentFields?: Fields
  /** On its way: what the vendor holds of these fields as far as is known; null: the record is made. */
  sentOver?: Fields | null
  /** On its way: the run that it belongs to unless it was planned by one. */
  runId?: string | null
  /** On its way: the version of the mapping that says what is sent. */
  mapping?: string | null
  /** An undo of this record is over: the ordinary wish for it, which was not asked about, stays. */
  restored?: boolean
}

/**
 * One statement for the whole batch. Answers attempt and run of each write that is on its way.
 *
 * @param deadlineMs how long the request may take
 */
export async function writeClaims(
  tx: Tx,
  deadlineMs: number,
  verdicts: Claim[],
): Promise<Map<string, { attempt: number; runId: string | null }>> {
  const leaseS = (deadlineMs + LEASE_MARGIN_MS) / 1000
  if (verdicts.length === 0) return new Map()
  const rows = JSON.stringify(
    verdicts.map(({ linkId, status, code, detail, waitS, sentFields, sentOver, runId, mapping, restored }) => ({
      link_id: linkId,
      status,
      code: code ?? null,
      detail: detail ?? null,
      wait_s: waitS ?? null,
      sent_fields: sentFields ?? null,
      sent_over: sentOver ?? null,
      run_id: runId ?? null,
      mapping: mapping ?? null,
      restored: restored ?? false,
    })),
  )
  const written = await tx.execute<{ link_id: string; attempt: number; run_id: string | null }>(sql`
    update ${writes} w set
      status = r.status, code = r.code, detail = r.detail, sent_fields = r.sent_fields, sent_over = r.sent_over,
      sent = case when r.status in ('sending', 'done') then w.desired else w.sent end,
      attempt = w.attempt + (r.status = 'sending')::int,
      sent_at = case when r.status = 'sending' then clock_timestamp() else w.sent_at end,
      lease_until = case when r.status = 'sending' then clock_timestamp() + make_interval(secs => ${leaseS}::float8) end,
      not_before = case when r.wait_s is null then w.not_before else now() + make_interval(secs => r.wait_s) end,
      failures = case when r.status = 'done' then 0 else w.failures end,
      split = case when r.status = 'done' then 0 else w.split end,
      parks = case when r.status = 'done' then 0 else w.parks + (r.status = 'parked')::int end,
      retry_at = case when r.status = 'parked' then ${retryAt(sql`r.code`, sql`w.parks`)} end,
      run_id = case when r.status = 'done' or r.restored then null else coalesce(w.run_id, r.run_id) end,
      mapping = coalesce(r.mapping, w.mapping),
      restore = case when r.restored then null else w.restore end,
      updated_at = now()
    from jsonb_to_recordset(${rows}::jsonb)
      as r(link_id uuid, status text, code text, detail jsonb, wait_s float8, sent_fields jsonb, sent_over jsonb, run_id uuid, mapping text, restored boolean)
    where w.link_id = r.link_id returning w.link_id, w.attempt, w.run_id`)
  return new Map(written.rows.map((row) => [row.link_id, { attempt: row.attempt, runId: row.run_id }]))
}
