/** What a person says of a clash: whose value stands, or that the other one is to come back after all. */
import { and, eq, sql } from 'drizzle-orm'
import { transact } from '../db/attempts.ts'
import { recordAudit } from '../db/audit.ts'
import { release } from '../db/clashes.ts'
import type { Db, Tx } from '../db/connection.ts'
import { lockRecords, updateRecords, type LedgerRecord } from '../db/ledger.ts'
import { planLinks, planWrites } from '../db/outbox.ts'
import { clashes, links } from '../db/schema/index.ts'
import { identityKeys, keyTypesOf } from '../domain/identity-keys.ts'
import { CausewayError } from '../errors.ts'
import { wakeRegistrations } from './consequences.ts'
import { followIdentities } from './identities.ts'

interface Decider {
  clashId: string
  /** Who decides, as people are told: the label of the key. */
  by: string
  /** The same for the audit: `key:<id>` or `cli`. */
  actor: string
}

/**
 * Rules an open clash. Its field is held no longer: the value that stands goes to every system that lacks it. Of two deciders the
 * second is told who was first and when.
 *
 * @throws CW_NOT_FOUND, CW_CLASH_DECIDED
 */
export async function ruleClash(
  db: Db,
  { winner, ...decider }: Decider & { winner: 'ours' | 'theirs' },
): Promise<void> {
  await transact(db, async (tx) => {
    const { clash, record } = await lockClash(tx, decider.clashId)
    const ours = record.values[clash.field] ?? null
    const decided = await tx
      .update(clashes)
      .set({ winner, ours, decidedBy: decider.by, decidedAt: sql`now()` })
      .where(and(eq(clashes.id, clash.id), eq(clashes.winner, 'open')))
      .returning({ theirs: clashes.theirs })
    const [{ theirs } = clash] = decided
    if (decided.length === 0) throw await tooLate(tx, clash.id)
    await tx.execute(release(sql`select ${clash.linkId}::uuid as link_id, ${clash.field} as field`))
    await recordAudit(tx, [entryOf(clash, decider, winner, ours, winner === 'ours' ? ours : theirs)])
    if (winner === 'theirs') await put(tx, record, clash.field, theirs)
    else await planLinks(tx, [clash.linkId])
  })
}

/**
 * Turns a settled clash around: the value that lost comes back, in the ledger and in every system that the field flows to. Not
 * where anybody edited the field since.
 *
 * @throws CW_NOT_FOUND, CW_TRANSITION_ILLEGAL for one that is open, CW_UNDO_EDITED, CW_CLASH_DECIDED when another was faster
 */
export async function restoreClash(db: Db, decider: Decider): Promise<void> {
  await transact(db, async (tx) => {
    const { clash, record } = await lockClash(tx, decider.clashId)
    if (clash.winner === 'open') throw new CausewayError('CW_TRANSITION_ILLEGAL', 'The clash is open: it can be ruled')
    const isOurs = clash.winner === 'ours'
    const [stood, lost] = isOurs ? [clash.ours, clash.theirs] : [clash.theirs, clash.ours]
    if ((record.values[clash.field] ?? null) !== stood)
      throw new CausewayError('CW_UNDO_EDITED', `The ${clash.field} was edited since`, { field: clash.field })
    const winner = isOurs ? 'theirs' : 'ours'
    const turned = await tx
      .update(clashes)
      .set({ winner, decidedBy: decider.by, decidedAt: sql`now()` })
      .where(and(eq(clashes.id, clash.id), eq(clashes.winner, clash.winner)))
      .returning({ id: clashes.id })
    if (turned.length === 0) throw await tooLate(tx, clash.id)
    await recordAudit(tx, [entryOf(clash, decider, winner, stood, lost)])
    await put(tx, record, clash.field, lost)
  })
}

interface Found {
  id: string
  linkId: string
  recordId: string
  field: string
  winner: 'open' | 'ours' | 'theirs'
  ours: string | null
  theirs: string | null
  rule: string
  connection: string
  object: string
  externalId: string | null
}

/** Locks the record before its clash is judged, as the road does, so that neither waits for the other in a circle. */
async function lockClash(tx: Tx, clashId: string): Promise<{ clash: Found; record: LedgerRecord }> {
  const find = async () => {
    const [found] = await tx
      .select({
        id: clashes.id,
        linkId: clashes.linkId,
        recordId: clashes.recordId,
        kind: clashes.kind,
        field: clashes.field,
        winner: clashes.winner,
        ours: clashes.ours,
        theirs: clashes.theirs,
        rule: clashes.rule,
        connection: links.connection,
        object: links.object,
        externalId: links.externalId,
      })
      .from(clashes)
      .innerJoin(links, eq(links.id, clashes.linkId))
      .where(eq(clashes.id, clashId))
    return found
  }
  const seen = await find()
  const record = seen && (await lockRecords(tx, seen.kind, [seen.recordId])).get(seen.recordId)
  const clash = await find()
  if (clash === undefined || record === undefined)
    throw new CausewayError('CW_NOT_FOUND', `There is no clash ${clashId}`, { clashId })
  return { clash, record }
}

async function tooLate(tx: Tx, clashId: string): Promise<CausewayError> {
  const [{ winner, decidedBy, decidedAt } = { winner: 'open', decidedBy: null, decidedAt: null }] = await tx
    .select({ winner: clashes.winner, decidedBy: clashes.decidedBy, decidedAt: clashes.decidedAt })
    .from(clashes)
    .where(eq(clashes.id, clashId))
  const who = decidedBy ?? 'the two systems, which agree by now,'
  const when = decidedAt ?? 'an unknown time'
  return new CausewayError('CW_CLASH_DECIDED', `The clash was already decided (${winner}) by ${who} at ${when}`, {
    winner,
    decidedBy,
    decidedAt,
  })
}

/** The person's value in the ledger, with what follows from it. */
async function put(tx: Tx, { id, kind, values }: LedgerRecord, field: string, value: string | null): Promise<void> {
  await updateRecords(tx, kind, [{ id, values: { [field]: value } }])
  if (keyTypesOf(kind).some((keyType) => keyType === field))
    await followIdentities(tx, [{ recordId: id, keys: identityKeys(kind, { ...values, [field]: value }) }])
  await planWrites(tx, [id])
  if (kind === 'deal') await wakeRegistrations(tx, [id])
}

function entryOf(clash: Found, { actor }: Decider, winner: string, before: string | null, after: string | null) {
  const { id, field, rule, connection, object, externalId, linkId, recordId } = clash
  return {
    what: 'clash',
    actor,
    rule,
    connection,
    object,
    externalId,
    linkId,
    recordId,
    fields: [field],
    detail: { clashId: id, winner },
    values: { before: { [field]: before }, after: { [field]: after } },
  }
}
