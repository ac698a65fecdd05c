/**
 * People who left a partner and still stand in a system where we cannot say so: a person is asked to remove their access there, once for
 * each of the system's records. Rows say what lacks, so nothing is lost by a death in between, whoever said that they left.
 */
import { eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { contacts, events, links, partners, shadows, tasks } from '../db/schema/index.ts'
import type { FieldMapping, ObjectMapping } from '../mapping/definition.ts'
import { capabilityOf, type System, type Systems } from '../mapping/systems.ts'
import { standInFor } from './delegations.ts'
import { managerOf } from './facts.ts'
import { planNotices } from './notices/plan.ts'
import type { Programme } from './programme.ts'

/** Where people are kept whose leaving we cannot write. */
interface Place {
  connection: string
  object: string
  /** The vendor's field that says whether the person is active, and what it then says of one who left; null: none that is read as it is. */
  path: string | null
  word: string
}

/** So many are asked for in one go; the rest has its turn when people are read next. */
const AT_ONCE = 200

/**
 * Asks for what lacks, and ends what is over: by itself where the system shows the person inactive or gone, needless where they came
 * back. A connection that is only observed asks nothing.
 */
export async function keepDeactivations(db: Db, programme: Programme): Promise<void> {
  await db.transaction(async (tx) => {
    const places = await closedPlaces(tx, programme.systems)
    await end(tx, places)
    if (places.length > 0) await ask(tx, programme, places)
  })
}

async function closedPlaces(tx: Tx, systems: Systems): Promise<Place[]> {
  const places: Place[] = []
  // In the order of their names, as everyone who asks for several.
  for (const [connection, system] of [...systems].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { mode } = await mappingsInForce(tx, system)
    if (mode !== 'live') continue
    for (const mapping of system.mappings) {
      const state = mapping.fields.find(({ field }) => field === 'state')
      if (mapping.kind !== 'contact' || isWritten(system, mapping, state)) continue
      const isPlain = state !== undefined && state.transform === undefined && state.update === 'in'
      const { object } = mapping
      places.push({
        connection,
        object,
        path: isPlain ? state.path : null,
        word: state?.values?.['left'] ?? 'left',
      })
    }
  }
  return places
}

function isWritten(system: System, { object, mode }: ObjectMapping, state: FieldMapping | undefined): boolean {
  const { update, write } = capabilityOf(system, object)
  const isOut = state?.update === 'out' || state?.update === 'both'
  return isOut && update && write !== 'none' && mode !== 'create-only'
}

/** What was last read of the record says that the person is not active there. */
const isInactive = sql`(place.path is not null and ${shadows.fields} ->> place.path = place.word)`

const placesOf = (places: Place[]) =>
  sql`jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as place(connection text, object text, path text, word text)`

async function end(tx: Tx, places: Place[]): Promise<void> {
  await tx.execute(sql`
    update ${tasks} t set state = over.state,
      decision = case when over.state = 'decided' then 'revoke' end,
      decided_by = case when over.state = 'decided' then over.connection end,
      decided_door = case when over.state = 'decided' then 'system' end,
      decided_at = case when over.state = 'decided' then now() end
    from (
      select t.id, ${links.connection}, case
          when ${contacts.state} is distinct from 'left' or place.connection is null then 'cancelled'
          when ${links.gone} or ${isInactive} then 'decided' end as state
      from ${tasks} t
      left join ${links} on ${links.id} = t.subject_id
      left join ${contacts} on ${contacts.id} = ${links.recordId}
      left join ${shadows} on ${shadows.linkId} = ${links.id}
      left join ${placesOf(places)} on place.connection = ${links.connection} and place.object = ${links.object}
      where t.kind = 'deactivate-contact' and t.state = 'open') over
    where over.id = t.id and over.state is not null and t.state = 'open'`)
}

async function ask(tx: Tx, programme: Programme, places: Place[]): Promise<void> {
  // Who left again since they were asked about is asked about again.
  const { rows } = await tx.execute<{ id: string; subject_id: string; assignee: string | null }>(sql`
    with wanted as (
      select ${links.id} as link_id, ${partners.managerEmail} as manager
      from ${contacts}
      join ${links} on ${links.recordId} = ${contacts.id} and ${links.kind} = 'contact'
      join ${placesOf(places)} on place.connection = ${links.connection} and place.object = ${links.object}
      left join ${shadows} on ${shadows.linkId} = ${links.id}
      left join ${partners} on ${partners.id} = ${contacts.partnerId}
      where ${contacts.state} = 'left' and ${links.externalId} is not null and not ${links.gone} and ${isInactive} is not true
        and not exists (select from ${tasks} t where t.kind = 'deactivate-contact' and t.subject_id = ${links.id}
          and t.state <> 'cancelled' and (${contacts.leftAt} is null or t.created_at >= ${contacts.leftAt}))
      order by ${links.id} limit ${AT_ONCE})
    insert into ${tasks} (kind, subject_id, round, why, assignee, due_at)
    select 'deactivate-contact', w.link_id,
      1 + (select coalesce(max(t.round), 0) from ${tasks} t where t.kind = 'deactivate-contact' and t.subject_id = w.link_id),
      '["has-left"]'::jsonb, coalesce(w.manager, ${managerOf(programme, undefined)}), now() + interval '2 days'
    from wanted w on conflict do nothing returning id, subject_id, assignee`)
  for (const { id, subject_id: subjectId, assignee } of rows)
    if (assignee !== null) await tellOfDeactivation(tx, programme, { id, subjectId }, `deactivate:${id}`, assignee)
}

/** Tells who is asked, once for each step; the timeline holds ids alone. */
export async function tellOfDeactivation(
  tx: Tx,
  programme: Programme,
  { id: taskId, subjectId: linkId }: Pick<typeof tasks.$inferSelect, 'id' | 'subjectId'>,
  stepKey: string,
  to: string,
): Promise<void> {
  const [link] = await tx.select({ contactId: links.recordId }).from(links).where(eq(links.id, linkId))
  if (link === undefined) return
  const { contactId: subjectId } = link
  const [event] = await tx
    .insert(events)
    .values({
      subjectId,
      stepKey,
      what: 'contact.deactivation-asked',
      actor: 'system',
      policyVersion: programme.policy.version,
      detail: { taskId },
    })
    .onConflictDoNothing()
    .returning({ id: events.id })
  if (event === undefined) return
  await planNotices(tx, programme, {
    eventId: event.id,
    subjectId,
    template: 'contact.deactivate',
    people: [{ address: await standInFor(tx, to), audience: 'manager' }],
    portal: null,
  })
}
