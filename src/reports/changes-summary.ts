/** The books of promise 1: what came in, and how each of it ended. What was received equals the sum of the rest, always. */
import { asc, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { changes, type ChangeStatus } from '../db/schema/index.ts'

export interface ChangesCount {
  connection: string
  object: string
  received: number
  applied: number
  noOp: number
  parked: number
  pending: number
  /** Whether `received` is the sum of the others; anything else is a fault of ours. */
  balanced: boolean
  lastReceivedAt: string | null
}

export async function changesSummary(db: Db): Promise<ChangesCount[]> {
  const rows = await db
    .select({
      connection: changes.connection,
      object: changes.object,
      received: sql<number>`count(*)::int`,
      applied: ended('applied'),
      noOp: ended('no-op'),
      parked: ended('parked'),
      pending: ended('pending'),
      lastReceivedAt: sql<string>`to_char(max(${changes.receivedAt}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    })
    .from(changes)
    .groupBy(changes.connection, changes.object)
    .orderBy(asc(changes.connection), asc(changes.object))
  return rows.map((row) => ({
    ...row,
    balanced: row.received === row.applied + row.noOp + row.parked + row.pending,
  }))
}

function ended(status: ChangeStatus) {
  return sql<number>`count(*) filter (where ${changes.status} = ${status})::int`
}
