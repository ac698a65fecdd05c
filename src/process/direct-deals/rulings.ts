/** What a ruling does to a direct deal: released to the rep, given to the partner, or sold together. */
import type { Tx } from '../../db/connection.ts'
import { updateRecords } from '../../db/ledger.ts'
import { planWrites } from '../../db/outbox.ts'
import { conflicts } from '../../db/schema/index.ts'
import { endsIn, type DirectRuling } from '../../domain/direct-deal.ts'
import { assignDeal } from '../assign-deal.ts'
import { partnerOf } from '../facts.ts'
import { tell } from '../notices/tell.ts'
import type { Programme } from '../programme.ts'
import { changeReview, noteReview } from './note.ts'
import { ownerOf } from './people.ts'
import type { ReviewSituation } from './situation.ts'

export async function followReviewRuling(
  tx: Tx,
  programme: Programme,
  s: ReviewSituation,
  ruling: DirectRuling,
  by: { rule: string; actor: string },
): Promise<void> {
  const { deal, registration, row } = s
  const state = endsIn[ruling]
  // A second deal of the claim is a duplicate: people merge the two in their CRM.
  const other = ruling === 'reassign' && registration.dealId !== null && registration.dealId !== deal.id
  const event = await noteReview(tx, programme, s, {
    what: 'direct-deal.ruled',
    detail: { ruling, duplicate: other },
    ...by,
  })
  if (deal.underReview !== null) await updateRecords(tx, 'deal', [{ id: deal.id, values: { underReview: 'false' } }])
  if (ruling === 'release') await planWrites(tx, [deal.id], deal.home === null ? {} : { only: deal.home })
  else await assignDeal(tx, programme, registration, await partnerOf(tx, registration), deal, ruling)
  await keepRuling(tx, s, state)
  await changeReview(tx, s, {
    state,
    endedAt: s.now,
    ruledBy: by.actor,
    rule: by.rule,
    policyVersion: programme.policy.version,
    heldStage: null,
  })
  await tell(tx, programme, registration, event, `direct-deal.${state}`, [
    { as: 'rep', to: (await ownerOf(tx, s))?.email ?? null },
    { as: 'manager', to: row.assignee },
    'manager',
  ])
  if (ruling !== 'release') {
    const told = await noteReview(tx, programme, s, { what: 'direct-deal.partner-told' })
    await tell(tx, programme, registration, told, `direct-deal.partner-${ruling}`, ['partner'])
  }
}

/** The conflict as the claim's own check would have found it, with its ruling: it is not asked again. */
async function keepRuling(tx: Tx, { row, registration, now }: ReviewSituation, ruling: string): Promise<void> {
  await tx
    .insert(conflicts)
    .values({
      registrationId: registration.id,
      partnerId: registration.partnerId,
      round: registration.round,
      kind: 'direct-deal',
      otherId: row.dealId,
      score: row.score,
      evidence: { matchedOn: row.matchedOn, score: row.score },
      blocks: 'ask',
      ruling,
      detectedAt: row.createdAt,
      ruledAt: now,
    })
    .onConflictDoUpdate({
      target: [conflicts.registrationId, conflicts.round, conflicts.kind, conflicts.otherId],
      set: { ruling, ruledAt: now },
    })
}
