/** What keeps the connection from working, each with the fields or values that a person has to mend. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Fault } from '../contract.ts'
import type { Client } from './client.ts'
import { describedFields } from './describe.ts'
import type { DescribedField } from './describe.ts'
import { rowsSchema } from './records.ts'
import type { Settings } from './settings.ts'

const limitsSchema = z.object({ DailyApiRequests: z.object({ Max: z.coerce.number(), Remaining: z.coerce.number() }) })

/** Throws nothing that the org can cause. */
export async function check(client: Client, settings: Settings, ctx: Ctx): Promise<Fault[]> {
  try {
    const faults = await limits(client, ctx)
    const account = await describedFields(client, 'Account', ctx)
    const deal = await describedFields(client, 'Opportunity', ctx)
    return [
      ...faults,
      ...key(settings, 'Account', account),
      ...key(settings, 'Opportunity', deal),
      ...dealFields(settings, deal),
      ...(await openStage(client, settings, ctx)),
    ]
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

async function limits(client: Client, ctx: Ctx): Promise<Fault[]> {
  const { body } = await client.demand({ method: 'GET', path: '/limits', route: '/limits' }, limitsSchema, ctx)
  const { Max, Remaining } = body.DailyApiRequests
  return Remaining > 0
    ? []
    : [faultOf('CW_VENDOR_QUOTA', `All ${String(Max)} API calls of the day are used`, { scope: 'connection' })]
}

function key(settings: Settings, object: string, fields: DescribedField[]): Fault[] {
  const name = settings.fields.key
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

function missing(object: string, names: string[]): Fault {
  return faultOf(
    'CW_VENDOR_SCOPE',
    `The integration user cannot write ${names.map((n) => `${object}.${n}`).join(', ')}: create the fields, or grant Edit access`,
    { scope: 'connection', fields: names },
  )
}

function dealFields(settings: Settings, fields: DescribedField[]): Fault[] {
  const { key: _key, ...ours } = settings.fields
  const found = new Map(fields.map((f) => [f.name, f]))
  const absent = Object.values(ours).filter((name) => found.get(name)?.updateable !== true)
  const faults = absent.length > 0 ? [missing('Opportunity', absent)] : []
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
