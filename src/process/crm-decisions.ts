/**
 * Deciding in a CRM. An open task of ours stands in the CRM of whom it asks; what they choose there is judged like a decision by any
 * other door, and what cannot be is answered on the task in words and taken away, so that it can be chosen again.
 *
 * Looked after whenever the tasks of a connection were read: rows say what lacks, so nothing is lost by a death in between.
 */
import { and, eq, ne, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { ensureLinks, nudge, planWrites, workflowId } from '../db/outbox.ts'
import {
  conflictAuditRows,
  contacts,
  crmTasks,
  deals,
  directReviews,
  events,
  links,
  partners,
  registrations,
  tasks,
  users,
} from '../db/schema/index.ts'
import { taskDecisions, taskKinds, type TaskKind, type TaskKindRow } from '../domain/task-kinds.ts'
import { systemOf, type System } from '../mapping/systems.ts'
import { hearCrmTasks } from './crm-hearing.ts'
import { closeCrmTasks, planCrmTask } from './crm-tasks.ts'
import { labelOf } from './crm-words.ts'
import { endOf } from './decide.ts'
import { standInsOf } from './delegations.ts'
import { languageOf } from './notices/languages/index.ts'
import type { Programme } from './programme.ts'
import { citedIn } from './reasons.ts'

/** How many of each are looked at in one go; the rest has its turn when the tasks are read next. */
const AT_ONCE = 100

/** Opens, hears and closes what stands in this CRM for tasks of ours. Nothing is done where it keeps no tasks. */
export async function keepCrmDecisions(db: Db, programme: Programme, connection: string): Promise<void> {
  const system = systemOf(programme.systems, connection)
  if (!system.mappings.some(({ kind }) => kind === 'task')) return
  await hearCrmTasks(db, programme, system)
  await close(db, connection)
  await open(db, programme, system)
  await submit(db, system)
}

/** What still stands open for a task that is over, however that came. */
async function close(db: Db, connection: string): Promise<void> {
  const over = await db
    .selectDistinct({ task: tasks })
    .from(crmTasks)
    .innerJoin(tasks, eq(tasks.id, crmTasks.taskId))
    .where(and(eq(crmTasks.connection, connection), eq(crmTasks.status, 'open'), ne(tasks.state, 'open')))
    .limit(AT_ONCE)
  for (const { task } of over) await db.transaction((tx) => closeCrmTasks(tx, task.id, endOf(task)))
}

/** A task for each person of this CRM who is asked: whom it is assigned or escalated to, else who stands in for them. */
async function open(db: Db, programme: Programme, system: System): Promise<void> {
  const kinds = Object.entries(taskKinds).flatMap(([kind, { decisions }]) =>
    Object.keys(decisions).length > 0 ? [kind] : [],
  )
  const asked = await db.execute<{ id: string; user_id: string; email: string }>(sql`
    select t.id, u.id as user_id, u.email
    from ${tasks} t
    cross join lateral (
      select distinct on (p.asked) s.address from (values (t.assignee), (t.escalated_to)) as p(asked)
      cross join lateral ${standInsOfColumn} as s where p.asked is not null order by p.asked, s.depth desc) person
    join ${users} u on lower(u.email) = person.address and u.state is distinct from 'left'
    join ${links} l on l.connection = ${system.name} and l.record_id = u.id and l.kind = 'user' and l.external_id is not null and not l.gone
    where t.state = 'open' and t.kind in (select value from jsonb_array_elements_text(${JSON.stringify(kinds)}::jsonb))
      and not exists (select from ${crmTasks} c where c.occasion = 'decision:' || t.id || ':' || u.id)
    order by t.id limit ${AT_ONCE}`)
  for (const { id, user_id: userId, email } of asked.rows)
    await db.transaction(async (tx) => {
      const [found] = await tx
        .select({
          task: tasks,
          claim: registrations,
          partner: partners.name,
          rule: events.rule,
          deal: { id: deals.id, name: deals.name, accountId: deals.accountId },
          account: conflictAuditRows.account,
          person: { name: contacts.name, email: contacts.email },
          place: links.connection,
        })
        .from(tasks)
        // What is asked is about a claim, about a direct deal beside one, about an account that several pursue, or about who left.
        .leftJoin(directReviews, and(eq(tasks.kind, 'review-direct-deal'), eq(directReviews.id, tasks.subjectId)))
        .leftJoin(deals, eq(deals.id, directReviews.dealId))
        .leftJoin(conflictAuditRows, and(eq(tasks.kind, 'rule-conflict'), eq(conflictAuditRows.id, tasks.subjectId)))
        .leftJoin(
          registrations,
          sql`${registrations.id} = coalesce(${directReviews.registrationId}, ${tasks.subjectId})`,
        )
        .leftJoin(links, and(eq(tasks.kind, 'deactivate-contact'), eq(links.id, tasks.subjectId)))
        .leftJoin(contacts, eq(contacts.id, links.recordId))
        .leftJoin(partners, sql`${partners.id} = coalesce(${registrations.partnerId}, ${contacts.partnerId})`)
        .leftJoin(
          events,
          and(
            eq(tasks.kind, 'approve-registration'),
            eq(events.subjectId, tasks.subjectId),
            sql`${events.stepKey} = 'ask:' || ${tasks.round}`,
          ),
        )
        .where(and(eq(tasks.id, id), eq(tasks.state, 'open')))
        .for('update', { of: tasks })
      if (found === undefined) return
      const { task, claim, partner, rule, deal, account, place } = found
      const person = [found.person?.name, found.person?.email].filter(Boolean).join(', ') || null
      const planned = await planCrmTask(tx, programme, {
        occasion: `decision:${id}:${userId}`,
        to: email,
        subject: subjectOf(task.kind, partner, claim?.company ?? account ?? person),
        body: bodyOf(
          system,
          task,
          { claim, partner, deal: deal?.name ?? null, account, person, place },
          rule === null ? null : citedIn(programme.policy, rule),
        ),
        dueAt: task.dueAt,
        dealId: deal?.id ?? claim?.dealId ?? null,
        accountId: deal?.accountId ?? claim?.accountId ?? null,
        connection: system.name,
        taskId: id,
      })
      if (planned !== null) await nudge(tx, [workflowId.sender(planned.connection)])
    })
}

/**
 * Where the CRM has an approval process for the records of registrations, the record of each claim that a person is asked about is
 * submitted to it, once. Its end is heard like any outcome.
 */
async function submit(db: Db, system: System): Promise<void> {
  const object = system.mappings.find(
    ({ kind, fields }) => kind === 'task' && fields.some(({ field }) => field === 'registrationId'),
  )?.object
  if (object === undefined) return
  await db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string }>(sql`
      insert into ${crmTasks} (purpose, connection, occasion, task_id, registration_id, owner_id, body, status)
      select 'decision', l.connection, 'approval:' || t.id, t.id, r.id, (
          select u.id from ${users} u join ${links} ul on ul.record_id = u.id and ul.connection = l.connection and ul.kind = 'user'
          where lower(u.email) = lower(t.assignee) and u.state is distinct from 'left' and ul.external_id is not null and not ul.gone
          order by u.id limit 1),
        ${taskKinds['approve-registration'].asks}, 'open'
      from ${tasks} t join ${registrations} r on r.id = t.subject_id
      join ${links} l on l.record_id = r.id and l.kind = 'registration' and l.connection = ${system.name}
        and l.external_id is not null and not l.gone
      where t.state = 'open' and t.kind = 'approve-registration'
        and not exists (select from ${crmTasks} c where c.connection = l.connection and c.occasion = 'approval:' || t.id)
      order by t.id limit ${AT_ONCE} on conflict do nothing returning id::text`)
    const ids = rows.map(({ id }) => id)
    await ensureLinks(
      tx,
      ids.map((recordId) => ({ connection: system.name, object, kind: 'task' as const, recordId })),
    )
    await planWrites(tx, ids)
  })
}

/** The chain of stand-ins of the row's `asked`. */
const standInsOfColumn = standInsOf(sql`p.asked`)

function subjectOf(kind: TaskKind, partner: string | null, company: string | null): string {
  if (kind === 'approve-registration') return `Decide: ${partner ?? 'a partner'} registered ${company ?? 'a company'}`
  return `Decide: ${taskKinds[kind].asks}${company === null ? '' : ` (${company})`}`
}

function bodyOf(
  system: System,
  task: typeof tasks.$inferSelect,
  {
    claim,
    partner,
    deal,
    account,
    person,
    place,
  }: {
    claim: typeof registrations.$inferSelect | null
    partner: string | null
    deal: string | null
    account: string | null
    person: string | null
    place: string | null
  },
  cited: string | null,
): string {
  const facts: [string, string | null][] = [
    ['Deal', deal],
    ['Account', account],
    ['Person', person],
    ['System', place],
    ['Partner', partner],
    ['Company', [claim?.company, claim?.domain].filter(Boolean).join(', ') || null],
    ['Contact', [claim?.contactName, claim?.contactEmail].filter(Boolean).join(', ') || null],
    ['Amount', claim?.amount === null || claim === null ? null : `${claim.amount} ${claim.currency ?? ''}`.trim()],
    ['Products', claim?.products ?? null],
    ['Close date', claim?.closeDate ?? null],
  ]
  const why = task.why.map((code) => `- ${languageOf('en').words.codes[code] ?? code}`)
  const rules: TaskKindRow['decisions'] = taskKinds[task.kind].decisions
  const outcomes = taskDecisions
    .filter((one) => rules[one] !== undefined)
    .map((one) => `- ${labelOf(system, 'task', one)}${rules[one] === 'needed' ? ' (say why)' : ''}`)
  return [
    taskKinds[task.kind].asks,
    facts.flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`])).join('\n'),
    why.length === 0
      ? ''
      : `Why you are asked:\n${[...why, ...(cited === null ? [] : [`By our policy: ${cited}`])].join('\n')}`,
    `Choose one as this task’s decision, with a reason where one is needed:\n${outcomes.join('\n')}`,
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
}
