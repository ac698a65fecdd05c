/** The objects beside companies and deals: owners, people of partners, leads, and families of companies. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import type { Connector, Held } from '../contract.ts'
import { ctx, idOf, readAll, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

let rig: Rig
afterEach(async () => {
  await rig.close()
})

const start = async (settings: Record<string, unknown> = {}, switches: SwitchSet = {}) => {
  rig = await startRig({ searchPerSecond: 1000, ...switches }, { searchesPerSecond: 1000, ...settings })
  return rig.connect()
}
const seeded = z.object({ created: z.array(z.string()), merged: z.array(z.string()) })
async function seed(document: Record<string, unknown>): Promise<string[]> {
  await rig.tick(10)
  return seeded.parse(await rig.sandbox.control.seed(document)).created
}
const company = (name: string, type = 'PROSPECT', ref = name) => ({
  type: 'companies',
  properties: { name, type },
  ref,
})
const contact = (email: string, ref = email, more = {}) => ({ type: 'contacts', properties: { email, ...more }, ref })
const link = (from: [string, string], to: [string, string], label: string | null, remove = false) => ({
  from: { type: from[0], id: from[1] },
  to: { type: to[0], id: to[1] },
  label,
  remove,
})
const requests = async (route: string) => (await rig.sandbox.control.requests.counts()).byRoute[route]?.total ?? 0
const readOne = async (connector: Connector, object: string, id: string, fields: string[]) =>
  (await connector.read([{ object, by: 'id', value: id }], fields, ctx()))[0]

describe('owners', () => {
  it('are users, with those who left, at two requests in five minutes', async () => {
    const connector = await start()
    const first = await readAll(connector, 'owners', ['name', 'email', 'state'])
    expect(first.records.map((r) => [r.id, r.fields['name'], r.fields['state']])).toEqual([
      ['7001', 'Rae Morgan', 'active'],
      ['7002', 'Sam Okafor', 'active'],
      ['7003', 'Left Long-Ago', 'left'],
    ])
    const second = await readAll(connector, 'owners', [], first.cursor)
    expect(second.records).toEqual([])
    expect(second.coveredThrough).toBe(first.coveredThrough)
    expect(await requests('GET /crm/v3/owners/')).toBe(2)
    await seed({ leave: ['7002'], owners: [{ email: 'new@example.com', firstName: 'New', lastName: 'One' }] })
    await rig.tick(300_000)
    const third = await readAll(connector, 'owners', [], second.cursor)
    expect(Object.fromEntries(third.records.map((r) => [r.fields['email'], r.fields['state']]))).toMatchObject({
      'sam.okafor@example.com': 'left',
      'new@example.com': 'active',
    })
    const before = first.records.find((r) => r.id === '7002')
    expect(third.records.find((r) => r.id === '7002')?.version).not.toBe(before?.version)
    expect(third.records.find((r) => r.id === '7001')?.version).toBe(first.records[0]?.version)
  })

  it('are listed in pages, read by id and found by e-mail', async () => {
    const connector = await start()
    await seed({
      owners: Array.from({ length: 150 }, (_, n) => ({
        email: `o${String(n)}@example.com`,
        firstName: 'O',
        lastName: 'O',
      })),
    })
    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<NonNullable<Connector['list']>>> | undefined = await connector.list?.(
        { object: 'owners', cursor, fields: [] },
        ctx(),
      )
      ids.push(...(page?.records.map((r) => r.id) ?? []))
      cursor = page?.cursor ?? null
    } while (cursor !== null)
    expect(new Set(ids).size).toBe(153)
    expect(await readOne(connector, 'owners', '7003', [])).toMatchObject({ status: 'found', record: { id: '7003' } })
    expect(await readOne(connector, 'owners', '1', [])).toEqual({ status: 'absent' })
    const any = { email: ['RAE.MORGAN@example.com'] }
    const found = await connector.find?.({ object: 'owners', any, fields: [], limit: 5 }, ctx())
    expect(found?.map((r) => r.id)).toEqual(['7001'])
  })
})

describe('people of partners', () => {
  it('come in with their company; those of customers and of nobody never leave the connector', async () => {
    const connector = await start()
    const [partner] = await seed({
      create: [
        company('Partner', 'PARTNER'),
        company('Customer', 'CUSTOMER'),
        contact('p@partner.example', 'p', { firstname: 'Pat', lastname: 'Ner' }),
        contact('c@customer.example', 'c'),
        contact('n@nobody.example', 'n'),
      ],
      associate: [
        link(['contacts', 'p'], ['companies', 'Partner'], 'Primary'),
        link(['contacts', 'c'], ['companies', 'Customer'], 'Primary'),
      ],
    })
    const { records } = await readAll(connector, 'contacts', ['email', 'fullName', 'partnerCompanyId'])
    expect(records.map((r) => r.fields)).toEqual([
      { email: 'p@partner.example', fullName: 'Pat Ner', partnerCompanyId: partner },
    ])
    const listed = await connector.list?.({ object: 'contacts', cursor: null, fields: ['email'] }, ctx())
    expect(listed).toMatchObject({ records: [{ fields: { email: 'p@partner.example' } }], cursor: null })
  })

  it('belong to their primary company, whatever the other one is', async () => {
    const connector = await start()
    const [partner] = await seed({
      create: [
        company('Partner', 'PARTNER'),
        company('Customer', 'CUSTOMER'),
        contact('a@a.example', 'ours'),
        contact('b@b.example', 'theirs'),
        contact('c@c.example', 'only'),
        contact('d@d.example', 'neither'),
      ],
      associate: [
        link(['contacts', 'ours'], ['companies', 'Customer'], null),
        link(['contacts', 'ours'], ['companies', 'Partner'], 'Primary'),
        link(['contacts', 'theirs'], ['companies', 'Partner'], null),
        link(['contacts', 'theirs'], ['companies', 'Customer'], 'Primary'),
        link(['contacts', 'only'], ['companies', 'Partner'], null),
        link(['contacts', 'neither'], ['companies', 'Partner'], null),
        link(['contacts', 'neither'], ['companies', 'Customer'], null),
      ],
    })
    const { records } = await readAll(connector, 'contacts', ['email', 'partnerCompanyId'])
    expect(records.map((r) => [r.fields['email'], r.fields['partnerCompanyId']])).toEqual([
      ['a@a.example', partner],
      ['c@c.example', partner],
    ])
  })

  it('are told of as gone when they leave the partner, and only where they are held', async () => {
    const connector = await start()
    const ids = await seed({
      create: [company('Partner', 'PARTNER'), contact('p@partner.example', 'p'), contact('q@partner.example', 'q')],
      associate: ['p', 'q'].map((ref) => link(['contacts', ref], ['companies', 'Partner'], 'Primary')),
    })
    const [partner = '', p = '', q = ''] = ids
    const first = await readAll(connector, 'contacts', ['email'])
    await seed({
      associate: [p, q].map((id) => link(['contacts', id], ['companies', partner], null, true)),
      update: [p, q].map((id) => ({ type: 'contacts', id, properties: { phone: '1' } })),
    })
    // A connector that has asked about the company a moment ago asks again after a while.
    const held: Held = {
      among: (asked) => Promise.resolve(asked.filter((id) => id === p)),
      of: () => Promise.resolve([]),
    }
    const page = await connector.changes(
      { object: 'contacts', cursor: first.cursor, from: null, fields: ['email'], held },
      ctx(),
    )
    expect(page.records).toMatchObject([{ id: p, deleted: true, key: null, fields: {} }])
    expect(await readOne(connector, 'contacts', p, ['email'])).toEqual({ status: 'absent' })
    expect((await readAll(rig.connect(), 'contacts', ['email'], first.cursor)).records).toEqual([])
  })

  it('are written with their company, in two requests a batch, and not by e-mail', async () => {
    const connector = await start()
    const [partner = ''] = await seed({ create: [company('Partner', 'PARTNER')] })
    const batch = Array.from({ length: 100 }, (_, n) =>
      write('contacts', `person-${String(n)}`, {
        firstname: `F${String(n)}`,
        email: `f${String(n)}@p.example`,
        partnerCompanyId: partner,
      }),
    )
    const outcomes = await connector.write(batch, ctx())
    expect(outcomes.map((o) => o.status)).toEqual(batch.map(() => 'done'))
    expect(outcomes[0]).toMatchObject({ stored: { fields: { partnerCompanyId: partner, email: 'f0@p.example' } } })
    expect(await requests('POST /crm/v3/objects/:type/batch/upsert')).toBe(1)
    expect(await requests('POST /crm/v4/associations/:type/:to/batch/create')).toBe(1)
    // A part of a known contact, without the e-mail: by e-mail HubSpot would refuse it.
    expect(await connector.write([write('contacts', 'person-1', { phone: '7' })], ctx())).toMatchObject([
      { status: 'done' },
    ])
    const { records } = await readAll(connector, 'contacts', ['email', 'phone', 'partnerCompanyId'])
    expect(records).toHaveLength(100)
    expect(records.every((r) => r.fields['partnerCompanyId'] === partner)).toBe(true)
  })

  it('are not done when their company cannot be linked, and name the one that holds their e-mail', async () => {
    const connector = await start()
    const [other = ''] = await seed({ create: [contact('taken@p.example')] })
    const lost = write('contacts', 'x', { email: 'x@p.example', partnerCompanyId: '404' })
    const taken = write('contacts', 'y', { email: 'Taken@p.example' })
    expect(await connector.write([lost, taken], ctx())).toMatchObject([
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', fields: ['partnerCompanyId'], scope: 'record' } },
      { status: 'rejected', fault: { code: 'CW_RECORD_DUPLICATE', existingIds: [other] } },
    ])
    const [partner = ''] = await seed({ create: [company('Partner', 'PARTNER')] })
    await rig.sandbox.control.faults.add({
      route: 'POST */associations/:type/:to/batch/create',
      kind: 'status',
      status: 503,
      times: 1,
    })
    const late = { ...lost, fields: { ...lost.fields, partnerCompanyId: partner } }
    expect(await connector.write([late], ctx())).toMatchObject([{ status: 'unclear' }])
    expect(await connector.write([late], ctx())).toMatchObject([{ status: 'done' }])
  })

  it('who are erased or restored are noticed by their ids', async () => {
    const connector = await start()
    const [, a = '', b = ''] = await seed({
      create: [company('Partner', 'PARTNER'), contact('a@p.example', 'a'), contact('b@p.example', 'b')],
      associate: ['a', 'b'].map((ref) => link(['contacts', ref], ['companies', 'Partner'], 'Primary')),
    })
    await seed({ archive: [{ type: 'contacts', id: a }], erase: [{ type: 'contacts', id: b }] })
    // Nothing of what was in it: whose person it was shows nowhere any more.
    expect(await readOne(connector, 'contacts', a, ['email'])).toMatchObject({ record: { deleted: true } })
    expect(JSON.stringify(await readOne(connector, 'contacts', a, ['email']))).not.toContain('a@p.example')
    expect(await readOne(connector, 'contacts', b, [])).toEqual({ status: 'absent' })
    await seed({ restore: [{ type: 'contacts', id: a }] })
    expect(await readOne(connector, 'contacts', a, [])).toMatchObject({ record: { deleted: false } })
  })
})

describe('leads', () => {
  it('are off unless asked for, and need none of their scopes then', async () => {
    const connector = await start()
    expect(connector.capabilities.map(({ object }) => object)).not.toContain('leads')
  })

  it('are HubSpot’s own object when the settings say so', async () => {
    const connector = await start({ leads: 'object' })
    const lead = { hs_lead_name: 'Acme', lead_direction: 'To partner', lead_email: 'e@acme.example' }
    const [outcome] = await connector.write([write('leads', 'lead-1', lead, { mode: 'create' })], ctx())
    const { records } = await readAll(connector, 'leads', Object.keys(lead))
    expect(records).toMatchObject([{ id: idOf(outcome), key: 'lead-1', fields: lead }])
    expect(await connector.check(ctx())).toEqual([])
  })

  it('are contacts in an early stage when the settings say so, beside the people of partners', async () => {
    const connector = await start({ leads: 'contacts' })
    await seed({
      create: [
        company('Partner', 'PARTNER'),
        contact('p@p.example', 'p', { lifecyclestage: 'lead' }),
        contact('l@l.example', 'l', { lifecyclestage: 'lead' }),
        contact('c@c.example', 'c', { lifecyclestage: 'customer' }),
      ],
      associate: [link(['contacts', 'p'], ['companies', 'Partner'], 'Primary')],
    })
    const { records } = await readAll(connector, 'contacts', ['email', 'contactKind'])
    expect(records.map((r) => [r.fields['email'], r.fields['contactKind']])).toEqual([
      ['p@p.example', 'partner'],
      ['l@l.example', 'lead'],
    ])
    expect(connector.capabilities.find(({ object }) => object === 'contacts')?.kinds).toEqual(['contact', 'lead'])
  })
})

describe('families of companies', () => {
  it('name each company’s parent, in one request a page, a circle included', async () => {
    const connector = await start()
    const [a, b, c] = await seed({
      create: [company('A'), company('B'), company('C')],
      associate: [
        link(['companies', 'B'], ['companies', 'A'], 'Parent Company'),
        link(['companies', 'B'], ['companies', 'C'], 'Child Company'),
        link(['companies', 'A'], ['companies', 'C'], 'Parent Company'),
      ],
    })
    const { records } = await readAll(connector, 'companies', ['name', 'parentCompanyId'])
    expect(records.map((r) => [r.id, r.fields['parentCompanyId']])).toEqual([
      [a, c],
      [b, a],
      [c, b],
    ])
    expect(await requests('POST /crm/v4/associations/:type/:to/batch/read')).toBe(1)
  })
})

describe('reading without a scope', () => {
  it('ends the object that it is missing for, and no other', async () => {
    await start()
    await seed({
      create: [company('A')],
      tokens: [{ token: 'narrow', scopes: ['crm.objects.companies.read', 'crm.schemas.companies.read'] }],
    })
    const connector = rig.connect({ accessToken: 'narrow' })
    expect((await readAll(connector, 'companies', ['name'])).records).toHaveLength(1)
    for (const object of ['owners', 'contacts', 'deals', 'deal-companies'])
      await expect(readAll(connector, object, [])).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_SCOPE' } })
  })
})
