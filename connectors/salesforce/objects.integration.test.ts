/** Users, partner contacts, leads and the partners of deals, as the org has them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Fields, Page, Write } from '../contract.ts'
import { deal, fault, idOf, stored } from './deals.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

const madeSchema = z.object({
  accounts: z.array(z.string()),
  opportunities: z.array(z.string()),
  users: z.array(z.string()),
  records: z.array(z.string()),
})
const seed = async (document: unknown) => madeSchema.parse(await org.sandbox.control.seed(document))
const fieldsOf: Record<string, string[]> = {
  User: ['Name', 'Email', 'UserState'],
  Contact: ['AccountId', 'PersonName', 'Email', 'Partner_Contact_Status__c'],
  Lead: [
    'Company',
    'PersonName',
    'LeadState',
    'LeadFirstState',
    'LeadDirection',
    'OwnerId',
    'Partner_Account__c',
    'ConvertedOpportunityId',
  ],
  Partner: ['OpportunityId', 'AccountToId', 'Role'],
}
const changes = (object: string, cursor: string | null = null): Promise<Page> =>
  org.connector.changes({ object, cursor, from: null, fields: fieldsOf[object] ?? [] }, ctx())
const write = (object: string, fields: Fields, more: Partial<Write> = {}): Write => ({
  ref: 'w',
  object,
  mode: 'upsert',
  id: null,
  key: 'key-1',
  parent: null,
  ifVersion: null,
  fields,
  ...more,
})
const record = (object: string, fields: object) => ({ object, fields })

describe('users', () => {
  it('are read with their work address, active or left; users of the portal are nobody’s colleagues', async () => {
    await seed({
      users: [
        { FirstName: 'Ada', LastName: 'Lovelace', Email: 'ada@meridian.example', UserType: 'Standard' },
        { LastName: 'Gone', Email: 'gone@meridian.example', IsActive: false, UserType: 'Standard' },
        { LastName: 'Partner', Email: 'ana@nordwind.example', UserType: 'PowerPartner' },
      ],
    })
    const { records } = await changes('User')
    expect(records.map(({ fields, key }) => [fields.Email, fields.UserState, key])).toEqual([
      ['causeway@meridian.example', 'active', null],
      ['ada@meridian.example', 'active', null],
      ['gone@meridian.example', 'left', null],
    ])
    expect(org.connector.capabilities.find(({ object }) => object === 'User')).toMatchObject({ write: 'none' })
  })

  it('who has left gets nothing: the owner is named as what is wrong', async () => {
    const { users } = await seed({ users: [{ LastName: 'Gone', Email: 'gone@meridian.example', IsActive: false }] })
    const [outcome] = await org.connector.write([write('Lead', { Company: 'Hafen', OwnerId: users[0] ?? '' })], ctx())
    expect(outcome?.status).toBe('rejected')
    expect(fault(outcome)).toMatchObject({
      code: 'CW_RECORD_INVALID',
      vendorCode: 'INACTIVE_OWNER_OR_USER',
      fields: ['OwnerId'],
    })
  })
})

describe('partner contacts', () => {
  it('are people of partners; those of customers are never read', async () => {
    const { accounts } = await seed({
      accounts: [
        { Name: 'Nordwind', Type: 'Partner' },
        { Name: 'Hafen AG', Type: 'Customer' },
      ],
    })
    const [AccountId, other] = accounts
    await seed({
      records: [
        record('Contact', { AccountId, FirstName: 'Ana', LastName: 'Silva' }),
        record('Contact', { AccountId: other, LastName: 'Customer' }),
        record('Contact', { LastName: 'Nobody’s' }),
      ],
    })
    const { records } = await changes('Contact')
    expect(records.map(({ fields }) => fields)).toMatchObject([
      { AccountId, PersonName: 'Ana Silva', Partner_Contact_Status__c: 'active' },
    ])
    const list = await org.connector.list?.({ object: 'Contact', cursor: null, fields: ['PersonName'] }, ctx())
    expect(list).toMatchObject({ records: [{ fields: { PersonName: 'Ana Silva' } }], cursor: null, total: 1 })
    const found = await org.connector.find?.(
      { object: 'Contact', any: { LastName: ['Customer', 'Silva'] }, fields: ['PersonName'], limit: 10 },
      ctx(),
    )
    expect(found?.map(({ fields }) => fields.PersonName)).toEqual(['Ana Silva'])
  })

  it('who went to a customer have left, and stay the partner’s', async () => {
    const { accounts } = await seed({
      accounts: [
        { Name: 'Nordwind', Type: 'Partner' },
        { Name: 'Hafen AG', Type: 'Customer' },
      ],
    })
    const [AccountId = '', other = ''] = accounts
    const [made] = await org.connector.write([write('Contact', { AccountId, PersonName: 'Ana Silva' })], ctx())
    const start = await changes('Contact')
    await seed({ edit: [{ object: 'Contact', id: idOf(made), fields: { AccountId: other } }] })
    const { records } = await changes('Contact', start.cursor)
    expect(records.at(-1)?.fields).toEqual({
      PersonName: 'Ana Silva',
      Email: null,
      Partner_Contact_Status__c: 'left',
    })
  })

  it('get both parts of a name from the whole, and keep the parts that are given', async () => {
    const names = ['PersonName', 'FirstName', 'LastName']
    const outcomes = await org.connector.write(
      [
        write('Contact', { PersonName: 'Ana Maria  Silva' }, { ref: 'a', key: 'a' }),
        write('Contact', { PersonName: 'Silva' }, { ref: 'b', key: 'b' }),
        write('Contact', { PersonName: 'Ana van Dyk', FirstName: 'Ana', LastName: 'van Dyk' }, { ref: 'c', key: 'c' }),
        write('Contact', { Email: 'who@nordwind.example' }, { ref: 'd', key: 'd' }),
      ],
      ctx(),
    )
    const refs = outcomes.map((outcome) => ({ object: 'Contact', by: 'id' as const, value: idOf(outcome) }))
    const reads = await org.connector.read(refs, names, ctx())
    expect(reads.map((read) => (read.status === 'found' ? names.map((name) => read.record.fields[name]) : []))).toEqual(
      [
        ['Ana Maria Silva', 'Ana Maria', 'Silva'],
        ['Silva', null, 'Silva'],
        ['Ana van Dyk', 'Ana', 'van Dyk'],
        ['[not provided]', null, '[not provided]'],
      ],
    )
  })
})

describe('leads', () => {
  it('of a partner come in as new ones; one in a queue is nobody’s', async () => {
    const { accounts } = await seed({ accounts: [{ Name: 'Nordwind', Type: 'Partner' }] })
    await seed({
      records: [
        record('Lead', {
          Company: 'Hafen AG',
          LastName: 'Kai',
          Partner_Account__c: accounts[0],
          OwnerId: '00G5g000004AbcdEAE',
        }),
        record('Lead', { Company: 'Direct', LastName: 'Kim', Status: 'Closed - Not Converted' }),
      ],
    })
    const { records } = await changes('Lead')
    expect(records.map(({ fields }) => fields)).toMatchObject([
      { Company: 'Hafen AG', Partner_Account__c: accounts[0], LeadState: null, LeadFirstState: 'new', OwnerId: null },
      { Company: 'Direct', LeadState: 'disqualified', LeadFirstState: 'disqualified', LeadDirection: 'to-partner' },
    ])
    const connector = org.connectWith({ settings: { leads: 'of-partners' } })
    const page = await connector.changes({ object: 'Lead', cursor: null, from: null, fields: ['Company'] }, ctx())
    expect(page.records.map(({ fields }) => fields.Company)).toEqual(['Hafen AG'])
  })

  it('of a partner go out, and their conversion comes back with the deal', async () => {
    const { accounts, opportunities } = await seed({
      accounts: [{ Name: 'Nordwind', Type: 'Partner' }, { Name: 'Hafen AG' }],
      opportunities: [deal],
    })
    const fields = { Company: 'Hafen AG', PersonName: 'Kai Ohm', Partner_Account__c: accounts[0] ?? '' }
    const [made] = await org.connector.write([write('Lead', fields)], ctx())
    expect(stored(made)?.fields).toMatchObject({ Company: 'Hafen AG', PersonName: 'Kai Ohm', LeadState: null })
    await seed({ convert: [{ lead: idOf(made), account: accounts[1], opportunity: opportunities[0] }] })
    const { records } = await changes('Lead')
    expect(records[0]?.fields).toMatchObject({ LeadState: 'converted', ConvertedOpportunityId: opportunities[0] })
  })

  it('get what the platform demands and nobody gave', async () => {
    const [made] = await org.connector.write([write('Lead', { Email: 'kai@hafen.example' })], ctx())
    expect(stored(made)?.fields).toMatchObject({ Company: '[not provided]', PersonName: '[not provided]' })
  })
})

/** A deal, two partners and a customer. */
const ready = async () => {
  const { accounts, opportunities } = await seed({
    accounts: [{ Name: 'Nordwind', Type: 'Partner' }, { Name: 'Alba', Type: 'Partner' }, { Name: 'Hafen AG' }],
    opportunities: [deal],
  })
  return {
    OpportunityId: opportunities[0] ?? '',
    nordwind: accounts[0] ?? '',
    alba: accounts[1] ?? '',
    hafen: accounts[2] ?? '',
  }
}
const party = (fields: Fields, ref = 'w'): Write => write('Partner', fields, { key: null, ref })

describe('partners of deals', () => {
  it('are made once, however often they are said', async () => {
    const { OpportunityId, nordwind, alba } = await ready()
    const batch = [
      party({ OpportunityId, AccountToId: nordwind, Role: 'Sourcing' }, 'a'),
      party({ OpportunityId, AccountToId: alba, Role: 'Fulfilment' }, 'b'),
      party({ OpportunityId, AccountToId: nordwind.slice(0, 15), Role: 'sourcing' }, 'c'),
    ]
    const first = await org.connector.write(batch, ctx())
    expect(first.map(({ ref, status }) => [ref, status])).toEqual([
      ['a', 'done'],
      ['b', 'done'],
      ['c', 'done'],
    ])
    expect(idOf(first[2])).toBe(idOf(first[0]))
    const second = await org.connector.write(batch, ctx())
    expect(second.map(idOf)).toEqual(first.map(idOf))
    expect(stored(second[1])?.fields).toMatchObject({ AccountToId: alba, Role: 'Fulfilment' })
    expect((await changes('Partner')).records.map(({ fields }) => fields.Role)).toEqual(['Sourcing', 'Fulfilment'])
  })

  it('are not doubled when the answer to their making is lost', async () => {
    const { OpportunityId, nordwind } = await ready()
    const batch = [party({ OpportunityId, AccountToId: nordwind, Role: 'Sourcing' })]
    await org.connector.check(ctx())
    await org.sandbox.control.faults.add({ route: 'POST *', kind: 'reset-mid-body', when: 'after' })
    expect(await org.connector.write(batch, ctx())).toMatchObject([{ status: 'unclear' }])
    expect(await org.connector.write(batch, ctx())).toMatchObject([{ status: 'done' }])
    expect((await changes('Partner')).records).toHaveLength(1)
  })

  it('come in with changes of their own, without partners of accounts, other companies and other roles', async () => {
    const { OpportunityId, nordwind, alba, hafen } = await ready()
    const { records: made } = await seed({
      records: [
        record('Partner', { OpportunityId, AccountToId: nordwind, Role: 'Influencing' }),
        record('Partner', { AccountFromId: hafen, AccountToId: alba, Role: 'Sourcing' }),
        record('Partner', { OpportunityId, AccountToId: hafen, Role: 'Sourcing' }),
        record('Partner', { OpportunityId, AccountToId: alba, Role: 'Advertiser' }),
      ],
    })
    const first = await changes('Partner')
    expect(first.records.map(({ id, fields }) => [id, fields.Role])).toEqual([[made[0], 'Influencing']])
    await seed({ delete: [{ object: 'Partner', id: made[0] }] })
    const { records } = await changes('Partner', first.cursor)
    expect(records).toMatchObject([{ id: made[0], deleted: true }])
  })

  it('are refused with the field that is wrong', async () => {
    const { OpportunityId, nordwind } = await ready()
    const outcomes = await org.connector.write(
      [
        party({ OpportunityId, AccountToId: nordwind, Role: 'Nothing' }, 'a'),
        party({ OpportunityId: '006Cw0000000001AAA', AccountToId: nordwind, Role: 'Sourcing' }, 'b'),
        party({ OpportunityId, AccountToId: nordwind, Role: 'Sourcing' }, 'c'),
      ],
      ctx(),
    )
    expect(outcomes).toMatchObject([
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', fields: ['Role'] } },
      { status: 'rejected', fault: { code: 'CW_RECORD_INVALID', fields: ['OpportunityId'] } },
      { status: 'done' },
    ])
  })
})

const pending = async () =>
  z
    .object({ objects: z.object({ ProcessInstance: z.array(z.looseObject({ ProcessDefinitionId: z.string() })) }) })
    .parse(await org.sandbox.control.state()).objects.ProcessInstance

describe('an approval', () => {
  const object = 'Deal_Registration__c'
  const approvals = { process: 'Deal_Registration', object }
  const connector = () =>
    org.connectWith({ settings: { tasks: true, customObjects: [{ object, kind: 'registration' }], approvals } })
  const submit = (target: string) =>
    connector().write([write('ProcessInstance', { TargetObjectId: target }, { mode: 'create', key: null })], ctx())
  it('is asked for once, however often it is submitted', async () => {
    const [target = ''] = (await seed({ records: [record(object, { Name: 'R', Company__c: 'Hafen' })] })).records
    const [first] = await submit(target)
    expect(first).toMatchObject({ status: 'done' })
    expect(await submit(target)).toEqual([first])
    expect(await pending()).toHaveLength(1)
  })

  it('waits while another process of the org holds the record, and takes its approval for none of ours', async () => {
    const other = await seed({
      records: [
        record(object, { Name: 'R', Company__c: 'Hafen' }),
        record('ProcessDefinition', { DeveloperName: 'Legal' }),
      ],
    })
    const [target = '', process = ''] = other.records
    const held = { ProcessDefinitionId: process, TargetObjectId: target, Status: 'Pending' }
    await seed({ records: [record('ProcessInstance', held)] })
    const [outcome] = await submit(target)
    expect(outcome).toMatchObject({
      status: 'retry',
      fault: { code: 'CW_VENDOR_LOCKED', vendorCode: 'ALREADY_IN_PROCESS', scope: 'record' },
    })
    expect(outcome?.status === 'retry' ? outcome.fault.retryAfterMs : null).toBeGreaterThan(0)
    expect(await pending()).toHaveLength(1)
  })
})
