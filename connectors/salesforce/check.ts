/** What keeps the connection from working, each with the fields or values that a person has to mend. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Fault } from '../contract.ts'
import type { Client } from './client.ts'
import { describedFields } from './describe.ts'
import type { DescribedField } from './describe.ts'
import { isUsed, keyOf, optionalObjects, shapeOf } from './objects.ts'
import type { ObjectName } from './objects.ts'
import { rowsSchema } from './records.ts'
import type { Settings } from './settings.ts'
import { isOneOf, select } from './soql.ts'

const limitsSchema = z.object({ DailyApiRequests: z.object({ Max: z.coerce.number(), Remaining: z.coerce.number() }) })

/** Throws nothing that the org can cause. */
export async function check(client: Client, settings: Settings, ctx: Ctx): Promise<Fault[]> {
  try {
    const faults = await limits(client, ctx)
    for (const { object, keyed, writes } of needs(settings)) {
      const fields = await described(client, object, ctx)
      if (fields === null) faults.push(unseen(object))
      else {
        if (keyed) faults.push(...key(settings, object, fields))
        faults.push(...unwritable(object, writes, fields))
        if (object === 'Opportunity') faults.push(...dealFields(settings, fields))
        if (object === 'Partner') faults.push(...roles(settings, fields))
      }
    }
    return [...faults, ...(await openStage(client, settings, ctx)), ...(await fallback(client, settings, ctx))]
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { fault } = error
    // The first call is the plainest there is: a 404 can only mean the version.
    return [
      fault.vendorCode === 'NOT_FOUND'
        ? faultOf('CW_VENDOR_ANSWER', `The org has no API version ${settings.apiVersion}`, {
            scope: 'connection',
            vendorCode: fault.vendorCode,
          })
        : fault,
    ]
  }
}

/** Whether the org takes the credentials. */
export async function authenticate(client: Client, ctx: Ctx): Promise<void> {
  await client.demand({ method: 'GET', path: '/limits', route: '/limits' }, z.unknown(), ctx)
}

async function limits(client: Client, ctx: Ctx): Promise<Fault[]> {
  const { body } = await client.demand({ method: 'GET', path: '/limits', route: '/limits' }, limitsSchema, ctx)
  const { Max, Remaining } = body.DailyApiRequests
  return Remaining > 0
    ? []
    : [faultOf('CW_VENDOR_QUOTA', `All ${String(Max)} API calls of the day are used`, { scope: 'connection' })]
}

function key(settings: Settings, object: string, fields: DescribedField[]): Fault[] {
  const name = keyOf(settings, object)
  const found = fields.find((f) => f.name === name)
  if (found === undefined || !found.createable) return [missing(object, [name])]
  if (found.externalId && found.unique) return []
  return [
    faultOf('CW_VENDOR_SCOPE', `${object}.${name} must be an External ID and Unique, or records could be doubled`, {
      scope: 'connection',
      fields: [name],
    }),
  ]
}

/** What each object that is used must have: our key, and the fields that a mapping of ours writes and an org may lack. */
function needs(settings: Settings): { object: string; keyed: boolean; writes: string[] }[] {
  const { fields: f } = settings
  const deal = [
    f.partnerAccount,
    f.partnerSource,
    f.registeredBy,
    f.registeredAt,
    f.registrationStatus,
    f.protectedUntil,
    f.underReview,
    f.registeredPrice,
    f.discountReference,
    f.extensionRequested,
    f.registrationNote,
  ]
  const users = isUsed(settings, 'User') ? [f.accountManager] : []
  const all: { object: ObjectName; writes: string[] }[] = [
    { object: 'Account', writes: [] },
    { object: 'Opportunity', writes: [...deal, f.registrationId, f.home, ...users] },
    { object: 'User', writes: [] },
    { object: 'Contact', writes: [f.contactState] },
    { object: 'Lead', writes: [f.partnerAccount] },
    { object: 'Partner', writes: [] },
  ]
  const own = settings.customObjects.map(({ object }) => ({ object, writes: [] }))
  return [...all.filter(({ object }) => isUsed(settings, object)), ...own].map((need) => ({
    ...need,
    keyed: shapeOf(need.object).keyed,
  }))
}

/** The object's fields, or null when the user sees no such object. */
async function described(client: Client, object: string, ctx: Ctx): Promise<DescribedField[] | null> {
  try {
    return await describedFields(client, object, ctx)
  } catch (error) {
    if (error instanceof ConnectorError && error.fault.vendorCode === 'NOT_FOUND') return null
    throw error
  }
}

function unseen(object: string): Fault {
  const setting = optionalObjects.some((name) => name === object)
    ? 'objects'
    : object.endsWith('__c')
      ? 'customObjects'
      : null
  const way = setting === null ? '' : `, or leave it out of the setting ${setting}`
  return faultOf('CW_VENDOR_SCOPE', `The integration user sees no ${object}: grant Read access${way}`, {
    scope: 'connection',
    fields: [object],
  })
}

function unwritable(object: string, names: string[], fields: DescribedField[]): Fault[] {
  const found = new Map(fields.map((f) => [f.name, f]))
  const absent = names.filter((name) => found.get(name)?.updateable !== true)
  return absent.length > 0 ? [missing(object, absent)] : []
}

function missing(object: string, names: string[]): Fault {
  return faultOf(
    'CW_VENDOR_SCOPE',
    `The integration user cannot write ${names.map((n) => `${object}.${n}`).join(', ')}: create the fields, or grant Edit access`,
    { scope: 'connection', fields: names },
  )
}

/** The roles of partners in deals must be values of the platform's picklist. */
function roles({ partnerRoles }: Settings, fields: DescribedField[]): Fault[] {
  const values = (fields.find((f) => f.name === 'Role')?.picklistValues ?? [])
    .filter((v) => v.active)
    .map((v) => v.value)
  const unknown = Object.values(partnerRoles).filter((role) => !values.includes(role))
  if (unknown.length === 0) return []
  const named = unknown.map((role) => `“${role}”`).join(', ')
  return [
    faultOf('CW_CONFIG_INVALID', `Partner.Role has no value ${named}: add them to Partner Roles, or set partnerRoles`, {
      scope: 'connection',
      fields: ['Role'],
    }),
  ]
}

/** Who is named to get what is nobody's must be there and active, or every such write would be refused. */
async function fallback(client: Client, { ownerFallback }: Settings, ctx: Ctx): Promise<Fault[]> {
  if (ownerFallback === undefined) return []
  const soql = select({ object: 'User', fields: ['Id', 'IsActive'], where: isOneOf('Id', [ownerFallback]) })
  const path = `/query?q=${encodeURIComponent(soql)}`
  const { body } = await client.demand({ method: 'GET', path, route: '/query' }, rowsSchema, ctx)
  if (body.records[0]?.IsActive === true) return []
  return [
    faultOf('CW_CONFIG_INVALID', `ownerFallback ${ownerFallback} is no active user of the org`, {
      scope: 'connection',
      fields: ['ownerFallback'],
    }),
  ]
}

function dealFields(settings: Settings, fields: DescribedField[]): Fault[] {
  const ours = settings.fields
  const found = new Map(fields.map((f) => [f.name, f]))
  const faults: Fault[] = []
  const source = found.get(ours.partnerSource)
  const pairs = new Set((source?.picklistValues ?? []).filter((v) => v.active).map((v) => v.value))
  const unpaired =
    source?.restrictedPicklist === true ? Object.values(settings.sourceValues).filter((value) => !pairs.has(value)) : []
  if (unpaired.length > 0)
    faults.push(
      faultOf(
        'CW_CONFIG_INVALID',
        `Opportunity.${ours.partnerSource} has no value ${unpaired.map((v) => `“${v}”`).join(', ')}`,
        { scope: 'connection', fields: [ours.partnerSource] },
      ),
    )
  if (settings.multiCurrency !== found.has('CurrencyIsoCode')) {
    faults.push(
      faultOf(
        'CW_CONFIG_INVALID',
        `multiCurrency is ${String(settings.multiCurrency)}, but the org ${found.has('CurrencyIsoCode') ? 'has' : 'has no'} currencies of records`,
        { scope: 'connection', fields: ['CurrencyIsoCode'] },
      ),
    )
  }
  return faults
}

async function openStage(client: Client, settings: Settings, ctx: Ctx): Promise<Fault[]> {
  const soql = 'SELECT ApiName, IsClosed FROM OpportunityStage WHERE IsActive = true'
  const path = `/query?q=${encodeURIComponent(soql)}`
  const { body } = await client.demand({ method: 'GET', path, route: '/query' }, rowsSchema, ctx)
  const stage = body.records.find((row) => row.ApiName === settings.stages.open)
  return stage !== undefined && stage.IsClosed === false
    ? []
    : [
        faultOf('CW_CONFIG_INVALID', `“${settings.stages.open}” is no open stage of the org`, {
          scope: 'connection',
          fields: ['StageName'],
        }),
      ]
}
