/** People across systems: users by e-mail, contacts by e-mail and at one partner, partners by domain and e-mail. */
import { afterEach, expect, it } from 'vitest'
import { startBench, type Bench, type Side } from '../setup/bench.ts'
import { crm, endings, portal, record, recordOf, take } from './sides.ts'

let bench: Bench
afterEach(() => bench.close())

it('knows a user of two CRMs as one person by the e-mail address, whatever its case', async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  await take(bench, 'alpha', [record('users', 'a1', 1, { Name: 'Ada', Mail: 'Ada@Corp.example', State: 'active' })])
  await take(bench, 'beta', [record('users', 'b1', 1, { Name: 'Ada', Mail: 'ada@corp.example', State: 'active' })])
  expect(await bench.rows('select count(*)::int as n from users')).toEqual([{ n: 1 }])
  expect(await recordOf(bench, 'beta', 'b1')).toBe(await recordOf(bench, 'alpha', 'a1'))
})

it('makes the owner that was only referred to one with the known user when its own record comes', async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  await take(bench, 'alpha', [record('users', 'a1', 1, { Name: 'Ada', Mail: 'ada@corp.example', State: 'active' })])
  await take(bench, 'beta', [record('companies', 'bc', 1, { Name: 'Acme', Site: null, Owner: 'b1' })])
  await take(bench, 'beta', [record('deals', 'bd', 1, { Title: 'Big', Company: 'bc', Owner: 'b1', Manager: 'b1' })])
  expect(await bench.rows('select count(*)::int as n from users')).toEqual([{ n: 2 }])
  await take(bench, 'beta', [record('users', 'b1', 2, { Name: 'Ada', Mail: 'ada@corp.example', State: 'active' })])
  const ada = await recordOf(bench, 'alpha', 'a1')
  expect(await bench.rows('select id::text from users')).toEqual([{ id: ada }])
  expect(await bench.rows('select owner_id::text as o, manager_id::text as m from deals')).toEqual([{ o: ada, m: ada }])
  expect(await bench.rows('select owner_id::text as o from accounts')).toEqual([{ o: ada }])
})

it('knows a partner of portal and CRM as one by the domain, and by the e-mail address', async () => {
  bench = await startBench({ portal, alpha: crm })
  await take(bench, 'alpha', [
    record('companies', 'c1', 1, { Name: 'Nord GmbH', Site: 'nord.example.com', Type: 'Partner', Mail: null }),
    record('companies', 'c2', 1, { Name: 'Sued', Site: null, Type: 'Partner', Mail: 'Desk@Sued.example' }),
  ])
  await take(bench, 'portal', [
    record('partners', 'p1', 1, { name: 'Nord', email: 'x@gmail.com', site: 'https://www.nord.example.com/de' }),
    record('partners', 'p2', 1, { name: 'Süd AG', email: 'desk@sued.example', site: null }),
  ])
  expect(await recordOf(bench, 'portal', 'p1')).toBe(await recordOf(bench, 'alpha', 'c1'))
  expect(await recordOf(bench, 'portal', 'p2')).toBe(await recordOf(bench, 'alpha', 'c2'))
  expect(await bench.rows('select count(*)::int as n from partners')).toEqual([{ n: 2 }])
  // Whoever was recognised keeps what it is known by; nothing points at a record that is none.
  expect(
    await bench.rows(
      `select value from identities i where not exists (select from partners p where p.id = i.record_id)`,
    ),
  ).toEqual([])
  expect(await bench.rows(`select value from identities order by 1`)).toEqual(
    ['desk@sued.example', 'example.com', 'x@gmail.com'].map((value) => ({ value })),
  )
})

it('keeps a contact at its first partner and tells a person of the second; everything else goes on', async () => {
  bench = await startBench({ portal, alpha: crm })
  await take(bench, 'portal', [
    record('partners', 'p1', 1, { name: 'Nord', email: null, site: 'nord.com' }),
    record('partners', 'p2', 1, { name: 'Sued', email: null, site: 'sued.com' }),
  ])
  const done = await take(bench, 'portal', [
    record('members', 'm1', 1, { name: 'Bo', email: 'bo@mail.example', partner: 'p1' }),
    record('members', 'm2', 1, { name: 'Bo', email: 'BO@mail.example', partner: 'p2' }),
    record('members', 'm3', 1, { name: 'Cy', email: 'cy@mail.example', partner: 'p2' }),
  ])
  expect(done).toEqual({ applied: 2, noOp: 0, parked: 1 })
  expect(await endings(bench)).toContain('m2 parked CW_CONTACT_ELSEWHERE')
  const [told] = await bench.rows(
    `select detail ->> 'contactId' as contact, detail ->> 'partnerId' as partner from changes where external_id = 'm2'`,
  )
  expect(told).toEqual({
    contact: await recordOf(bench, 'portal', 'm1'),
    partner: await recordOf(bench, 'portal', 'p1'),
  })
  // The CRM that says the same of both is believed, and the one that says otherwise is not.
  await take(bench, 'alpha', [record('companies', 'c2', 1, { Name: 'Sued', Site: 'sued.com', Type: 'Partner' })])
  await take(bench, 'alpha', [
    record('people', 'x1', 2, { Name: 'Bo', Mail: 'bo@mail.example', Company: 'c2' }),
    record('people', 'x2', 2, { Name: 'Cy', Mail: 'cy@mail.example', Company: 'c2' }),
    record('people', 'x3', 2, { Name: 'Di', Mail: 'di@mail.example', Company: null }),
  ])
  expect((await endings(bench)).slice(-3)).toEqual(['x1 parked CW_CONTACT_ELSEWHERE', 'x2 applied', 'x3 applied'])
  expect(await recordOf(bench, 'alpha', 'x2')).toBe(await recordOf(bench, 'portal', 'm3'))
  expect(await bench.rows(`select count(*)::int as n from contacts`)).toEqual([{ n: 3 }])
  // Once the first has let the person go, the second gets it.
  await take(bench, 'portal', [record('members', 'm1', 3, { name: 'Bo', email: 'bo@new.example', partner: 'p1' })])
  await take(bench, 'portal', [record('members', 'm2', 3, { name: 'Bo', email: 'bo@mail.example', partner: 'p2' })])
  expect((await endings(bench)).filter((end) => end.startsWith('m2'))).toEqual(['m2 no-op', 'm2 applied'])
})

it('lets a contact move to another partner when its own record says so', async () => {
  bench = await startBench({ portal })
  await take(bench, 'portal', [
    record('partners', 'p1', 1, { name: 'Nord', email: null, site: null }),
    record('partners', 'p2', 1, { name: 'Sued', email: null, site: null }),
  ])
  await take(bench, 'portal', [record('members', 'm1', 1, { name: 'Bo', email: 'bo@mail.example', partner: 'p1' })])
  await take(bench, 'portal', [record('members', 'm1', 2, { name: 'Bo', email: 'bo@mail.example', partner: 'p2' })])
  expect(await bench.rows(`select partner_id::text as id from contacts`)).toEqual([
    { id: await recordOf(bench, 'portal', 'p2') },
  ])
})

it('makes nobody at a CRM whose own record of the person was read and is not taken in yet', async () => {
  // Contacts are partners' people here, as in Salesforce.
  const strict: Side = {
    ...crm,
    mappings: crm.mappings.map((mapping) => ({
      ...mapping,
      fields: mapping.fields.map((one) =>
        mapping.kind === 'contact' && one.field === 'partnerId' ? { ...one, required: true } : one,
      ),
    })),
  }
  bench = await startBench({ alpha: strict, beta: strict })
  await bench.round()
  const [alpha, beta] = [bench.vendor('alpha'), bench.vendor('beta')]
  const nord = { Name: 'Nord', Site: 'nord.com', Type: 'Partner' }
  const company = beta.put('companies', nord)
  for (const who of ['Ana', 'Ben']) beta.put('people', { Name: who, Mail: `${who}@nord.com`, Company: company })
  const ana = { Name: 'Ana', Mail: ' ANA@nord.com', Company: alpha.put('companies', nord) }
  const known = alpha.put('people', ana)
  // Alpha's Ana is read while nobody knows her company, and waits for it; when it is known, her own turn is yet to come.
  await bench.pull('alpha', 'people')
  for (const object of ['companies', 'people']) await bench.pull('beta', object)
  await bench.pull('alpha', 'companies')
  await bench.age()
  await bench.drain('alpha')
  // Ben is missing there, and is made.
  expect(alpha.of('people').map(({ fields }) => fields['Name'])).toEqual(['Ana', 'Ben'])
  await bench.settle()
  expect([alpha.of('people').length, beta.of('people').length]).toEqual([2, 2])
  expect(await bench.rows('select name from contacts order by 1')).toEqual([{ name: 'Ana' }, { name: 'Ben' }])
  expect(await recordOf(bench, 'alpha', known)).toBe(await recordOf(bench, 'beta', beta.of('people')[0]?.id ?? ''))
  expect(await bench.rows(`select status from writes where status <> 'done'`)).toEqual([])
})
