/** Temporal holds ids, instants, counts and codes; never a name, an address, an amount, a reason or a token. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decide } from '../../src/process/decide.ts'
import { staff } from '../../src/process/rig.test-support.ts'
import { findLeaks } from '../setup/find-leaks.ts'
import { until } from '../setup/until.ts'
import { startWorld, type World } from '../setup/world.ts'

/** Texts that nothing but the seeded data holds. */
const forbidden =
  'Zorngiebel Quastenflosser Wolkenkratzer kontakt.xaver 31337 4711. 4711, Geheimgrund leitung.xenia Bearer secret'.split(
    ' ',
  )

let world: World
beforeAll(async () => {
  world = await startWorld({
    policy: '{ autoApprove: { upTo: 50000, currency: USD }, decision: { approver: leitung.xenia@vendor.example } }',
  })
}, 60_000)
afterAll(() => world.close())

const deal = (partner: string, company: string, domain: string, cents: number) => ({
  account_name: company,
  amount: cents,
  partner_key: partner,
  fields: [
    { api_name: 'company_domain', value: domain },
    { api_name: 'contact_email', value: `kontakt.xaver@${domain}` },
  ],
})
async function count(query: string): Promise<number> {
  const { rows } = await world.database.db.execute<{ n: number }>(sql.raw(`select count(*)::int as n from ${query}`))
  return rows[0]?.n ?? 0
}
/** As the owner of the tables: the product's own role may create nothing. */
async function asOwner(statement: string): Promise<void> {
  await world.database.db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    await tx.execute(sql.raw(statement))
  })
}
/** Every insert or update of the table fails, and says the row. */
const break_ = (table: string) =>
  asOwner(`
    create or replace function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused %', new; end $$;
    create trigger refuse before insert or update on ${table} for each row execute function refuse()`)
const mend = (table: string) => asOwner(`drop trigger refuse on ${table}`)

it('keeps nothing of a story with approval, conflict and a decision that gives a reason', async () => {
  await world.portal.control.seed({
    groups: [{ name: 'Resellers', default: true }],
    partnerships: [
      { email: 'post@zorngiebel-partner.example', company: 'Zorngiebel', partner_key: 'zorn' },
      { email: 'post@quastenflosser-partner.example', company: 'Quastenflosser', partner_key: 'quast' },
    ],
  })
  await world.portal.control.seed({ deals: [deal('zorn', 'Wolkenkratzer', 'wolkenkratzer-77.com', 3_133_700)] })
  await until(async () => (await count(`registrations where state = 'approved'`)) === 1, { deadlineMs: 20_000 })
  await world.portal.control.seed({
    deals: [
      deal('quast', 'Wolkenkratzer', 'wolkenkratzer-77.com', 471_100),
      deal('quast', 'Wolkenkratzer Nord', 'wolkenkratzer-78.com', 9_999_900),
    ],
  })
  const task = await until(
    async () => {
      const { rows } = await world.database.db.execute<{ id: string }>(sql`select id from tasks where state = 'open'`)
      return rows[0]
    },
    { deadlineMs: 20_000 },
  )
  await decide(world.database.db, {
    taskId: task.id,
    decision: 'decline',
    reason: 'Geheimgrund',
    by: staff('key:xenia'),
  })
  await until(async () => (await count(`registrations where state = 'declined'`)) === 2, { deadlineMs: 20_000 })
  await until(async () => (await count(`notices where status <> 'sent'`)) === 0, { deadlineMs: 20_000 })
  expect(await findLeaks(world.namespace.client, forbidden)).toEqual([])
  // It does look into payloads: what a step answered is found there.
  expect(await findLeaks(world.namespace.client, ['"forMs":'])).not.toEqual([])
}, 120_000)

it.each([
  ['changes', 'the stream'],
  ['events', 'the registration'],
  ['writes', 'the sender'],
  ['notices', 'the mailer'],
])(
  'keeps nothing of failures whose text holds the row: %s (%s)',
  async (table) => {
    const before = await count(`registrations where state = 'approved'`)
    const name = `Wolkenkratzer ${table}`
    if (table === 'changes') await break_(table)
    await world.portal.control.seed({ deals: [deal('zorn', name, `wolkenkratzer-${table}.com`, 3_133_700)] })
    if (table !== 'changes') {
      await until(async () => (await count(`registrations where company = '${name}'`)) > 0, {
        deadlineMs: 20_000,
        everyMs: 5,
      })
      await break_(table)
    }
    const known = await failures()
    try {
      // Long enough that local attempts give way to timers, whose markers carry the failure.
      await until(async () => (await failures()) > known, { deadlineMs: 20_000, everyMs: 250 })
    } finally {
      await mend(table)
    }
    await until(async () => (await count(`registrations where state = 'approved'`)) > before, { deadlineMs: 60_000 })
    expect(await findLeaks(world.namespace.client, forbidden)).toEqual([])
  },
  120_000,
)

/** Failures that the server knows of: kept in histories or with activities that are tried again. */
async function failures(): Promise<number> {
  let found = 0
  for await (const { workflowId, runId } of world.namespace.client.workflow.list()) {
    const handle = world.namespace.client.workflow.getHandle(workflowId, runId)
    const { events } = await handle.fetchHistory()
    found += (events ?? []).filter((event) => event.markerRecordedEventAttributes?.failure).length
    const { raw } = await handle.describe()
    found += (raw.pendingActivities ?? []).filter((activity) => activity.lastFailure).length
  }
  return found
}
