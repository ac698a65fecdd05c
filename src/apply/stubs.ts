/** Records that were only referred to so far, and turn out to be ones that we know. */
import type { Tx } from '../db/connection.ts'
import { findStubs, replaceStubs } from '../db/stubs.ts'
import type { System } from '../mapping/systems.ts'
import { domainIn, holdersOf } from './identities.ts'
import type { Change } from './page.ts'
import { recordsByKey, type Link } from './recognise.ts'

/**
 * A stub whose own record arrives with our key on it, or with a domain that another account holds, is that record. Answers whether
 * there was any.
 */
export async function unifyStubs(
  tx: Tx,
  system: System,
  object: string,
  batch: Change[],
  known: ReadonlyMap<string, Link>,
): Promise<boolean> {
  const unread = batch.filter(({ externalId }) => {
    const link = known.get(externalId)
    return link !== undefined && link.shadow === null && link.write === null
  })
  if (unread.length === 0) return false
  const bodies = new Map(unread.map(({ externalId, body }) => [externalId, body]))
  const stubs = await findStubs(tx, system.name, object, [...bodies.keys()])
  if (stubs.length === 0) return false
  const keyed = await recordsByKey(tx, system, object, [...bodies.values()])
  const domains = new Map(
    stubs.map((stub) => [stub, domainIn(system, object, bodies.get(stub.externalId)?.fields ?? {})]),
  )
  const holders = new Map(
    (
      await holdersOf(
        tx,
        [...domains.values()].filter((domain) => domain !== null),
      )
    ).map((row) => [row.value, row.recordId]),
  )
  const moves = stubs.flatMap((stub) => {
    const key = bodies.get(stub.externalId)?.key?.toLowerCase()
    if (key !== undefined && keyed.get(key) === stub.kind) return [{ stub, recordId: key }]
    const holder = stub.kind === 'account' ? holders.get(domains.get(stub) ?? '') : undefined
    return holder === undefined ? [] : [{ stub, recordId: holder }]
  })
  return (await replaceStubs(tx, system.name, object, moves)).size > 0
}
