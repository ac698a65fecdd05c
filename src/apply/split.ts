/** A vendor record that was taken for one of ours and is not: it gets a record of its own. */
import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { Collision } from '../db/attempts.ts'
import type { Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { insertRecords, lockRecords } from '../db/ledger.ts'
import { ensureLinks, planWrites } from '../db/outbox.ts'
import { clashes, links, proposals, writes } from '../db/schema/index.ts'
import { identityKeys } from '../domain/identity-keys.ts'
import { CausewayError } from '../errors.ts'
import { kindOf, mappingOf, systemOf, type Systems } from '../mapping/systems.ts'
import { Transformations } from '../mapping/transform/transformations.ts'
import { restore, toCanonical } from '../mapping/translate.ts'
import { birth } from './birth.ts'
import { followIdentities } from './identities.ts'
import { lockLink, readLink } from './link-rows.ts'
import { openLookups } from './lookups.ts'
import { findLinks } from './recognise.ts'
import { moveReferencesBy, tellReferrers } from './referrers.ts'
import type { Relinked } from './relink.ts'

/**
 * Gives the link a fresh record with what the vendor last said, and what its system refers to by it follows. The two are never
 * proposed to be one again.
 *
 * @throws CW_NOT_FOUND, CW_REQUEST_INVALID
 */
export async function splitWithin(tx: Tx, systems: Systems, linkId: string): Promise<Relinked> {
  const seen = await readLink(tx, linkId)
  await mappingsInForce(tx, systemOf(systems, seen.connection))
  await lockRecords(tx, seen.kind, [seen.recordId])
  const link = await lockLink(tx, linkId)
  if (link.recordId !== seen.recordId) throw new Collision('the vendor record stands for another record by now')
  const { connection, object, externalId } = link
  const system = systemOf(systems, connection)
  const known =
    externalId === null ? undefined : (await findLinks(tx, connection, object, [externalId])).get(externalId)
  if (externalId === null || known?.shadow == null || link.gone)
    throw new CausewayError('CW_REQUEST_INVALID', 'The vendor’s record was not read yet, or it is gone', { linkId })
  const fields = restore(known.shadow.fields, known.shadow.answers)
  const kind = kindOf(system, object, fields)
  const mapping = mappingOf(system, object, kind)
  if (mapping === undefined)
    throw new CausewayError('CW_REQUEST_INVALID', `${object} is not mapped to records of ours`, { linkId })

  const lookups = await openLookups(tx, system, object, [], [known], new Transformations())
  const { values } = toCanonical(mapping, fields, 'create', lookups)
  const fresh = randomUUID()
  await insertRecords(tx, kind, [{ id: fresh, values, extra: birth(kind, system) }])
  // What lost is kept; what is open is no question any more, for each has its own value.
  await tx.delete(clashes).where(and(eq(clashes.linkId, linkId), eq(clashes.winner, 'open')))
  await tx.update(links).set({ recordId: fresh, kind, heldFields: [] }).where(eq(links.id, linkId))
  await followIdentities(tx, [{ recordId: fresh, keys: identityKeys(kind, values) }])
  const from = link.recordId
  const moved =
    kind === link.kind ? await moveReferencesBy(tx, system, { object, externalId }, { from, to: fresh, kind }) : []
  await tellReferrers(tx, moved)
  await remember(tx, { connection, object, externalId, kind, recordId: fresh, not: from })
  await keepThere(tx, link)
  return { linkId, connection, object, externalId, from, to: fresh, kind, retired: false }
}

async function remember(
  tx: Tx,
  it: Pick<typeof proposals.$inferInsert, 'connection' | 'object' | 'externalId' | 'kind' | 'recordId'> & {
    not: string
  },
): Promise<void> {
  const { not, ...place } = it
  const candidate = { recordId: not, score: 0, why: [], rejected: true as const }
  await tx
    .insert(proposals)
    .values({ ...place, candidates: [candidate], state: 'rejected', decidedAt: sql`now()` })
    .onConflictDoUpdate({
      target: [proposals.connection, proposals.object, proposals.externalId],
      set: {
        state: 'rejected',
        recordId: place.recordId,
        kind: place.kind,
        chosen: null,
        decidedAt: sql`now()`,
        candidates: sql`(select coalesce(jsonb_agg(c || '{"rejected": true}'), '[]') from jsonb_array_elements(${proposals.candidates}) c
          where c ->> 'recordId' <> ${not}) || ${JSON.stringify([candidate])}::jsonb`,
      },
    })
}

/** A partner that was written there is kept there: it lost the record that it was taken for, and gets one. */
async function keepThere(tx: Tx, { id, connection, object, kind, recordId }: typeof links.$inferSelect): Promise<void> {
  const written = await tx.select({ id: writes.linkId }).from(writes).where(eq(writes.linkId, id))
  if (kind !== 'partner' || written.length === 0) return
  await tx.delete(writes).where(eq(writes.linkId, id))
  await ensureLinks(tx, [{ connection, object, kind, recordId }])
  await planWrites(tx, [recordId], { only: connection })
}
