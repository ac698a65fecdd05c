/** People at partners and leads: kept in step between portal and CRM, and followed when somebody leaves. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FieldMapping } from '../../src/mapping/definition.ts'
import { leave } from '../../src/process/contacts.ts'
import { capability, field, ours, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())

const partner = (object: string): Partial<FieldMapping> => ({ conversion: { as: 'lookup', of: 'partner', object } })
const said = { create: 'in', update: 'in' } as const

const portal: Side = {
  role: 'portal',
  capabilities: [
    capability('partners', ['partner'], { write: 'none', update: false, key: null }),
    capability('members', ['contact'], { write: 'set', update: false, key: null }),
    capability('leads', ['lead']),
    capability('claims', ['registration'], { write: 'set', key: null }),
  ],
  mappings: [
    { object: 'partners', kind: 'partner', fields: [field('name', 'name', said)] },
    {
      object: 'members',
      kind: 'contact',
      fields: [
        field('partnerId', 'partner', { ...partner('partners'), update: 'in', required: true }),
        field('email', 'email', { update: 'in', required: true }),
        field('name', 'name', { update: 'in' }),
      ],
    },
    {
      object: 'leads',
      kind: 'lead',
      fields: [
        field('partnerId', 'partner', { ...partner('partners'), update: 'in' }),
        field('company', 'company', { update: 'in' }),
        field('state', 'status', ours),
      ],
    },
    {
      object: 'claims',
      kind: 'registration',
      fields: [
        field('partnerId', 'partner', { ...partner('partners'), ...said, required: true }),
        field('company', 'company', said),
        field('submittedBy', 'by', said),
      ],
    },
  ],
}

const crm: Side = {
  role: 'crm',
  capabilities: [
    capability('companies', ['partner']),
    capability('people', ['contact']),
    capability('leads', ['lead']),
    capability('accounts', ['account']),
  ],
  mappings: [
    { object: 'companies', kind: 'partner', fields: [field('name', 'Name')] },
    {
      object: 'people',
      kind: 'contact',
      fields: [
        field('partnerId', 'Company', partner('companies')),
        field('email', 'Mail'),
        field('name', 'Name'),
        field('state', 'State'),
      ],
    },
    {
      object: 'leads',
      kind: 'lead',
      fields: [
        field('partnerId', 'Partner', partner('companies')),
        field('contactId', 'Person', { conversion: { as: 'lookup', of: 'contact', object: 'people' } }),
        field('company', 'Company'),
        field('state', 'Status'),
      ],
    },
    { object: 'accounts', kind: 'account', fields: [field('name', 'Name')] },
  ],
}

/** Another portal, which takes no users from us. */
const closed: Side = {
  role: 'portal',
  capabilities: [capability('partners', ['partner'], { write: 'none', update: false, key: null })],
  mappings: [{ object: 'partners', kind: 'partner', fields: [field('name', 'name', said)] }],
}

let [acme, other] = ['', '']

beforeEach(async () => {
  bench = await startBench({ portal, alpha: crm })
  acme = bench.vendor('portal').put('partners', { name: 'Acme' })
  other = bench.vendor('portal').put('partners', { name: 'Other' })
  await bench.settle()
})

const company = (name: string) => {
  const found = bench
    .vendor('alpha')
    .of('companies')
    .find(({ fields }) => fields['Name'] === name)
  if (found === undefined) throw new Error(`no company ${name}`)
  return found.id
}
const contact = async (email: string) => {
  const [row] = await bench.rows<{ id: string; state: string }>(
    `select id, state from contacts where email = '${email}'`,
  )
  if (row === undefined) throw new Error(`no contact ${email}`)
  return row
}
const tasksOf = async (kind: string) =>
  (await bench.rows<{ n: number }>(`select count(*)::int as n from tasks where kind = '${kind}' and state = 'open'`))[0]
    ?.n

it('makes a portal user of a contact that a CRM’s people add at a partner, once', async () => {
  bench.vendor('alpha').put('people', { Company: company('Acme'), Mail: 'ann@acme.example', Name: 'Ann' })
  await bench.settle()
  const members = bench.vendor('portal').of('members')
  expect(members.map(({ fields }) => fields)).toEqual([{ partner: acme, email: 'ann@acme.example', name: 'Ann' }])
  expect(await bench.settle()).toBe(1)
})

it('adds the member again without doubling it when the answer was lost', async () => {
  const vendor = bench.vendor('portal')
  let lost = 1
  vendor.fate = () => (lost-- > 0 ? { do: 'drop' } : { do: 'commit' })
  bench.vendor('alpha').put('people', { Company: company('Acme'), Mail: 'ann@acme.example', Name: 'Ann' })
  await bench.settle()
  expect(vendor.of('members')).toHaveLength(1)
  expect(await bench.rows(`select * from writes where status <> 'done'`)).toEqual([])
})

it('keeps a portal’s user in the CRM as a contact of the partner’s company', async () => {
  bench.vendor('portal').put('members', { partner: acme, email: 'ben@acme.example', name: 'Ben' })
  await bench.settle()
  expect(
    bench
      .vendor('alpha')
      .of('people')
      .map(({ fields }) => fields),
  ).toMatchObject([{ Company: company('Acme'), Mail: 'ben@acme.example', Name: 'Ben' }])
})

it('brings no contact without a partner, and no account, to the portal', async () => {
  bench.vendor('alpha').put('people', { Mail: 'eve@customer.example', Name: 'Eve' })
  bench.vendor('alpha').put('accounts', { Name: 'Customer' })
  await bench.settle()
  expect(bench.vendor('portal').count('write')).toBe(0)
  expect(
    await bench.rows(`select * from links where connection = 'portal' and kind in ('contact', 'account', 'deal')`),
  ).toEqual([])
})

it('asks a person to invite to a portal that takes no users from us', async () => {
  await bench.close()
  bench = await startBench({ closed, alpha: crm })
  bench.vendor('closed').put('partners', { name: 'Acme' })
  await bench.settle()
  bench.vendor('alpha').put('people', { Company: company('Acme'), Mail: 'ann@acme.example', Name: 'Ann' })
  await bench.settle()
  expect(await tasksOf('invite-contact')).toBe(1)
})

it('deactivates a leaver everywhere and asks for a colleague when work is open', async () => {
  bench.vendor('portal').put('members', { partner: acme, email: 'ben@acme.example', name: 'Ben' })
  bench.vendor('portal').put('claims', { partner: acme, company: 'Hafen', by: 'BEN@acme.example' })
  await bench.settle()
  const [person] = bench.vendor('alpha').of('people')
  bench.vendor('portal').erase(bench.vendor('portal').of('members')[0]?.id ?? '')
  await bench.settle()
  expect(await contact('ben@acme.example')).toMatchObject({ state: 'left' })
  expect(bench.vendor('alpha').one(person?.id ?? '').fields).toMatchObject({ State: 'left' })
  expect(await tasksOf('name-colleague')).toBe(1)
})

it('takes nobody for gone because a CRM’s people deleted the contact', async () => {
  bench.vendor('portal').put('members', { partner: acme, email: 'ben@acme.example', name: 'Ben' })
  await bench.settle()
  bench.vendor('alpha').erase(bench.vendor('alpha').of('people')[0]?.id ?? '')
  await bench.settle()
  expect((await contact('ben@acme.example')).state).not.toBe('left')
})

it('hands open claims and leads to the named colleague, tells the CRM, and closes the task', async () => {
  for (const name of ['Ben', 'Cy'])
    bench.vendor('portal').put('members', { partner: acme, email: `${name.toLowerCase()}@acme.example`, name })
  bench.vendor('portal').put('claims', { partner: acme, company: 'Hafen', by: 'ben@acme.example' })
  await bench.settle()
  const people = new Map(
    bench
      .vendor('alpha')
      .of('people')
      .map(({ id, fields }) => [fields['Name'], id]),
  )
  const lead = bench.vendor('alpha').put('leads', {
    Partner: company('Acme'),
    Person: people.get('Ben') ?? '',
    Company: 'Lager AG',
    Status: 'accepted',
  })
  await bench.settle()
  const [ben, cy] = [await contact('ben@acme.example'), await contact('cy@acme.example')]
  expect(await leave(bench.db, { contactId: ben.id, successorId: null, actor: 'key:1' })).toEqual({
    leads: 0,
    registrations: 0,
  })
  expect(await tasksOf('name-colleague')).toBe(1)
  expect(await leave(bench.db, { contactId: ben.id, successorId: cy.id, actor: 'key:1' })).toEqual({
    leads: 1,
    registrations: 1,
  })
  expect(await tasksOf('name-colleague')).toBe(0)
  await bench.settle()
  expect(bench.vendor('alpha').one(lead).fields['Person']).toBe(people.get('Cy'))
  expect(await leave(bench.db, { contactId: ben.id, successorId: cy.id, actor: 'key:1' })).toEqual({
    leads: 0,
    registrations: 0,
  })
})

it('refuses a successor of another partner, one who has left, and the person themselves', async () => {
  for (const [at, name] of [
    [acme, 'Ben'],
    [acme, 'Cy'],
    [other, 'Di'],
  ] as const)
    bench.vendor('portal').put('members', { partner: at, email: `${name.toLowerCase()}@x.example`, name })
  await bench.settle()
  const [ben, cy, di] = [await contact('ben@x.example'), await contact('cy@x.example'), await contact('di@x.example')]
  await leave(bench.db, { contactId: cy.id, successorId: null, actor: 'key:1' })
  for (const successorId of [di.id, cy.id, ben.id])
    await expect(leave(bench.db, { contactId: ben.id, successorId, actor: 'key:1' })).rejects.toMatchObject({
      code: 'CW_REQUEST_INVALID',
    })
  expect((await contact('ben@x.example')).state).not.toBe('left')
})

it('brings a partner’s lead to the CRM, and a lead that the CRM gives a partner to the portal; no other', async () => {
  bench.vendor('portal').put('leads', { partner: acme, company: 'Lager AG' })
  bench.vendor('alpha').put('leads', { Partner: company('Acme'), Company: 'Mühle', Status: 'offered' })
  bench.vendor('alpha').put('leads', { Company: 'Nobody’s', Status: 'new' })
  await bench.settle()
  const names = (vendor: string, path: string) =>
    bench
      .vendor(vendor)
      .of('leads')
      .map(({ fields }) => String(fields[path]))
      .toSorted()
  expect(names('alpha', 'Company')).toEqual(['Lager AG', 'Mühle', 'Nobody’s'])
  expect(names('portal', 'company')).toEqual(['Lager AG', 'Mühle'])
  const given = bench
    .vendor('portal')
    .of('leads')
    .find(({ fields }) => fields['company'] === 'Mühle')
  expect(given?.fields).toMatchObject({ partner: acme, status: 'offered' })
})

it('brings a lead to the portal as soon as the CRM’s people give it to a partner', async () => {
  const lead = bench.vendor('alpha').put('leads', { Company: 'Mühle', Status: 'new' })
  await bench.settle()
  expect(bench.vendor('portal').of('leads')).toEqual([])
  bench.vendor('alpha').edit(lead, { Partner: company('Acme') })
  await bench.settle()
  expect(bench.vendor('portal').of('leads')).toHaveLength(1)
})
