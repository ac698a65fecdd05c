/** What an administrator's program sets up, by the org's own APIs and with a stock client where it has a call for it. */
import { Connection } from 'jsforce'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startSandbox, type RunningSandbox } from '../framework/start.ts'
import { app } from './oauth.ts'
import { salesforceSandbox } from './index.ts'

let sandbox: RunningSandbox
let conn: Connection
beforeEach(async () => {
  sandbox = await startSandbox(salesforceSandbox)
  conn = new Connection({ version: '67.0', instanceUrl: sandbox.url, oauth2: { loginUrl: sandbox.url, ...app } })
  await conn.authorize({ grant_type: 'client_credentials' })
})
afterEach(() => sandbox.close())

const deal = { Name: 'D', StageName: 'Prospecting', CloseDate: '2027-01-01' }
const post = (path: string, body: unknown) =>
  conn.requestPost<Record<string, unknown>>(path, z.record(z.string(), z.unknown()).parse(body))
const field = (name: string, Metadata: Record<string, unknown>) =>
  post('/tooling/sobjects/CustomField', { FullName: name, Metadata })
const rule = (name: string, errorConditionFormula: string) =>
  post('/tooling/sobjects/ValidationRule', {
    FullName: `Opportunity.${name}`,
    Metadata: { active: true, errorConditionFormula, errorMessage: `${name} says no`, errorDisplayField: 'StageName' },
  })

async function granted(...fields: string[]): Promise<void> {
  const set = await conn.sobject('PermissionSet').create({ Name: `Set_${fields.length}_${Date.now()}`, Label: 'Set' })
  const AssigneeId = (await conn.identity()).user_id
  await conn.sobject('PermissionSetAssignment').create({ AssigneeId, PermissionSetId: String(set.id) })
  for (const Field of fields)
    await conn.sobject('FieldPermissions').create({
      ParentId: String(set.id),
      SobjectType: Field.split('.')[0] ?? '',
      Field,
      PermissionsRead: true,
      PermissionsEdit: true,
    })
}

const value = (valueName: string) => ({ valueName, label: valueName, default: valueName === 'Direct' })

describe('custom fields', () => {
  it('are described, written with their default, and refused what they do not take', async () => {
    await field('Opportunity.Origin__c', {
      label: 'Origin',
      type: 'Picklist',
      valueSet: { restricted: true, valueSetDefinition: { sorted: false, value: [value('Direct'), value('Partner')] } },
    })
    await field('Opportunity.Held__c', { label: 'Held', type: 'Checkbox', defaultValue: 'false' })
    await granted('Opportunity.Origin__c', 'Opportunity.Held__c')
    const made = await conn.sobject('Opportunity').create(deal)
    expect(await conn.sobject('Opportunity').retrieve(String(made.id))).toMatchObject({
      Origin__c: 'Direct',
      Held__c: false,
    })
    await expect(conn.sobject('Opportunity').create({ ...deal, Origin__c: 'Elsewhere' })).rejects.toMatchObject({
      errorCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    })
    const { records } = await conn.tooling.query(
      "SELECT Id, EntityDefinition.QualifiedApiName FROM CustomField WHERE DeveloperName = 'Origin'",
    )
    expect(records).toMatchObject([{ EntityDefinition: { QualifiedApiName: 'Opportunity' } }])
    const id = String(records[0]?.['Id'])
    expect(await conn.request(`/tooling/sobjects/CustomField/${id}`)).toMatchObject({
      FullName: 'Opportunity.Origin__c',
      Metadata: { type: 'Picklist', valueSet: { restricted: true } },
    })
  })

  it('are refused without what their type needs, and a second time', async () => {
    await expect(field('Account.Short__c', { label: 'Short', type: 'Text' })).rejects.toMatchObject({
      errorCode: 'FIELD_INTEGRITY_EXCEPTION',
    })
    const text = { label: 'Short', type: 'Text', length: 10 }
    await field('Account.Short__c', text)
    await expect(field('Account.Short__c', text)).rejects.toMatchObject({ errorCode: 'DUPLICATE_DEVELOPER_NAME' })
  })
})

describe('validation rules', () => {
  it('hold for new records alone where they say so', async () => {
    const old = await conn.sobject('Opportunity').create(deal)
    await rule('Named_Source', 'AND(ISNEW(), ISBLANK(TEXT(Partner_Source__c)))')
    await expect(conn.sobject('Opportunity').create(deal)).rejects.toMatchObject({
      errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'Named_Source says no',
    })
    await conn.sobject('Opportunity').create({ ...deal, Partner_Source__c: 'Direct' })
    await conn.sobject('Opportunity').update({ Id: String(old.id), NextStep: 'call' })
  })

  it('compare with what the record was', async () => {
    await rule('Held', 'NextStep = "review" && ISCHANGED(StageName) || PRIORVALUE(NextStep) <> "review" && FALSE')
    const { id } = await conn.sobject('Opportunity').create({ ...deal, NextStep: 'review' })
    const change = (fields: Record<string, string>) => conn.sobject('Opportunity').update({ Id: String(id), ...fields })
    await change({ Name: 'Another' })
    await expect(change({ StageName: 'Qualification' })).rejects.toMatchObject({
      errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    })
    await change({ StageName: 'Qualification', NextStep: 'go' })
  })

  it.each([
    'AND(',
    'Nowhere__c = "x"',
    'VLOOKUP(Name)',
    'ISBLANK(StageName)',
    'ISPICKVAL(Name, "x")',
    'Name = "x" Name',
  ])('are refused when they cannot be understood: %s', async (formula) => {
    await expect(rule('Wrong', formula)).rejects.toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION' })
  })
})

const revoke = (rights: Record<string, string[]>) => sandbox.control.seed({ revoke: rights })

describe('rights of the integration user', () => {
  it('are demanded for what is set up', async () => {
    await revoke({ system: ['CustomizeApplication', 'EditPublicFilters', 'ManageProfilesPermissionsets'] })
    const refused = { errorCode: 'INSUFFICIENT_ACCESS' }
    await expect(field('Account.X__c', { label: 'X', type: 'Date' })).rejects.toMatchObject(refused)
    await expect(rule('X', 'ISNEW()')).rejects.toMatchObject(refused)
    await expect(conn.sobject('PermissionSet').create({ Name: 'X' })).rejects.toMatchObject(refused)
    const list = { listViewApiName: 'X', label: 'X', visibility: 'Public' }
    await expect(post('/ui-api/list-info/Account', list)).rejects.toMatchObject(refused)
    await post('/ui-api/list-info/Account', { ...list, visibility: 'Private' })
    const access = 'SELECT PermissionsCustomizeApplication, PermissionsViewSetup FROM UserPermissionAccess'
    expect((await conn.query(access)).records).toMatchObject([
      { PermissionsCustomizeApplication: false, PermissionsViewSetup: true },
    ])
  })

  it('are demanded for records, and given by a permission set that is assigned', async () => {
    await revoke({ objects: ['Lead.Create', 'Contact.Read'] })
    const lead = { LastName: 'L', Company: 'C' }
    await expect(conn.sobject('Lead').create(lead)).rejects.toMatchObject({
      errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY',
    })
    await expect(conn.describe('Contact')).rejects.toMatchObject({ errorCode: 'NOT_FOUND' })
    await expect(conn.query('SELECT Id FROM Contact')).rejects.toMatchObject({ errorCode: 'INVALID_TYPE' })
    const set = await conn.sobject('PermissionSet').create({ Name: 'Set' })
    const ParentId = String(set.id)
    await conn
      .sobject('ObjectPermissions')
      .create({ ParentId, SobjectType: 'Lead', PermissionsRead: true, PermissionsCreate: true })
    await expect(conn.sobject('Lead').create(lead)).rejects.toMatchObject({
      errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY',
    })
    const AssigneeId = (await conn.identity()).user_id
    await conn.sobject('PermissionSetAssignment').create({ AssigneeId, PermissionSetId: ParentId })
    expect(await conn.sobject('Lead').create(lead)).toMatchObject({ success: true })
    const again = conn.sobject('ObjectPermissions').create({ ParentId, SobjectType: 'Lead', PermissionsRead: true })
    await expect(again).rejects.toMatchObject({ errorCode: 'DUPLICATE_VALUE' })
    const deals = conn
      .sobject('ObjectPermissions')
      .create({ ParentId, SobjectType: 'Opportunity', PermissionsRead: true })
    await expect(deals).rejects.toMatchObject({ errorCode: 'FIELD_INTEGRITY_EXCEPTION' })
  })
})

it('has list views with their filters, each name once', async () => {
  const filteredByInfo = [{ fieldApiName: 'StageName', operator: 'Equals', operandLabels: ['Prospecting'] }]
  const list = {
    listViewApiName: 'Early',
    label: 'Early',
    visibility: 'Public',
    displayColumns: ['Name'],
    filteredByInfo,
  }
  await post('/ui-api/list-info/Opportunity', list)
  expect(await conn.request('/ui-api/list-info/Opportunity/Early')).toMatchObject({
    visibility: 'Public',
    filteredByInfo,
  })
  await expect(post('/ui-api/list-info/Opportunity', list)).rejects.toMatchObject({
    errorCode: 'DUPLICATE_DEVELOPER_NAME',
  })
  const unseen = post('/ui-api/list-info/Opportunity', {
    ...list,
    listViewApiName: 'Y',
    displayColumns: ['Nowhere__c'],
  })
  await expect(unseen).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' })
  const { records } = await conn.query("SELECT DeveloperName FROM ListView WHERE SobjectType = 'Opportunity'")
  expect(records).toMatchObject([{ DeveloperName: 'Early' }])
})

it('tells the values of a standard picklist, and takes a longer list', async () => {
  const { records } = await conn.tooling.query(
    "SELECT Metadata FROM StandardValueSet WHERE MasterLabel = 'AccountType'",
  )
  const set = z.object({
    attributes: z.object({ url: z.string() }),
    Metadata: z.object({ standardValue: z.array(z.object({ valueName: z.string() })) }),
  })
  const { attributes, Metadata } = set.parse(records[0])
  const standardValue = [...Metadata.standardValue, { valueName: 'Alliance', label: 'Alliance', default: false }]
  await conn.requestPatch(attributes.url, { Metadata: { ...Metadata, standardValue } })
  const type = (await conn.describe('Account')).fields.find((f) => f.name === 'Type')
  expect(type?.picklistValues).toContainEqual(expect.objectContaining({ value: 'Alliance' }))
  await expect(conn.tooling.query('SELECT Metadata FROM StandardValueSet')).rejects.toMatchObject({
    errorCode: 'MALFORMED_QUERY',
  })
})

async function customFields(): Promise<string[]> {
  return (await conn.describe('Opportunity')).fields.filter((f) => f.custom).map((f) => f.name)
}

it('is blank or set up as the switch says, and goes back', async () => {
  const before = await customFields()
  expect(before).toContain('Partner_Source__c')
  await sandbox.control.switches.set({ setUp: 'blank' })
  expect(await customFields()).toEqual([])
  await sandbox.control.switches.set({ setUp: 'done' })
  expect(await customFields()).toEqual(before)
})
