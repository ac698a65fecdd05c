/** Whether the account has all that this connection needs. */
import { z } from 'zod'
import type { Ctx, Fault } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Api } from './api.ts'
import type { DealStart } from './deal-start.ts'
import { propertiesOfObject } from './describe.ts'
import { mappings } from './mappings.ts'
import { isCustomObject, isDerived, isSynced, keyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { readPipelines } from './provision/account.ts'
import type { RoleLabels } from './role-labels.ts'
import type { Settings } from './settings.ts'

const anySchema = z.object({ results: z.array(z.unknown()) })

export interface CheckDeps {
  api: Api
  labels: RoleLabels
  settings: Settings
  start: DealStart
}

/**
 * Every fault that it finds. A missing scope ends only what needs it; a refused token ends all at once, for nothing else can be
 * known.
 */
export async function checkAccount(deps: CheckDeps, ctx: Ctx): Promise<Fault[]> {
  const { settings } = deps
  const own = settings.customObjects.map(({ object }) => object).filter(isCustomObject)
  const records = [...(['companies', 'contacts', 'deals', 'leads', 'tasks'] as const), ...own].filter((object) =>
    isSynced(settings, object),
  )
  const steps = [
    ...records.map((object) => () => recordsReadable(deps, object, ctx)),
    ...records.map((object) => () => checkProperties(deps, object, ctx)),
    ...(isSynced(settings, 'deals') ? [() => checkPipeline(deps, ctx)] : []),
    ...(isSynced(settings, 'deal-companies') ? [() => checkLabel(deps, ctx)] : []),
    ...(isSynced(settings, 'owners') ? [() => checkOwners(deps, ctx)] : []),
  ]
  const faults: Fault[] = []
  for (const step of steps) {
    try {
      faults.push(...(await step()))
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      faults.push(error.fault)
      if (error.fault.code !== 'CW_VENDOR_SCOPE') break
    }
  }
  return faults
}

/**
 * Whether HubSpot takes the token, or one that it gives anew: in traffic a 401 is no sign that a token must be renewed, but who asks
 * this asks once. A scope that is missing for the request is no refusal of the token.
 */
export async function authenticate({ api }: CheckDeps, ctx: Ctx): Promise<void> {
  const route = 'GET /crm/v3/objects/companies'
  const one = { ctx, route, effect: 'read', schema: z.unknown(), success: 200 } as const
  const ask = () => api.call(one, (sdk) => sdk.basic.getPage('companies', 1))
  try {
    await ask()
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.code !== 'CW_VENDOR_AUTH') throw error
    if (!(await api.renewToken(ctx))) throw error
    await ask()
  }
}

async function recordsReadable({ api }: CheckDeps, object: RecordObject, ctx: Ctx): Promise<Fault[]> {
  const route = `GET /crm/v3/objects/${object}`
  await api.call({ ctx, route, effect: 'read', schema: anySchema, success: 200 }, (sdk) => sdk.basic.getPage(object, 1))
  return []
}

/** Every property that the default mapping names exists, the key is unique, and what is written can be. */
async function checkProperties(deps: CheckDeps, object: RecordObject, ctx: Ctx): Promise<Fault[]> {
  const known = new Map((await propertiesOfObject(deps.api, object, ctx)).map((p) => [p.name, p]))
  const fields = mappings(deps.settings).flatMap((m) => (m.object === object ? m.fields : []))
  const named = new Map(fields.map((f) => [f.path, f.create !== 'in' || f.update !== 'in']))
  const key = keyOf(deps.settings, object)
  named.set(key, true)
  const faults: Fault[] = []
  for (const [name, written] of named) {
    if (isDerived(object, name)) continue
    const property = known.get(name)
    if (property === undefined) faults.push(lacking(`HubSpot has no property ${name} on ${object}`, name))
    else if (written && property.modificationMetadata?.readOnlyValue === true) {
      faults.push(lacking(`HubSpot’s property ${name} on ${object} cannot be written`, name))
    } else if (name === key && property.hasUniqueValue !== true) {
      faults.push(
        lacking(
          `HubSpot’s property ${name} on ${object} is not unique; uniqueness is set when a property is made`,
          name,
        ),
      )
    }
  }
  return faults
}

async function checkPipeline({ api, settings, start }: CheckDeps, ctx: Ctx): Promise<Fault[]> {
  const { pipeline, dealstage } = await start.find(ctx)
  const found = (await readPipelines(api, ctx)).find((p) => p.id === pipeline)
  if (found === undefined) return [lacking(`HubSpot has no deal pipeline ${settings.pipeline}`, 'pipeline')]
  if (found.stages.some((s) => s.id === dealstage)) return []
  return [lacking(`HubSpot’s pipeline ${settings.pipeline} has no stage ${settings.openStage}`, 'dealstage')]
}

/** The one that is written of an approved registration; a role whose label is missing is neither read nor written. */
async function checkLabel({ labels, settings }: CheckDeps, ctx: Ctx): Promise<Fault[]> {
  if ((await labels.types(ctx, ['sourcing'])).has('sourcing')) return []
  const { sourcing } = settings.partnerLabels
  return [lacking(`HubSpot has no association label "${sourcing}" from deals to companies`, 'role')]
}

/** Owners can be read, and the one who stands for those who are not there is one. */
async function checkOwners({ api, settings }: CheckDeps, ctx: Ctx): Promise<Fault[]> {
  const { ownerFallback } = settings
  const route = ownerFallback === undefined ? 'GET /crm/v3/owners' : 'GET /crm/v3/owners/{id}'
  try {
    await api.call({ ctx, route, effect: 'read', schema: z.unknown(), success: 200 }, (sdk) =>
      ownerFallback === undefined
        ? sdk.owners.getPage(undefined, undefined, 1)
        : sdk.owners.getById(Number(ownerFallback)),
    )
    return []
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.code !== 'CW_RECORD_GONE') throw error
    return [lacking(`HubSpot has no active owner ${ownerFallback ?? ''}`, 'ownerFallback')]
  }
}

function lacking(message: string, field: string): Fault {
  return faultOf('CW_CONFIG_INVALID', message, { fields: [field], scope: 'connection' })
}
