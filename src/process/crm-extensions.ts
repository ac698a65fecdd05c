/**
 * Asking for a longer protection in a CRM: a box on the deal that its people tick. How long is the policy's to say, so that nothing can be
 * asked for there that it does not give. The box stays ticked while the wish is decided and is taken away with the answer; what cannot be
 * asked for is answered in the deal's note at once.
 *
 * Looked after whenever deals were read: the ticked box is the wish's row, so nothing is lost by a death in between, and one that is
 * heard has its standing extension, so it is asked for once.
 */
import { and, eq, isNull, not, notExists } from 'drizzle-orm'
import { isLiveHere } from '../db/connections.ts'
import type { Db, Tx } from '../db/connection.ts'
import { updateRecords } from '../db/ledger.ts'
import { planWrites } from '../db/outbox.ts'
import { deals, extensions, registrations } from '../db/schema/index.ts'
import { askForUsers, emailOf, isUnreadYet } from '../db/unread-users.ts'
import type { Policy } from '../domain/policy/policy.ts'
import type { Actor } from '../domain/task-kinds.ts'
import type { CausewayError } from '../errors.ts'
import { refusalIn } from './crm-words.ts'
import { standingExtension } from './extensions.ts'
import { partnerOf, type Registration } from './facts.ts'
import type { Programme } from './programme.ts'
import { dayText, lapseText } from './registration-note.ts'
import { record } from './step.ts'
import { askExtension, refusalOf } from './wishes/extension.ts'

/** How many are heard in one go; the rest has its turn when deals are read next. */
const AT_ONCE = 100

/** What was ticked since becomes a request, or is answered. */
export async function hearExtensions(db: Db, programme: Programme): Promise<void> {
  const standing = db
    .select({ id: extensions.id })
    .from(extensions)
    .where(and(eq(extensions.registrationId, deals.registrationId), isNull(extensions.settledAt)))
  const isTicked = and(eq(deals.extensionRequested, 'true'), isLiveHere(deals.home), notExists(standing))
  const isUnread = isUnreadYet(deals.extensionAskedById)
  const unread = await db.select({ id: deals.extensionAskedById }).from(deals).where(and(isTicked, isUnread))
  await db.transaction((tx) =>
    askForUsers(
      tx,
      unread.map(({ id }) => id),
    ),
  )
  const ticked = await db
    .select({ id: deals.id, registrationId: deals.registrationId })
    .from(deals)
    .where(and(isTicked, not(isUnread)))
    .orderBy(deals.id)
    .limit(AT_ONCE)
  for (const deal of ticked) await db.transaction((tx) => hear(tx, programme, deal))
}

interface Ticked {
  id: string
  registrationId: string | null
}

async function hear(tx: Tx, programme: Programme, { id, registrationId }: Ticked): Promise<void> {
  // The claim before its deal, as everyone who needs both.
  const [claim] =
    registrationId === null
      ? []
      : await tx.select().from(registrations).where(eq(registrations.id, registrationId)).for('update')
  const [deal] = await tx.select().from(deals).where(eq(deals.id, id)).for('update')
  // Of another claim by now, or somebody else was first: what is left of it has its turn with the next look.
  if (deal === undefined || deal.extensionRequested !== 'true' || deal.registrationId !== registrationId) return
  if (claim !== undefined && (await standingExtension(tx, claim.id)) !== undefined) return
  const by = await askerOf(tx, deal)
  const refused =
    claim === undefined
      ? deal.underReview === 'true'
        ? 'This deal is under review, and no registration protects it.'
        : 'No registration protects this deal.'
      : await ask(tx, programme, claim, by, deal.version)
  const note = refused === null ? null : `Not extended as asked. ${refused}`
  if (refused === null && deal.registrationNote === null) return
  const values = { registrationNote: note, ...(refused === null ? {} : { extensionRequested: 'false' }) }
  await updateRecords(tx, 'deal', [{ id, values }])
  await planWrites(tx, [id])
}

/** Who ticked the box, as far as the CRM tells. */
async function askerOf(tx: Tx, { extensionAskedById, home }: typeof deals.$inferSelect): Promise<Actor> {
  const email = await emailOf(tx, extensionAskedById)
  return { label: email ?? home ?? 'crm', email, door: 'crm' }
}

/** Null: it stands now. Else what is said to who ticked the box; that they did is kept on the timeline. */
async function ask(
  tx: Tx,
  programme: Programme,
  claim: Registration,
  by: Actor,
  dealVersion: number,
): Promise<string | null> {
  const { policy } = programme
  try {
    await askExtension(tx, policy, { registrationId: claim.id, until: null, reason: null, by })
    return null
  } catch (thrown) {
    const error = refusalIn(thrown)
    await record(tx, programme, claim, {
      what: 'extension.not-asked',
      stepKey: `extension-not-asked:${String(dealVersion)}`,
      actor: by.label,
      detail: { door: by.door, because: refusalOf(error)?.because ?? error.code },
    })
    if (claim.state === 'lapsed') return lapseText(policy, claim, await partnerOf(tx, claim))
    return inWords(policy, claim, error)
  }
}

function inWords({ exclusivity }: Policy, { state }: Registration, error: CausewayError): string {
  const refusal = refusalOf(error)
  switch (refusal?.because) {
    case 'ended':
      return `The protection ended on ${dayText(exclusivity, refusal.at)}.`
    case 'too-early':
      return `It can be asked for from ${dayText(exclusivity, refusal.at)} on.`
    case 'too-often':
      if (refusal.times === 0) return 'The policy extends no protection.'
      return `It was extended already, and the policy allows that ${refusal.times === 1 ? 'once' : `${String(refusal.times)} times`}.`
    case undefined:
      return error.code === 'CW_TRANSITION_ILLEGAL'
        ? `The registration is ${state}, and protects nothing.`
        : 'The policy makes it no longer.'
  }
}
