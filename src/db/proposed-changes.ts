/** Changes of what is locked, as rows: whoever hears of one writes it here, and the registration's process asks a person. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from './connection.ts'
import { nudge, workflowId } from './outbox.ts'
import { proposedChanges, registrations, tasks, type FieldChanges } from './schema/index.ts'

export interface Proposal {
  registrationId: string
  fields: FieldChanges
  /** `key:<id>`, `link:<id>`, or the connection whose user made it. */
  actor: string
}

/**
 * Proposes a change. One that stands still is overtaken by it and goes on in it: a person is asked about all fields at once. Proposing
 * what is proposed already changes nothing.
 */
export async function propose(tx: Tx, { registrationId, fields, actor }: Proposal): Promise<void> {
  const [claim] = await tx
    .select({ partnerId: registrations.partnerId })
    .from(registrations)
    .where(eq(registrations.id, registrationId))
    .for('update')
  if (claim === undefined) return
  const standing = await standingOf(tx, registrationId)
  const wished = { ...standing?.fields, ...fields }
  // What goes back to the value in force is proposed no more.
  const merged = Object.fromEntries(Object.entries(wished).filter(([, { from, to }]) => from !== to))
  if (standing !== undefined && isSame(standing.fields, merged)) return
  if (standing !== undefined) await overtake(tx, registrationId)
  if (Object.keys(merged).length === 0) return
  const { partnerId } = claim
  const round = sql`(select coalesce(max(round), 0) + 1 from proposed_changes where registration_id = ${registrationId})`
  await tx.insert(proposedChanges).values({ registrationId, partnerId, round, fields: merged, actor })
  await nudge(tx, [workflowId.registration(registrationId)])
}

/** The proposal that stands; undefined: none. */
export async function standingOf(tx: Tx, registrationId: string) {
  const [found] = await tx
    .select()
    .from(proposedChanges)
    .where(and(eq(proposedChanges.registrationId, registrationId), eq(proposedChanges.state, 'open')))
  return found
}

/** Ends the proposal that stands, with its task: another took its place, or the registration ended. */
export async function overtake(tx: Tx, registrationId: string): Promise<void> {
  await tx
    .update(proposedChanges)
    .set({ state: 'overtaken', decidedAt: sql`now()` })
    .where(and(eq(proposedChanges.registrationId, registrationId), eq(proposedChanges.state, 'open')))
  await tx
    .update(tasks)
    .set({ state: 'cancelled' })
    .where(and(eq(tasks.kind, 'accept-change'), eq(tasks.subjectId, registrationId), eq(tasks.state, 'open')))
}

function isSame(one: FieldChanges, other: FieldChanges): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => one[name]?.to === other[name]?.to && name in one === name in other)
}
