/** Sends the planned notices: at least once each, under a message id that is always the same. */
import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { notices } from '../db/schema/index.ts'
import { factsOf } from './notices/facts.ts'
import { render, type Message } from './notices/render.ts'
import { digestOf, isDigest } from './source-digest.ts'

export interface Mail extends Message {
  to: string
  /** Stable, so that a mail sent twice is seen as one. */
  messageId: string
}

/** Sends a mail or says why not. `permanent`: the address or content will never be taken. */
export type SendMail = (mail: Mail) => Promise<{ sent: true } | { sent: false; permanent: boolean; code: string }>

const LEASE_S = 30
const BATCH = 20
const GIVE_UP_AFTER = 20

/**
 * Sends what is due. Answers how many were looked at: none means the mailer may sleep.
 *
 * @param onSent called after each mail, for a slow server may take a while over a batch
 */
export async function sendDue(
  db: Db,
  send: SendMail,
  domain: string,
  onSent: () => void = () => undefined,
): Promise<number> {
  const due = await db
    .update(notices)
    .set({
      status: 'sending',
      attempt: sql`${notices.attempt} + 1`,
      leaseUntil: sql`now() + make_interval(secs => ${LEASE_S})`,
      notBefore: sql`now() + make_interval(secs => ${LEASE_S})`,
    })
    .where(
      inArray(
        notices.id,
        db
          .select({ id: notices.id })
          .from(notices)
          .where(and(inArray(notices.status, ['planned', 'sending']), lte(notices.notBefore, sql`now()`)))
          .orderBy(asc(notices.id))
          .limit(BATCH)
          .for('update', { skipLocked: true }),
      ),
    )
    .returning()
  for (const notice of due) {
    const message = await messageOf(db, notice)
    if (message === 'moot') {
      await db.update(notices).set({ status: 'skipped', leaseUntil: null }).where(held(notice))
      continue
    }
    // A notice that another release planned must not hold up the others.
    const outcome =
      message === null
        ? ({ sent: false, permanent: true, code: 'template-unknown' } as const)
        : await send({ ...message, to: notice.recipient, messageId: `<${notice.id}@${domain}>` })
    const isOver = outcome.sent || outcome.permanent || notice.attempt >= GIVE_UP_AFTER
    await db
      .update(notices)
      .set(
        outcome.sent
          ? { status: 'sent', sentAt: sql`now()`, leaseUntil: null, code: null }
          : {
              status: isOver ? 'parked' : 'planned',
              code: outcome.code,
              leaseUntil: null,
              notBefore: sql`now() + make_interval(secs => least(600, 2 ^ least(${notices.attempt}, 10)))`,
            },
      )
      .where(held(notice))
    onSent()
  }
  return due.length
}

/** Whoever took it over after the lease has another attempt. */
function held({ id, attempt }: typeof notices.$inferSelect) {
  return and(eq(notices.id, id), eq(notices.attempt, attempt))
}

/** Milliseconds until the next notice is due, or null when none waits. */
export async function untilDue(db: Db): Promise<number | null> {
  const { rows } = await db.execute<{ ms: string | null }>(
    // `greatest` passes over null: without `having` nothing to send would read as due now.
    sql`select greatest(0, extract(epoch from min(not_before) - now()) * 1000)::float8::text as ms from ${notices} where status in ('planned', 'sending') having count(*) > 0`,
  )
  const ms = rows[0]?.ms ?? null
  return ms === null ? null : Math.ceil(Number(ms))
}

/** The message from the rows as they are now. Null: no such template is known; `moot`: there is nothing to tell any more. */
async function messageOf(db: Db, notice: typeof notices.$inferSelect): Promise<Message | null | 'moot'> {
  const { template, audience } = notice
  if (isDigest(template)) return (await digestOf(db, { ...notice, template })) ?? 'moot'
  return render(template, audience, await factsOf(db, notice))
}
