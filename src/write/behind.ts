/** The last phase of a reconciliation: vendor records that lack what the ledger says although nothing is on its way to them. */
import { and, asc, eq, gt, isNotNull, not, sql } from 'drizzle-orm'
import { transact } from '../db/attempts.ts'
import type { Db } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { planLinks } from '../db/outbox.ts'
import { moveRun, type Run } from '../db/runs.ts'
import { drifts, links, shadows, writes } from '../db/schema/index.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import { judge, openLookups, recordsOf } from './judge.ts'

const BATCH = 200

/**
 * Compares the next links with the ledger and plans what is left to be sent. Only where we write at all: a record that was only ever
 * read is its vendor's; and not where a person skipped the write.
 *
 * @param after the last link that was compared, or null for the beginning
 * @param cursorAt the run's place after a link; null: all are compared
 * @returns whether there may be more
 */
export async function planBehind(
  db: Db,
  system: System,
  object: string,
  run: Run,
  after: string | null,
  cursorAt: (linkId: string) => string,
): Promise<boolean> {
  if (!capabilityOf(system, object).update) return false
  return transact(db, async (tx) => {
    await mappingsInForce(tx, system)
    const rows = await tx
      .select({
        linkId: links.id,
        recordId: links.recordId,
        externalId: links.externalId,
        kind: links.kind,
        gone: links.gone,
        heldFields: links.heldFields,
        shadow: shadows.fields,
        answers: shadows.answers,
      })
      .from(links)
      .innerJoin(writes, eq(writes.linkId, links.id))
      .innerJoin(shadows, eq(shadows.linkId, links.id))
      .where(
        and(
          eq(links.connection, system.name),
          eq(links.object, object),
          isNotNull(links.externalId),
          not(links.gone),
          eq(writes.status, 'done'),
          sql`${writes.code} is null`,
          after === null ? undefined : gt(links.id, after),
        ),
      )
      .orderBy(asc(links.id))
      .limit(BATCH)
    const last = rows.at(-1)
    if (last === undefined) return false
    await moveRun(tx, run, { cursor: cursorAt(last.linkId) })
    const records = await recordsOf(tx, rows)
    const lookups = await openLookups(tx, system, object, records)
    const late = rows.flatMap((row) => {
      const verdict = judge(system, object, row, records.get(row.recordId), lookups, undefined)
      if (verdict.do !== 'send' && verdict.do !== 'read') return []
      return [{ ...row, fields: Object.keys(verdict.fields) }]
    })
    if (late.length > 0) {
      const found = late.map(({ externalId, recordId, fields }) => ({
        runId: run.id,
        connection: system.name,
        object,
        externalId,
        recordId,
        kind: 'behind' as const,
        fields,
        confirmedAt: sql`now()`,
      }))
      await tx.insert(drifts).values(found).onConflictDoNothing()
      await planLinks(
        tx,
        late.map(({ linkId }) => linkId),
      )
    }
    return true
  })
}
