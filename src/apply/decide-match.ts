/** A person's word on who is who, each in one transaction with its audit row. */
import { eq, sql } from 'drizzle-orm'
import { transact } from '../db/attempts.ts'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { releaseProposed } from '../db/proposals.ts'
import { proposals, type Candidate } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import type { Systems } from '../mapping/systems.ts'
import { findLinks } from './recognise.ts'
import { relinkWithin, type Relinked } from './relink.ts'
import { splitWithin } from './split.ts'

/** Who decides: an id for the audit, which is kept for ever, and a name for the row, which can be erased. */
export interface Decider {
  actor: string
  label: string
}

type Proposal = typeof proposals.$inferSelect

/**
 * The vendor record is the candidate from now on.
 *
 * @param recordId which candidate; may be left out where there is one
 * @throws CW_NOT_FOUND, CW_MATCH_DECIDED, CW_REQUEST_INVALID, CW_LINK_TAKEN
 */
export function acceptMatch(
  db: Db,
  systems: Systems,
  wish: { id: string; recordId: string | undefined; by: Decider },
): Promise<Relinked> {
  return transact(db, async (tx) => {
    const proposal = await openProposal(tx, wish.id)
    const chosen = choose(proposal, wish.recordId)
    const { connection, object, externalId } = proposal
    const link = (await findLinks(tx, connection, object, [externalId])).get(externalId)
    if (link === undefined)
      throw new CausewayError('CW_NOT_FOUND', `${externalId} is not linked any more; reject the proposal`, {
        id: wish.id,
      })
    const relinked = await relinkWithin(tx, systems, link.id, chosen)
    await close(tx, proposal, { state: 'accepted', chosen, by: wish.by.label })
    await tell(tx, relinked, wish.by.actor, 'match.accepted')
    await releaseProposed(tx, [chosen, ...idsOf(proposal)])
    return relinked
  })
}

/** The vendor record is none of the candidates. What waited for the answer goes on. */
export function rejectMatch(db: Db, wish: { id: string; by: Decider }): Promise<void> {
  return transact(db, async (tx) => {
    const proposal = await openProposal(tx, wish.id)
    await close(tx, proposal, { state: 'rejected', chosen: null, by: wish.by.label })
    const { connection, object, externalId, recordId } = proposal
    await recordAudit(tx, [
      { what: 'link', actor: wish.by.actor, rule: 'match.rejected', connection, object, externalId, recordId },
    ])
    await releaseProposed(tx, [recordId, ...idsOf(proposal)])
  })
}

/** The vendor record of a link is this record of ours from now on. */
export function relink(
  db: Db,
  systems: Systems,
  wish: { linkId: string; recordId: string; by: Decider },
): Promise<Relinked> {
  return transact(db, async (tx) => {
    const relinked = await relinkWithin(tx, systems, wish.linkId, wish.recordId)
    await tell(tx, relinked, wish.by.actor, 'relinked')
    return relinked
  })
}

/** The vendor record of a link is a record of its own from now on. */
export function split(db: Db, systems: Systems, wish: { linkId: string; by: Decider }): Promise<Relinked> {
  return transact(db, async (tx) => {
    const done = await splitWithin(tx, systems, wish.linkId)
    await tell(tx, done, wish.by.actor, 'split')
    return done
  })
}

async function openProposal(tx: Tx, id: string): Promise<Proposal> {
  const [proposal] = await tx.select().from(proposals).where(eq(proposals.id, id)).for('update')
  if (proposal === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no proposal ${id}`, { id })
  if (proposal.state === 'open') return proposal
  const { state, decidedBy, decidedAt } = proposal
  const by = decidedBy === null ? '' : ` by ${decidedBy}`
  throw new CausewayError('CW_MATCH_DECIDED', `The proposal was ${state}${by}`, { state, decidedBy, decidedAt })
}

function choose({ candidates, recordId }: Proposal, wished: string | undefined): string {
  const open = candidates.filter((candidate) => candidate.rejected !== true && candidate.recordId !== recordId)
  const [only, ...more] = wished === undefined ? open : open.filter((candidate) => candidate.recordId === wished)
  if (only === undefined)
    throw new CausewayError('CW_REQUEST_INVALID', 'The record is no candidate of this proposal', { recordId: wished })
  if (more.length > 0)
    throw new CausewayError('CW_REQUEST_INVALID', 'There is more than one candidate: say which', {
      candidates: open.map((candidate) => candidate.recordId),
    })
  return only.recordId
}

async function close(
  tx: Tx,
  { id, candidates }: Proposal,
  end: { state: 'accepted' | 'rejected'; chosen: string | null; by: string },
): Promise<void> {
  const decided = candidates.map((candidate): Candidate =>
    candidate.recordId === end.chosen ? candidate : { ...candidate, rejected: true },
  )
  await tx
    .update(proposals)
    .set({
      state: end.state,
      chosen: end.chosen,
      candidates: decided,
      decidedBy: end.by,
      decidedAt: sql`now()`,
      ...(end.chosen === null ? {} : { recordId: end.chosen }),
    })
    .where(eq(proposals.id, id))
}

function idsOf({ candidates }: Proposal): string[] {
  return candidates.map((candidate) => candidate.recordId)
}

function tell(tx: Tx, done: Relinked, actor: string, rule: string): Promise<void> {
  const { linkId, connection, object, externalId, from, to, kind, retired } = done
  const detail = { from, to, kind, retired }
  return recordAudit(tx, [{ what: 'link', actor, rule, connection, object, externalId, linkId, recordId: to, detail }])
}
