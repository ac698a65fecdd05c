/** A longer protection: asked for by the partner, by a person of ours, or in the CRM; or given by a manager at once. */
import { and, eq, isNull, max } from 'drizzle-orm'
import { z } from 'zod'
import { databaseNow, type Db, type Tx } from '../../db/connection.ts'
import { nudge, workflowId } from '../../db/outbox.ts'
import { extensions } from '../../db/schema/index.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import type { Actor } from '../../domain/task-kinds.ts'
import { plus, type Instant } from '../../domain/time.ts'
import { CausewayError } from '../../errors.ts'
import { timesExtended } from '../extensions.ts'
import type { Registration } from '../facts.ts'
import { claimFor, illegal } from './claim.ts'

export interface ExtensionWish {
  registrationId: string
  /** Until when; null: as long as the policy extends. */
  until: Instant | null
  /** For who decides it. */
  reason: string | null
  by: Actor
}

/**
 * Asks that a protection last longer; a person decides unless the policy grants it.
 *
 * @returns until when it is asked for
 * @throws CW_NOT_FOUND; CW_TRANSITION_ILLEGAL where it is not protected (any more), is extended as often as the policy allows, is asked
 *   for too early, or another wish stands; CW_REQUEST_INVALID for an instant that is no extension or longer than the policy allows
 */
export async function requestExtension(db: Db, policy: Policy, wish: ExtensionWish): Promise<Instant> {
  return db.transaction((tx) => askExtension(tx, policy, wish))
}

/** The same within a transaction, in which nothing was written when it throws. */
export async function askExtension(tx: Tx, { exclusivity }: Policy, wish: ExtensionWish): Promise<Instant> {
  const { extension } = exclusivity
  const { row, now, protectedUntil } = await protectedClaim(tx, wish.registrationId, 'askExtension')
  const latest = plus(protectedUntil, extension.for)
  const until = wish.until ?? latest
  const from = extension.askFrom === null ? null : plus(protectedUntil, -extension.askFrom)
  if (from !== null && now < from)
    throw illegal(row.state, 'askExtension', `it may be asked for from ${from} on`, { because: 'too-early', at: from })
  const { times } = extension
  if ((await timesExtended(tx, row.id)) >= times)
    throw illegal(row.state, 'askExtension', `the policy extends at most ${times} times`, {
      because: 'too-often',
      times,
    })
  assertLater(until, protectedUntil)
  if (until > latest)
    throw new CausewayError('CW_REQUEST_INVALID', `The policy extends until ${latest} at the latest`, {
      field: 'until',
      found: until,
      latest,
    })
  await stand(tx, row, { until, reason: wish.reason, by: wish.by, granted: false })
  return until
}

const refusal = z.discriminatedUnion('because', [
  z.object({ because: z.literal('too-early'), at: z.string() }),
  z.object({ because: z.literal('too-often'), times: z.number() }),
  z.object({ because: z.literal('ended'), at: z.string() }),
])

/** Why a wish was refused, for who says it in words of their own; null: for what its state or the error itself says. */
export function refusalOf({ detail }: CausewayError): z.output<typeof refusal> | null {
  return refusal.safeParse(detail).data ?? null
}

/**
 * Extends a protection at once: a manager's own word, which needs no decision.
 *
 * @throws CW_NOT_FOUND; CW_TRANSITION_ILLEGAL where it is not protected (any more) or a wish stands that wants its decision;
 *   CW_REQUEST_INVALID for an instant that is no extension
 */
export async function extend(db: Db, wish: ExtensionWish & { until: Instant }): Promise<void> {
  await db.transaction(async (tx) => {
    const { row, protectedUntil } = await protectedClaim(tx, wish.registrationId, 'extend')
    assertLater(wish.until, protectedUntil)
    await stand(tx, row, { until: wish.until, reason: wish.reason, by: wish.by, granted: true })
  })
}

/** The claim with the end of its protection, which is not over by the database's clock. */
async function protectedClaim(tx: Tx, id: string, step: 'askExtension' | 'extend') {
  const row = await claimFor(tx, id, step)
  const now = await databaseNow(tx)
  const { protectedUntil } = row
  if (protectedUntil === null || protectedUntil <= now)
    throw illegal(row.state, step, `the protection ended ${protectedUntil ?? ''}`, {
      because: 'ended',
      at: protectedUntil,
    })
  const standing = await tx
    .select({ until: extensions.until })
    .from(extensions)
    .where(and(eq(extensions.registrationId, id), isNull(extensions.settledAt)))
  const [wished] = standing
  if (wished !== undefined) throw illegal(row.state, step, `an extension until ${wished.until} waits already`)
  return { row, now, protectedUntil }
}

function assertLater(until: Instant, protectedUntil: Instant): void {
  if (until > protectedUntil) return
  throw new CausewayError('CW_REQUEST_INVALID', `It is protected until ${protectedUntil} already`, {
    field: 'until',
    found: until,
    protectedUntil,
  })
}

/** Keeps the wish and wakes the claim's process. */
async function stand(
  tx: Tx,
  row: Registration,
  { until, reason, by, granted }: { until: Instant; reason: string | null; by: Actor; granted: boolean },
): Promise<void> {
  const [last] = await tx
    .select({ round: max(extensions.round) })
    .from(extensions)
    .where(eq(extensions.registrationId, row.id))
  const now = await databaseNow(tx)
  await tx.insert(extensions).values({
    registrationId: row.id,
    partnerId: row.partnerId,
    round: (last?.round ?? 0) + 1,
    state: granted ? 'granted' : 'wished',
    until,
    reason,
    askedBy: by.label,
    askedDoor: by.door,
    ...(granted ? { decidedBy: by.label, decidedAt: now } : {}),
  })
  await nudge(tx, [workflowId.registration(row.id)])
}
