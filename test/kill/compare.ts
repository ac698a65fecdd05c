/** Holds what the vendors have against what was submitted. Each finding says what is wrong with which registration. */
import { Client, Connection } from '@temporalio/client'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { text } from '../../demo/vendors.ts'
import type { Stage } from '../../demo/stage.ts'
import type { Database } from '../../src/db/connection.ts'
import { findLeaks } from '../setup/find-leaks.ts'
import type { Sent } from './run.ts'

export interface Verdict {
  findings: string[]
  changes: Record<string, number>
  states: Record<string, number>
  /** How long after its instant the latest clock fired, in seconds. */
  latestClockS: number
  requests: number
}

interface Row {
  key: string
  id: string
  state: string
  home: string | null
  company: string
  [column: string]: string | null
}

export async function compare(stage: Stage, { db }: Database, sent: Sent[]): Promise<Verdict> {
  const findings: string[] = []
  // The books are read faster than a vendor would let anyone.
  await stage.sandboxes.hubspot.control.switches.set({ tenSecondLimit: 1_000_000 })
  const { rows } = await db.execute<Row>(sql`
    select l.external_id as key, r.id, r.state, r.home, r.company from registrations r join links l on l.record_id = r.id and l.connection = 'portal'`)
  const byKey = new Map(rows.map((row) => [row.key, row]))
  const portal = new Map((await stage.portal.deals()).map((deal) => [deal.key, deal]))
  const opportunities = await stage.salesforce.query(
    'SELECT Id, Name, Registration_Id__c, Registration_Status__c, AccountId, Partner_Account__c FROM Opportunity',
  )
  const deals = await stage.hubspot.list('deals', ['dealname', 'registration_id', 'registration_status'])
  const crm = [
    ...opportunities.map((o) => ({
      connection: 'sales',
      id: text(o['Id']),
      registration: text(o['Registration_Id__c']),
      status: text(o['Registration_Status__c']),
      linked: text(o['AccountId']) !== '' && text(o['Partner_Account__c']) !== '',
    })),
    ...(await Promise.all(
      deals.map(async ({ id, properties: p }) => ({
        connection: 'growth',
        id,
        registration: p['registration_id'] ?? '',
        status: p['registration_status'] ?? '',
        linked: (await stage.hubspot.companiesOf(id)).length === 2,
      })),
    )),
  ]
  for (const registration of sent) {
    const say = (what: string) =>
      findings.push(`#${String(registration.n)} ${registration.company} (${registration.key}): ${what}`)
    const row = byKey.get(registration.key)
    if (row === undefined) {
      say('was lost')
      continue
    }
    if (!expected(registration).includes(row.state))
      say(`ended as ${row.state}, expected ${expected(registration).join(' or ')}`)
    const shown = portal.get(registration.key)?.status
    // A withdrawn deal is archived and no longer listed; one whose webhook was lost runs into its clock.
    const isArchived = registration.fate === 'withdraw' && registration.fatedAt !== null
    if (!isArchived && shown !== row.state) say(`the portal says ${String(shown)}, the ledger ${row.state}`)
    const made = crm.filter((deal) => deal.registration === row.id)
    const wasApproved = row.home !== null
    if (made.length !== (wasApproved ? 1 : 0))
      say(`${String(made.length)} deals in the CRMs, expected ${wasApproved ? '1' : '0'}`)
    for (const deal of made) {
      if (deal.connection !== row.home) say(`its deal is in ${deal.connection}, expected ${String(row.home)}`)
      if (deal.status !== row.state) say(`the CRM says ${deal.status}, the ledger ${row.state}`)
      if (!deal.linked) say('its deal is not linked to customer and partner')
    }
  }
  if (rows.length !== sent.length)
    findings.push(`${String(rows.length)} registrations in the ledger, ${String(sent.length)} were submitted`)
  const ours = crm.filter((deal) => deal.registration !== '').length
  const approved = rows.filter((row) => row.home !== null).length
  if (ours !== approved || crm.length !== ours)
    findings.push(`${String(crm.length)} deals in the CRMs, ${String(approved)} were approved`)
  findings.push(
    ...(await doubledAccounts(stage)),
    ...(await overlapping(db)),
    ...(await unsettled(db)),
    ...(await mails(stage, db)),
  )
  for (const sandbox of stage.sandboxes.all) {
    const unknown = await sandbox.control.unknown()
    if (unknown.length > 0)
      findings.push(
        `${sandbox.vendor} got requests that it does not know: ${unknown
          .map((u) => `${u.method} ${u.path}`)
          .slice(0, 3)
          .join(', ')}`,
      )
  }
  findings.push(...(await leaks(stage)))
  const counts = await Promise.all(stage.sandboxes.all.map((sandbox) => sandbox.control.requests.counts()))
  return {
    findings,
    changes: await countBy(db, sql`select status as name, count(*)::int as count from changes group by status`),
    states: await countBy(db, sql`select state as name, count(*)::int as count from registrations group by state`),
    latestClockS: await latestClock(db, findings),
    requests: counts.reduce((sum, { total }) => sum + total, 0),
  }
}

/** What may become of a registration. Who acted too late for the clock may find it lapsed. */
function expected({ contested, amount, decision, fate }: Sent): string[] {
  if (contested) return ['declined', 'lapsed']
  if (amount > 50_000 && decision === 'decline') return ['declined']
  switch (fate) {
    case 'lapse':
      return ['lapsed']
    case 'win':
      return ['won', 'lapsed']
    case 'lose':
      return ['lost', 'lapsed']
    case 'withdraw':
      return ['withdrawn', 'lapsed']
  }
}

async function doubledAccounts({ salesforce, hubspot }: Stage): Promise<string[]> {
  const names = [
    ...(await salesforce.query('SELECT Name FROM Account')).map((account) => `Salesforce ${text(account['Name'])}`),
    ...(await hubspot.list('companies', ['name'])).map((company) => `HubSpot ${company.properties['name'] ?? ''}`),
  ]
  return [...Map.groupBy(names, (name) => name)]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => `${String(same.length)} accounts: ${name}`)
}

/** Two claims on one company are never protected at once, and the one declined by first in time came second. */
async function overlapping(db: Database['db']): Promise<string[]> {
  const { rows } = await db.execute<{ company: string }>(sql`
    select a.domain as company from registrations a join registrations b on a.domain = b.domain and a.id < b.id
    where a.protected_from < b.protected_until and b.protected_from < a.protected_until
      and coalesce((select min(at) from events e where e.subject_id = a.id and e.what in ('registration.withdrawn', 'registration.won', 'registration.lost')), a.protected_until) > b.protected_from
      and coalesce((select min(at) from events e where e.subject_id = b.id and e.what in ('registration.withdrawn', 'registration.won', 'registration.lost')), b.protected_until) > a.protected_from
    union all
    select a.domain from registrations a join registrations b on a.domain = b.domain and (a.submitted_at, a.id) < (b.submitted_at, b.id)
    join events e on e.subject_id = a.id and e.what = 'registration.declined' and e.rule = 'first-in-time'`)
  return rows.map(({ company }) => `two claims on ${company} were ruled wrongly`)
}

async function unsettled(db: Database['db']): Promise<string[]> {
  const counts = await countBy(
    db,
    sql`
    select 'changes ' || status || ' ' || coalesce(code, '') as name, count(*)::int as count from changes where status in ('pending', 'parked') group by 1
    union all select 'writes ' || status || ' ' || coalesce(code, ''), count(*)::int from writes where status <> 'done' group by 1
    union all select 'notices ' || status || ' ' || coalesce(code, ''), count(*)::int from notices where status <> 'sent' and not ${isMoot} group by 1`,
  )
  return Object.entries(counts).map(([name, count]) => `${String(count)} ${name}`)
}

/** What Temporal keeps holds no company, domain or address. */
async function leaks({ embedded }: Stage): Promise<string[]> {
  const connection = await Connection.connect({ address: embedded.servers.temporalAddress })
  try {
    const found = await findLeaks(new Client({ connection }), ['Zeta', 'werk-', 'partners.example', 'as planned'])
    return found.slice(0, 5).map((leak) => `a history holds ${leak.found}: ${leak.workflowId} ${leak.where}`)
  } finally {
    await connection.close()
  }
}

/** A day's list of deals without a source that was empty when it was to be sent. */
const isMoot = sql`(status = 'skipped' and template like 'deals.without-source%')`

const mailList = z.object({ messages: z.array(z.object({ headers: z.record(z.string(), z.string()) })) })

/** Every notice came, under its id; a second copy has the same id. */
async function mails({ sandboxes }: Stage, db: Database['db']): Promise<string[]> {
  const answer = await fetch(`${sandboxes.mailbox.url}/messages`)
  const { messages } = mailList.parse(await answer.json())
  const came = new Set(
    messages.map((message) => /<([0-9a-f-]{36})@/.exec(message.headers['message-id'] ?? '')?.[1] ?? ''),
  )
  const { rows } = await db.execute<{ id: string }>(sql`select id from notices where not ${isMoot}`)
  const missing = rows.filter(({ id }) => !came.has(id))
  return missing.length === 0 ? [] : [`${String(missing.length)} notices never came`]
}

async function latestClock(db: Database['db'], findings: string[]): Promise<number> {
  const { rows } = await db.execute<{ late: string | null; early: string }>(sql`
    select max(extract(epoch from e.at - r.protected_until))::text as late, count(*) filter (where e.at < r.protected_until)::text as early
    from events e join registrations r on r.id = e.subject_id where e.what = 'registration.lapsed'`)
  if (rows[0]?.early !== '0') findings.push(`${String(rows[0]?.early)} lapsed before their time`)
  return Math.round(Number(rows[0]?.late ?? 0) * 10) / 10
}

async function countBy(db: Database['db'], query: ReturnType<typeof sql>): Promise<Record<string, number>> {
  const { rows } = await db.execute<{ name: string; count: number }>(query)
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
}
