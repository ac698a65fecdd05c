/** The wish for a longer protection that stands: one of a claim at a time. */
import { and, count, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { updateRecords } from '../db/ledger.ts'
import { planWrites } from '../db/outbox.ts'
import { deals, extensions, tasks } from '../db/schema/index.ts'
import type { RegistrationFacts } from '../domain/registration.ts'

type Extension = typeof extensions.$inferSelect

/** What the standing wish of a claim needs next, and since when; null: nothing stands, or a person still thinks about it. */
export async function extensionOf(tx: Tx, registrationId: string): Promise<RegistrationFacts['extension']> {
  const wish = await standingExtension(tx, registrationId)
  if (wish === undefined) return null
  if (wish.state === 'wished') return { next: 'askExtension', since: wish.askedAt }
  if (wish.state === 'granted') return { next: 'extend', since: wish.decidedAt ?? wish.askedAt }
  const [task] = await tx.select().from(tasks).where(extensionTask(wish))
  if (task === undefined || task.decidedAt === null) return null
  if (task.decision === 'grant') return { next: 'extend', since: task.decidedAt }
  return task.decision === 'refuse' ? { next: 'refuseExtension', since: task.decidedAt } : null
}

/** A wish that stands while the claim ends is moot, and nobody is asked any more. */
export async function dropExtension(tx: Tx, registrationId: string): Promise<void> {
  const wish = await standingExtension(tx, registrationId)
  if (wish !== undefined) await settleExtension(tx, wish, { state: 'moot' })
}

export async function standingExtension(tx: Tx, registrationId: string): Promise<Extension | undefined> {
  const [wish] = await tx
    .select()
    .from(extensions)
    .where(and(eq(extensions.registrationId, registrationId), isNull(extensions.settledAt)))
    .orderBy(desc(extensions.round))
    .limit(1)
  return wish
}

/** Ends the wish: it stands no longer, nor does the tick of who asked for it in a CRM. */
export async function settleExtension(
  tx: Tx,
  wish: Extension,
  values: Partial<typeof extensions.$inferInsert>,
): Promise<void> {
  await tx
    .update(extensions)
    .set({ ...values, settledAt: sql`now()`, decidedAt: sql`coalesce(${extensions.decidedAt}, now())` })
    .where(eq(extensions.id, wish.id))
  const ticked = await tx
    .select({ id: deals.id })
    .from(deals)
    .where(and(eq(deals.registrationId, wish.registrationId), eq(deals.extensionRequested, 'true')))
    .orderBy(deals.id)
  const ids = ticked.map(({ id }) => id)
  await updateRecords(
    tx,
    'deal',
    ids.map((id) => ({ id, values: { extensionRequested: 'false' } })),
  )
  await planWrites(tx, ids)
}

/** The task that asks about the wish. */
export function extensionTask({ registrationId, round }: Extension) {
  return and(eq(tasks.kind, 'extend-protection'), eq(tasks.subjectId, registrationId), eq(tasks.round, round))
}

/** How often its protection was extended so far. */
export async function timesExtended(tx: Tx, registrationId: string): Promise<number> {
  const [row] = await tx
    .select({ n: count() })
    .from(extensions)
    .where(
      and(
        eq(extensions.registrationId, registrationId),
        eq(extensions.state, 'granted'),
        isNotNull(extensions.settledAt),
      ),
    )
  return row?.n ?? 0
}
