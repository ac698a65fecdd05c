import { ConnectorError, faultOf, type Ctx, type Fault } from '../contract.ts'
import type { Client } from './client.ts'
import { formsOf } from './forms.ts'
import { isObject, objectsOf, textOf } from './json.ts'
import { takesDeals } from './provision.ts'
import type { Settings } from './settings.ts'

/** The partner that every company has in the test environment. */
const testPartner = 'gstest'

/** Looks at keys, environment, groups and forms. Each finding names what is wrong; empty: healthy. */
export async function check(settings: Settings, client: Client, ctx: Ctx): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const look of [environment, groups, forms]) {
    try {
      faults.push(...(await look(settings, client, ctx)))
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      faults.push(error.fault)
      if (error.fault.scope === 'connection') break // the next look would find the same
    }
  }
  return faults
}

/** Whether PartnerStack takes the keys. */
export async function authenticate(client: Client, ctx: Ctx): Promise<void> {
  await client.demand({ method: 'GET', path: '/groups', route: '/groups', query: { limit: 1 } }, ctx)
}

/** Keys do not show their environment; customers do (`test`), and where there is none yet, the default test partner. */
async function environment(settings: Settings, client: Client, ctx: Ctx): Promise<Fault[]> {
  const wrong = (found: string) => [
    configFault(`mode is ${settings.mode}, but the keys belong to the ${found} environment`, ['mode']),
  ]
  const customers = await client.demand(
    { method: 'GET', path: '/customers', route: '/customers', query: { limit: 1 } },
    ctx,
  )
  const test = objectsOf(isObject(customers) ? customers['items'] : null)[0]?.['test']
  if (typeof test === 'boolean') return test === (settings.mode === 'test') ? [] : wrong(test ? 'test' : 'production')
  if (settings.mode === 'production') return []
  const path = `/partnerships/${testPartner}`
  const answer = await client.call({ method: 'GET', path, route: '/partnerships/{key}' }, ctx)
  return answer.status === 'absent' ? wrong('production') : []
}

/** Deals are switched on for each group of partners. */
async function groups(settings: Settings, client: Client, ctx: Ctx): Promise<Fault[]> {
  const data = await client.demand({ method: 'GET', path: '/groups', route: '/groups', query: { limit: 250 } }, ctx)
  const live = objectsOf(isObject(data) ? data['items'] : data).filter((group) => group['archived'] !== true)
  if (settings.groups.length === 0) {
    return live.some(takesDeals) ? [] : [configFault('No group of partners has deals switched on', [])]
  }
  return settings.groups.flatMap((slug) => {
    const group = live.find((candidate) => textOf(candidate['slug']) === slug)
    if (group === undefined) return [configFault(`There is no group ${slug}`, ['groups'])]
    return takesDeals(group) ? [] : [configFault(`The group ${slug} has deals switched off`, ['groups'])]
  })
}

/** Every form must have the custom fields: a value written to a field that a form lacks is lost or refused. */
async function forms(settings: Settings, client: Client, ctx: Ctx): Promise<Fault[]> {
  const wished = { deals: settings.fields, leads: settings.leadFields }
  const faults: Fault[] = []
  for (const kind of ['deals', 'leads'] as const) {
    if (!settings.objects.includes(kind)) continue
    const all = await formsOf(client, kind, ctx)
    const name = kind.slice(0, -1)
    // Without a lead form nobody submits leads, which is no fault.
    if (all.length === 0 && kind === 'deals') faults.push(configFault('There is no deal form', []))
    for (const form of all) {
      const names = new Set(form.fields.map((field) => field.name))
      const missing = Object.values<string | undefined>(wished[kind]).flatMap((field) =>
        field === undefined || names.has(`fields.${field}`) ? [] : [field],
      )
      if (missing.length > 0)
        faults.push(configFault(`The ${name} form ${form.name} lacks ${missing.join(', ')}`, missing))
    }
  }
  return faults
}

function configFault(message: string, fields: string[]): Fault {
  return faultOf('CW_CONFIG_INVALID', message, { fields, scope: 'connection' })
}
