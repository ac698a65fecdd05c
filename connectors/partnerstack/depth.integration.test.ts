/** Teams, leads, lists, subscriptions and open questions, over the sandbox. */
import { afterEach, expect, it } from 'vitest'
import { startSandbox, type RunningSandbox } from '../../sandbox/framework/start.ts'
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
import { until } from '../../test/setup/until.ts'
import { unlimitedBudget } from '../budget.ts'
import type { Connector, Ctx, Fields, ListPage, Outcome, VendorRecord, Write } from '../contract.ts'
import { createHttp } from '../http.ts'
import { silentLog } from '../log.ts'
import { partnerstack } from './index.ts'

const ctx: Ctx = { signal: new AbortController().signal, priority: 'sync' }
let sandbox: RunningSandbox
let http: ReturnType<typeof createHttp>
afterEach(async () => {
  http.close()
  await sandbox.close()
})

async function start(settings: object = {}): Promise<Connector> {
  sandbox = await startSandbox(partnerstackSandbox)
  await sandbox.control.seed({
    partnerships: [
      {
        partner_key: 'bright',
        email: 'ana@bright.example',
        first_name: 'Ana',
        last_name: 'Lima',
        company: 'Bright',
        members: [{ email: 'ben@bright.example', first_name: 'Ben' }],
      },
      { partner_key: 'link', email: 'kim@link.example', first_name: 'Kim', last_name: 'Ek' },
    ],
  })
  http = createHttp({ connection: 'portal', budget: unlimitedBudget, log: silentLog })
  return partnerstack.create(
    partnerstack.settings.parse({ baseUrl: `${sandbox.url}/api/v2`, ...partnerstackKeys.production, ...settings }),
    {
      http,
      tokens: { current: () => Promise.resolve(null), renew: () => Promise.reject(new Error()) },
      nowMs: Date.now,
    },
  )
}

async function write(
  connector: Connector,
  object: string,
  fields: Fields,
  more: Partial<Write> = {},
): Promise<Outcome> {
  const wish: Write = { ref: 'w', object, mode: 'upsert', id: null, key: null, parent: null, ifVersion: null, fields }
  const [outcome] = await connector.write([{ ...wish, ...more }], ctx)
  if (outcome === undefined) throw new Error('a write has an outcome')
  return outcome
}

async function all(connector: Connector, object: string): Promise<VendorRecord[]> {
  const records: VendorRecord[] = []
  for (let cursor: string | null = null; ;) {
    const page: ListPage | undefined = await connector.list?.({ object, cursor, fields: [] }, ctx)
    if (page === undefined) throw new Error('no list')
    records.push(...page.records)
    if (page.cursor === null) return records
    cursor = page.cursor
  }
}

const emails = (records: VendorRecord[]) => records.map(({ fields }) => String(fields['email'])).toSorted()

it('reads the people of every partner’s team, with the partner that they belong to', async () => {
  const connector = await start()
  const people = await all(connector, 'members')
  expect(emails(people)).toEqual(['ana@bright.example', 'ben@bright.example', 'kim@link.example'])
  expect(people.find(({ fields }) => fields['email'] === 'ana@bright.example')?.fields).toMatchObject({
    partner_key: 'bright',
    name: 'Ana Lima',
    state: 'active',
  })
})

it('hears of a new member by its partnership, and tells who has left as absent', async () => {
  const connector = await start()
  const first = await connector.changes({ object: 'members', cursor: null, from: null, fields: [] }, ctx)
  expect(first.records).toHaveLength(3)
  const made = await write(connector, 'members', {
    partner_key: 'bright',
    email: 'cy@bright.example',
    first_name: 'Cy',
  })
  expect(made.status).toBe('done')
  const next = await connector.changes({ object: 'members', cursor: first.cursor, from: null, fields: [] }, ctx)
  expect(emails(next.records)).toContain('cy@bright.example')
  await sandbox.control.seed({ removeMembers: [{ partnership: 'bright', email: 'ben@bright.example' }] })
  const refs = first.records.map(({ id }) => ({ object: 'members', by: 'id' as const, value: id }))
  const read = await connector.read(refs, [], ctx)
  const absent = first.records.filter((_, n) => read[n]?.status === 'absent')
  expect(emails(absent)).toEqual(['ben@bright.example'])
})

it('adds a member once, however often it is asked to', async () => {
  const connector = await start()
  const fields = { partner_key: 'bright', email: 'Dee@bright.example' }
  const [first, second] = [await write(connector, 'members', fields), await write(connector, 'members', fields)]
  expect([first.status, second.status]).toEqual(['done', 'done'])
  expect('id' in first && 'id' in second && first.id === second.id).toBe(true)
  expect(await all(connector, 'members')).toHaveLength(4)
})

it('gives a lead to a partner under our key, once, also when the answer was lost', async () => {
  const connector = await start()
  await sandbox.control.faults.add({ route: 'POST *', kind: 'reset-before-headers', when: 'after', times: 1 })
  const fields = { contact_name: 'Max Muster', partner_key: 'link', 'fields.company': 'Hafen AG' }
  const lost = await write(connector, 'leads', fields, { key: 'our-lead-1' })
  expect(lost.status).toBe('unclear')
  const again = await write(connector, 'leads', fields, { key: 'our-lead-1' })
  expect(again.status).toBe('done')
  const [lead, ...more] = await all(connector, 'leads')
  expect(more).toEqual([])
  expect(lead).toMatchObject({ key: 'our-lead-1', fields: { partner_key: 'link', 'fields.company': 'Hafen AG' } })
})

it('refuses a plain create under a key that is taken, and names who holds it', async () => {
  const connector = await start()
  const fields = { contact_name: 'Max Muster', partner_key: 'link' }
  const first = await write(connector, 'leads', fields, { key: 'k', mode: 'create' })
  const second = await write(connector, 'leads', fields, { key: 'k', mode: 'create' })
  expect(second).toMatchObject({
    status: 'rejected',
    fault: { code: 'CW_RECORD_DUPLICATE', existingIds: ['id' in first ? first.id : ''] },
  })
})

it('says what a lead without a partner needs', async () => {
  const connector = await start()
  const refused = await write(connector, 'leads', { contact_name: 'Max Muster' }, { key: 'k' })
  expect(refused).toMatchObject({ status: 'rejected', fault: { code: 'CW_RECORD_INVALID', fields: ['partner_key'] } })
})

it('lists everything that is live although records come and go during the walk', async () => {
  const connector = await start()
  const deals = Array.from({ length: 600 }, (_, n) => ({
    key: `deal_${String(n)}`,
    partner_key: 'bright',
    account_name: `Prospect ${String(n)}`,
    fields: { company_domain: `p${String(n)}.example`, contact_email: `a@p${String(n)}.example` },
  }))
  await sandbox.control.seed({ deals })
  const first = await connector.list?.({ object: 'deals', cursor: null, fields: ['account_name'] }, ctx)
  // The place itself goes, and something new stands before it.
  expect(await connector.remove?.('deals', [first?.records.at(-1)?.id ?? ''], ctx)).toEqual([])
  await sandbox.control.seed({ deals: [{ ...deals[0], key: 'deal_new', account_name: 'New' }] })
  const seen = new Set(first?.records.map(({ id }) => id))
  for (let cursor = first?.cursor ?? null; cursor !== null;) {
    const page = await connector.list?.({ object: 'deals', cursor, fields: ['account_name'] }, ctx)
    page?.records.forEach(({ id }) => seen.add(id))
    cursor = page?.cursor ?? null
  }
  expect(deals.filter(({ key }) => !seen.has(key))).toEqual([])
})

for (const [name, settings, switches] of [
  ['dotted at target', {}, {}],
  [
    'underscored at target_url',
    { webhookUrlField: 'target_url', webhookNames: 'underscore' },
    { webhookUrlField: 'target_url', webhookNames: 'underscore' },
  ],
] as const) {
  it(`mends its subscriptions, ${name}: makes what is missing, removes a second one, and rests`, async () => {
    const connector = await start(settings)
    await sandbox.control.switches.set(switches)
    const url = 'https://causeway.example/hooks/portal'
    const made = await connector.subscriptions?.reconcile(url, ctx)
    expect(made?.made).toContain('webhookNames' in settings ? 'deal_updated' : 'deal.updated')
    expect(await connector.subscriptions?.compare(url, ctx)).toMatchObject({ missing: [], stray: [] })
    expect(await connector.subscriptions?.reconcile(url, ctx)).toEqual({ made: [], removed: [] })
    await fetch(`${sandbox.url}/api/v2/webhooks`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${partnerstackKeys.production.publicKey}:${partnerstackKeys.production.secretKey}`).toString('base64')}`,
      },
      body: JSON.stringify({ target: url, target_url: url, events: ['deal.created'] }),
    })
    expect((await connector.subscriptions?.compare(url, ctx))?.stray).toHaveLength(1)
    expect((await connector.subscriptions?.reconcile(url, ctx))?.removed).toHaveLength(1)
    expect((await connector.subscriptions?.compare(url, ctx))?.stray).toEqual([])
  })
}

it('answers each open question as the portal is dialled, and leaves nothing behind', async () => {
  const connector = await start({ certifyPartner: 'bright' })
  await sandbox.control.switches.set({
    duplicateKeyStatus: 409,
    limitAboveCap: 'reject',
    archivedRead: 'gone',
    webhookEvents: 'known',
  })
  const answers = new Map<string, string>()
  for (const probe of connector.probes ?? []) answers.set(probe.name, (await probe.run(ctx)).answer)
  expect(answers.get('duplicate-key')).toMatch(/^HTTP 409/)
  expect(answers.get('limit-above-cap')).toMatch(/^HTTP 400/)
  expect(answers.get('archived-read')).toBe('HTTP 404')
  expect(answers.get('webhook-address')).toBe('target')
  expect(answers.get('deal-stages')).toBe('deals')
  expect(answers.get('webhook-events')).toBe('deal.updated')
  expect(answers.get('decision-body')).toBe('approved, true or false')
  expect(answers.get('assignment-path')).toBe('beside /v2, not below it')
  expect(answers.get('rate-limit')).toMatch(/^at least 100 in /)
  expect(await all(connector, 'deals')).toEqual([])
  expect(await sandbox.control.unknown()).toEqual([])
})

it.each([
  ['webhook-events', { webhookEvents: 'any' }, { answer: 'any name is taken, so that a wrong one is not told' }],
  [
    'webhook-events',
    { webhookEvents: 'known', webhookNames: 'underscore', webhookUrlField: 'target_url' },
    { answer: 'deal_updated', setting: { webhookNames: 'underscore' } },
  ],
  ['webhook-address', { webhookUrlField: 'target_url' }, { answer: 'target_url' }],
  ['decision-body', { decisionField: 'decision' }, { answer: 'decision, approved or declined' }],
  ['assignment-path', { oldPaths: 'with-v2' }, { answer: 'below /v2, as other paths are' }],
  ['deal-stages', { stageObjectType: 'singular' }, { answer: 'deal' }],
])('answers %s where the portal is dialled %j', async (name, switches, finding) => {
  const connector = await start({ certifyPartner: 'bright' })
  await sandbox.control.switches.set(switches)
  expect(await connector.probes?.find((one) => one.name === name)?.run(ctx)).toMatchObject(finding)
  expect(await all(connector, 'deals')).toEqual([])
})

it('archives the first deal of a question also when the second one fails', async () => {
  const connector = await start({ certifyPartner: 'bright' })
  await sandbox.control.faults.add({ route: 'POST */deals', kind: 'status', status: 500, match: { body: ' 2"' } })
  const probe = connector.probes?.find(({ name }) => name === 'duplicate-key')
  await expect(probe?.run(ctx)).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_UNAVAILABLE' } })
  expect(await all(connector, 'deals')).toEqual([])
})

it('finds a rate limit, and waits until it is let in again', async () => {
  const connector = await start()
  await sandbox.control.switches.set({ requestsPerMinute: 20, rateLimitRetryAfter: false })
  const asked = connector.probes?.find(({ name }) => name === 'rate-limit')?.run(ctx)
  await until(async () => (await sandbox.control.requests.list()).some(({ status }) => status === 429))
  await sandbox.control.clock.advance(60_000)
  expect((await asked)?.answer).toMatch(/^\d+ in [\d.]+ s, then a 429; let in again after [\d.]+ s/)
})

it('writes nothing for a question when no partner may own marked records', async () => {
  const connector = await start()
  const probe = connector.probes?.find(({ name }) => name === 'list-lag')
  expect(await probe?.run(ctx)).toMatchObject({ isTried: false })
  expect(await all(connector, 'deals')).toEqual([])
})

it('keeps only the objects that the settings name', async () => {
  const connector = await start({ objects: ['partnerships', 'deals'] })
  expect(connector.capabilities.map(({ object }) => object)).toEqual(['partnerships', 'deals'])
  const body = Buffer.from(JSON.stringify({ event: 'lead.created', key: 'lead_1' }))
  expect(connector.webhooks?.hints(body)).toEqual([])
})
