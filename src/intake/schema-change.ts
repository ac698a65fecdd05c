/** A vendor's fields and picklists change; what was parked because of the old ones is tried again at once. */
import { createHash } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { ConnectorError, type FieldSchema } from '../../connectors/contract.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { changes, settings, writes } from '../db/schema/index.ts'
import { personal } from '../errors.ts'
import type { Step } from './reconcile-step.ts'

/** Compares the vendor's description of the object with the last one. A vendor that will not describe it says nothing. */
export async function noticeSchema({ db, system, connector, object, ctx }: Step): Promise<void> {
  const described = await connector.describe(object, ctx).catch((error: unknown) => {
    if (error instanceof ConnectorError) return null
    throw error
  })
  if (described === null) return
  const name = `schema/${system.name}/${object}`
  const value = fingerprint(described)
  await db.transaction(async (tx) => {
    const [before] = await tx.select().from(settings).where(eq(settings.name, name)).for('update')
    if (before?.value === value) return
    await tx.insert(settings).values({ name, value }).onConflictDoUpdate({ target: settings.name, set: { value } })
    if (before === undefined) return
    for (const table of [changes, writes]) {
      await tx
        .update(table)
        .set({ retryAt: sql`now()` })
        .where(
          sql`${table.connection} = ${system.name} and ${table.object} = ${object} and ${table.status} = 'parked'
            and ${table.code} not in ${personal}`,
        )
    }
    await nudge(tx, [workflowId.sender(system.name)])
  })
}

function fingerprint(fields: FieldSchema[]): string {
  const sorted = fields.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const told = sorted.map(({ name, type, required, writable, values, maxLength }) => [
    name,
    type,
    required,
    writable,
    values?.toSorted() ?? null,
    maxLength ?? null,
  ])
  return createHash('sha256').update(JSON.stringify(told)).digest('base64url')
}
