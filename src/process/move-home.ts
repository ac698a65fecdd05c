/** Moving a deal to another CRM: a person's explicit act. What the old home holds stays there, as a marked mirror from now on. */
import { and, eq, sql } from 'drizzle-orm'
import { transact } from '../db/attempts.ts'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { lockRecords, updateRecords } from '../db/ledger.ts'
import { ensureMirrors, isSomebodys } from '../db/mirrors.ts'
import { ensureLinks, nudge, planWrites, workflowId } from '../db/outbox.ts'
import { events, links, parties, registrations, runs, shadows, writes } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import { mirrorPlaces } from '../mapping/mirrors.ts'
import { canCreate, capabilityOf, keepsCustomers, objectFor, type System, type Systems } from '../mapping/systems.ts'

export interface Move {
  dealId: string
  /** The CRM connection that it is to live in. */
  to: string
  /** `key:<id>` or `cli`. */
  actor: string
}

/**
 * Gives a deal another home: its record and its parts are made there where they are not, all that hold it are told, and what its
 * people edit there counts from now on. Answers the run that the writes belong to; null when it lives there already.
 *
 * @throws CW_NOT_FOUND, CW_HOME_UNFIT for a connection that is unknown, no CRM, or keeps no deals of ours
 */
export async function moveHome(db: Db, systems: Systems, { dealId, to, actor }: Move): Promise<string | null> {
  const { system, object } = placeOf(systems, to)
  return transact(db, async (tx) => {
    const deal = (await lockRecords(tx, 'deal', [dealId])).get(dealId)
    if (deal === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no deal ${dealId}`, { dealId })
    const from = deal.values['home'] ?? null
    if (from === to) return null
    await assertNotGone(tx, dealId, to)
    const [run] = await tx
      .insert(runs)
      .values({
        kind: 'move-home',
        connection: to,
        object,
        actor,
        state: 'done',
        done: 1,
        total: 1,
        endedAt: sql`now()`,
      })
      .returning({ id: runs.id })
    if (run === undefined) throw new Error('the run was not made')

    const stage = await stageThere(tx, system, object, dealId)
    const registrationId = deal.values['registrationId'] ?? null
    await updateRecords(tx, 'deal', [{ id: dealId, values: { home: to, stage } }])
    const parts = await keepThere(tx, system, object, dealId)
    await ensureMirrors(tx, mirrorPlaces(systems), [dealId])
    if (registrationId !== null) await followHome(tx, registrationId, dealId, to)
    const told = [dealId, ...parts]
    await planWrites(tx, registrationId === null ? told : [...told, registrationId])
    await tx.execute(sql`
      update ${writes} w set run_id = ${run.id} from ${links} l
      where l.id = w.link_id and l.record_id in ${told} and w.status = 'planned'`)
    const detail = { from, to, runId: run.id }
    await tx.insert(events).values({ subjectId: dealId, stepKey: `home:${run.id}`, what: 'deal.moved', actor, detail })
    await recordAudit(tx, [
      {
        what: 'deal.home',
        actor,
        rule: 'move-home',
        runId: run.id,
        connection: to,
        object,
        recordId: dealId,
        fields: ['home'],
        detail: { from, to },
        values: { before: { home: from, stage: deal.values['stage'] ?? null }, after: { home: to, stage } },
      },
    ])
    return run.id
  })
}

function placeOf(systems: Systems, to: string): { system: System; object: string } {
  const unfit = (why: string) => new CausewayError('CW_HOME_UNFIT', `${to} ${why}`, { to })
  const system = systems.get(to)
  if (system === undefined) throw unfit('is no connection')
  if (system.role !== 'crm') throw unfit('is no CRM')
  const object = objectFor(system, 'deal')
  if (object === undefined || !canCreate(capabilityOf(system, object))) throw unfit('keeps no deals of ours')
  return { system, object }
}

/** Where somebody deleted it a deal cannot live. */
async function assertNotGone(tx: Tx, dealId: string, to: string): Promise<void> {
  const [link] = await tx
    .select({ gone: links.gone })
    .from(links)
    .where(and(eq(links.recordId, dealId), eq(links.connection, to)))
  if (link?.gone === true)
    throw new CausewayError('CW_HOME_UNFIT', `The deal was deleted in ${to}: restore it there`, { to })
}

/** A stage is the CRM's own name: the new home's as it was last read there, or none until it is. */
async function stageThere(tx: Tx, system: System, object: string, dealId: string): Promise<string | null> {
  const field = system.mappings
    .find((m) => m.object === object && m.kind === 'deal')
    ?.fields.find((f) => f.field === 'stage')
  const [held] = await tx
    .select({ fields: shadows.fields })
    .from(links)
    .innerJoin(shadows, eq(shadows.linkId, links.id))
    .where(and(eq(links.recordId, dealId), eq(links.connection, system.name)))
  const value = field === undefined ? undefined : held?.fields[field.path]
  if (typeof value !== 'string') return null
  return Object.entries(field?.values ?? {}).find(([, theirs]) => theirs === value)?.[0] ?? value
}

/** Claims the deal's record and those of its parts at the new home. Answers the parts. */
async function keepThere(tx: Tx, system: System, object: string, dealId: string): Promise<string[]> {
  const all = await tx
    .select({ id: parties.id, role: parties.role })
    .from(parties)
    .where(and(eq(parties.dealId, dealId), isSomebodys))
  const parts = all.filter(({ role }) => role !== 'customer' || keepsCustomers(system))
  const partObject = objectFor(system, 'party')
  await ensureLinks(tx, [
    { connection: system.name, object, kind: 'deal', recordId: dealId },
    ...(partObject === undefined
      ? []
      : parts.map(({ id }) => ({ connection: system.name, object: partObject, kind: 'party' as const, recordId: id }))),
  ])
  return parts.map(({ id }) => id)
}

/** The claim names the new home and the deal's id there; one that is not known yet is told when it is. */
async function followHome(tx: Tx, registrationId: string, dealId: string, to: string): Promise<void> {
  await tx
    .update(registrations)
    .set({
      home: to,
      crmReference: sql`(select external_id from ${links} l where l.record_id = ${dealId} and l.connection = ${to} and not l.gone)`,
      version: sql`${registrations.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(eq(registrations.id, registrationId))
  await nudge(tx, [workflowId.registration(registrationId)])
}
