/** Records that were only referred to so far, and turn out to be ones that we know. */
import type { Tx } from '../db/connection.ts'
import { findStubs, replaceStubs } from '../db/stubs.ts'
import type { System } from '../mapping/systems.ts'
import type { Lookups } from '../mapping/translate.ts'
import { contactsElsewhere, partnerIn, type Elsewhere } from './elsewhere.ts'
import { claimIdentities, keysIn } from './identities.ts'
import type { Change } from './page.ts'
import { recordsByKey, type Link } from './recognise.ts'

export interface Unified {
  /** The records that vendor ids stand for now, of those that were stubs. */
  moved: ReadonlyMap<string, string>
  /** Contacts that stay stubs, because their person is known at another partner. */
  elsewhere: ReadonlyMap<string, Elsewhere>
}

/**
 * A stub whose own record arrives with our key on it, or with a domain or an e-mail address that another record holds, is that
 * record.
 */
export async function unifyStubs(
  tx: Tx,
  system: System,
  object: string,
  batch: Change[],
  known: ReadonlyMap<string, Link>,
  lookups: Lookups,
): Promise<Unified> {
  const unread = batch.filter(({ externalId, body }) => {
    const link = known.get(externalId)
    return (
      link !== undefined && link.shadow === null && link.write === null && !body.deleted && body.mergedInto === null
    )
  })
  const nothing = { moved: new Map(), elsewhere: new Map() }
  if (unread.length === 0) return nothing
  const bodies = new Map(unread.map(({ externalId, body }) => [externalId, body]))
  const stubs = await findStubs(tx, system.name, object, [...bodies.keys()])
  if (stubs.length === 0) return nothing
  const keyed = await recordsByKey(tx, system, object, [...bodies.values()])
  // Claimed and not only looked up: of two systems that tell of one person at once, one waits and then finds the other's.
  const holders = await claimIdentities(
    tx,
    stubs.map(({ kind, recordId, externalId }) => ({
      recordId,
      keys: keysIn(system, object, kind, bodies.get(externalId)?.fields ?? {}, lookups),
    })),
  )
  const moves = stubs.flatMap((stub) => {
    const key = bodies.get(stub.externalId)?.key?.toLowerCase()
    if (key !== undefined && keyed.get(key) === stub.kind) return [{ stub, recordId: key }]
    const holder = holders.get(stub.recordId)
    return holder === undefined || holder === stub.recordId ? [] : [{ stub, recordId: holder }]
  })
  const elsewhere = await contactsElsewhere(
    tx,
    moves.flatMap(({ stub, recordId }) =>
      stub.kind === 'contact'
        ? [
            {
              externalId: stub.externalId,
              ownId: stub.recordId,
              holderId: recordId,
              ...partnerIn(system, object, bodies.get(stub.externalId)?.fields ?? {}, lookups),
            },
          ]
        : [],
    ),
  )
  const here = moves.filter(({ stub }) => !elsewhere.has(stub.externalId))
  return { moved: await replaceStubs(tx, system.name, object, here), elsewhere }
}
