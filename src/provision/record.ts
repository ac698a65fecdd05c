/**
 * One row of the audit for each thing that was made, also when the process died between the vendor's answer and the row: what is
 * about to be made is remembered first, and told when it is found the next time.
 */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { ProvisionStep } from '../../connectors/contract.ts'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { settings } from '../db/schema/index.ts'

const intentSchema = z.object({ actor: z.string() })

/** Before the vendor is asked. */
export async function noteIntent(db: Db, connection: string, step: ProvisionStep, actor: string): Promise<void> {
  const value = JSON.stringify({ actor })
  await db
    .insert(settings)
    .values({ name: nameOf(connection, step), value })
    .onConflictDoUpdate({ target: settings.name, set: { value } })
}

/** It is proven that nothing was made. */
export async function dropIntent(db: Db, connection: string, step: ProvisionStep): Promise<void> {
  await db.delete(settings).where(eq(settings.name, nameOf(connection, step)))
}

/**
 * It was made: told once, whoever comes first to tell it.
 *
 * @param how.late it was found made, after an attempt whose end is not known; only what was attempted is told
 */
export async function tellMade(
  db: Db,
  connection: string,
  steps: readonly ProvisionStep[],
  { late }: { late: boolean } = { late: false },
): Promise<void> {
  if (steps.length === 0) return
  await db.transaction(async (tx) => {
    const actors = await takeIntents(tx, connection, steps)
    await recordAudit(
      tx,
      steps.flatMap((step) => {
        const actor = actors.get(nameOf(connection, step))
        if (actor === undefined) return []
        const { id, what, object } = step
        return [{ what: 'provision.made', actor, rule: what, connection, object, detail: { step: id, late } }]
      }),
    )
  })
}

async function takeIntents(tx: Tx, connection: string, steps: readonly ProvisionStep[]): Promise<Map<string, string>> {
  const names = steps.map((step) => nameOf(connection, step))
  const taken = await tx
    .delete(settings)
    .where(and(inArray(settings.name, names), sql`starts_with(${settings.name}, ${prefix})`))
    .returning()
  return new Map(taken.map(({ name, value }) => [name, intentSchema.parse(JSON.parse(value)).actor]))
}

const prefix = 'provision/'

function nameOf(connection: string, { id }: ProvisionStep): string {
  return `${prefix}${connection}/${id}`
}
