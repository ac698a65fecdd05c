/** Whose deal it is, and who decides about it. */
import { aliasedTable, and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import { users } from '../../db/schema/index.ts'
import { askForUsers, isUnreadYet } from '../../db/unread-users.ts'
import { approverFor } from '../../domain/policy/terms.ts'
import { claimFacts } from '../claim-facts.ts'
import { plainText } from '../../../connectors/channels/contract.ts'
import { planCrmTask } from '../crm-tasks.ts'
import { partnerOf } from '../facts.ts'
import { render } from '../notices/render.ts'
import { plainSettings } from '../notices/settings.ts'
import { tell } from '../notices/tell.ts'
import type { Programme } from '../programme.ts'
import type { ReviewSituation } from './situation.ts'

/** The paragraph on reviews of direct deals. */
const REVIEW = 'direct-deal-review'

export type Owner = Pick<typeof users.$inferSelect, 'id' | 'name' | 'email'>

/** The rep; undefined where the deal has no owner. */
export async function ownerOf(tx: Tx, { deal }: Pick<ReviewSituation, 'deal'>): Promise<Owner | undefined> {
  if (deal.ownerId === null) return undefined
  const [owner] = await tx
    .select({ id: users.id, name: users.name, email: users.email })
    .from(users)
    .where(eq(users.id, deal.ownerId))
  return owner
}

/** Whether the deal's owner is known by an id only. Then they are read at once, and told as soon as they are. */
export async function isRepUnread(tx: Tx, { deal }: Pick<ReviewSituation, 'deal'>): Promise<boolean> {
  if (deal.ownerId === null) return false
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, deal.ownerId), isUnreadYet(users.id)))
  if (user === undefined) return false
  await askForUsers(tx, [user.id])
  return true
}

/**
 * Whom the rep reports to by the CRM, if they are still there; else whom the policy names for it, or for the registration. With the rule
 * that says so.
 */
export async function managerOfOwner(
  tx: Tx,
  { policy }: Programme,
  { deal, registration }: Pick<ReviewSituation, 'deal' | 'registration'>,
): Promise<{ to: string | null; rule: string | null }> {
  const partner = await partnerOf(tx, registration)
  const asked = approverFor(policy, claimFacts(registration, partner), partner?.managerEmail ?? null)
  const { to } = policy.directDeals
  const otherwise = to === null ? (asked ?? { to: null, rule: null }) : { to, rule: REVIEW }
  if (deal.ownerId === null) return otherwise
  const manager = aliasedTable(users, 'manager')
  const [found] = await tx
    .select({ email: manager.email })
    .from(users)
    .innerJoin(manager, eq(manager.id, users.managerId))
    .where(sql`${users.id} = ${deal.ownerId} and ${manager.state} is distinct from 'left'`)
  const manages = found?.email ?? null
  return manages === null ? otherwise : { to: manages, rule: REVIEW }
}

/** Tells the rep by notice, and in the CRM where it keeps tasks and has the rep as a user. Each event once. */
export async function tellRep(
  tx: Tx,
  programme: Programme,
  s: ReviewSituation,
  eventId: string,
  template: 'direct-deal.held' | 'direct-deal.noticed' | 'direct-deal.set-back',
): Promise<void> {
  const to = (await ownerOf(tx, s))?.email ?? null
  if (to === null) return
  await tell(tx, programme, s.registration, eventId, template, [{ as: 'rep', to }])
  const settings = programme.notices ?? plainSettings
  // Where reps are told in the CRM anyhow that is it.
  if (settings.people.rep.includes('crm-task')) return
  const partner = await partnerOf(tx, s.registration)
  const facts = {
    company: s.registration.company,
    submittedAt: s.registration.submittedAt ?? s.registration.createdAt,
    protectedUntil: s.registration.protectedUntil,
    contact: partner?.managerName ?? partner?.managerEmail ?? null,
    deal: s.deal.name,
  }
  const message = render(template, 'rep', facts, settings, settings)
  if (message === null) return
  const { subject } = message
  const body = plainText(message)
  const { id: dealId, accountId, home: connection } = s.deal
  await planCrmTask(tx, programme, { occasion: `${eventId} rep`, to, subject, body, dealId, accountId, connection })
}
