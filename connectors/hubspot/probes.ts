/** What HubSpot's documentation leaves open, or lets accounts differ in, answered by trying on marked records. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Ctx, Finding, Probe } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import { AssociationTypes, readLinks } from './associations.ts'
import { withMarked } from './marked.ts'
import type { Marked, ProbeDeps } from './marked.ts'
import { cannotBeTried, probesFor } from '../probes.ts'
import { propertyHistory } from './probe-history.ts'
import { questions } from './questions.ts'
import { mergedIdsOf, modifiedAtOf, rowSchema } from './records.ts'
import type { Search } from './search.ts'

/** How long a write is looked for in search at most. */
const longestLagMs = 60_000
const lookMs = 250
/** Sizes of association batches to try, the one that is known to work last. */
const sizes = [2000, 1000, 500, 100]

export function probesOf(deps: ProbeDeps & { search: Search }): readonly Probe[] {
  const on = (run: (marked: Marked) => Promise<Finding>) => (ctx: Ctx) => withMarked(deps, ctx, run)
  return probesFor(questions, {
    'search-lag': on((marked) => searchLag(deps, marked)),
    'missing-in-batch-read': on((marked) => missingIds(deps, marked)),
    'key-case': on((marked) => keyCase(deps, marked)),
    'trace-ids': on(traceIds),
    'write-answers': on(writeAnswers),
    'no-op-writes': on(noopWrites),
    'links-touch': on(linksTouch),
    'first-company': on((marked) => firstCompany(deps, marked)),
    'merged-ids': on(mergedIds),
    'company-domain': on(companyDomain),
    'association-reads': on((marked) => associationReads(deps, marked)),
    'association-writes': on(associationWrites),
    'property-history': (ctx) => propertyHistory(deps.api, ctx),
    'leads-object': (ctx) => leadsObject(deps, ctx),
    'webhook-sources': cannotBeTried({
      because: 'HubSpot delivers to a public address, and this command has none',
      assumed:
        'An event counts as an echo of our own write when its changeSource is INTEGRATION and its sourceId the app’s id; all others are heard.',
      otherwise: 'Set sharedApp where other programs write with the same app: then all are heard.',
    }),
    'webhook-batches': cannotBeTried({
      because: 'it takes two accounts with one app and a public address',
      assumed: 'Nothing is taken from an event but a record’s id, which is read with this account’s own token.',
      otherwise: null,
    }),
    'end-of-routes': cannotBeTried({
      because: 'it is a date to come; HubSpot has told September 2027',
      assumed: 'The routes of v3 and v4 are called until then.',
      otherwise: null,
    }),
  })
}

async function searchLag(
  { search, settings }: { search: Search } & ProbeDeps,
  { make, ctx }: Marked,
): Promise<Finding> {
  const { row, key } = await make('companies')
  const startedMs = performance.now()
  const any = [{ property: settings.properties.key, values: [key.toLowerCase()] }]
  while (performance.now() - startedMs < longestLagMs) {
    const found = await search.having({ object: 'companies', any, properties: [], limit: 1 }, ctx)
    const ms = Math.round(performance.now() - startedMs)
    // Twice what was seen once, in whole seconds: one trial is not the slowest case.
    if (found.some(({ id }) => id === row.id))
      return {
        answer: `${String(ms)} ms this time`,
        setting: { searchLagMs: Math.max(2000, Math.ceil((2 * ms) / 1000) * 1000) },
      }
    await sleep(lookMs, undefined, { signal: ctx.signal })
  }
  return { answer: `longer than ${String(longestLagMs / 1000)} s`, setting: { searchLagMs: 2 * longestLagMs } }
}

async function missingIds({ api }: ProbeDeps, { ctx }: Marked): Promise<Finding> {
  const route = 'POST /crm/v3/objects/companies/batch/read'
  const input = { inputs: [{ id: '1' }], properties: [], propertiesWithHistory: [] }
  const { status } = await api.call({ ctx, route, effect: 'read', schema: z.unknown(), success: 200 }, (sdk) =>
    sdk.batch.read('companies', input),
  )
  return { answer: status === 207 ? 'a 207 with errors' : `a ${String(status)} with fewer rows` }
}

async function keyCase({ api, settings }: ProbeDeps, { make, ctx }: Marked): Promise<Finding> {
  const value = `Causeway-Certify-${randomUUID()}`
  await make('companies', { [settings.properties.key]: value })
  const route = 'POST /crm/v3/objects/companies/batch/read'
  const schema = z.object({ results: z.array(rowSchema) })
  const input = {
    inputs: [{ id: value.toLowerCase() }],
    idProperty: settings.properties.key,
    properties: [],
    propertiesWithHistory: [],
  }
  const { data } = await api.call({ ctx, route, effect: 'read', schema, success: 200 }, (sdk) =>
    sdk.batch.read('companies', input),
  )
  return { answer: data.results.length === 1 ? 'without case' : 'with case' }
}

async function traceIds({ make }: Marked): Promise<Finding> {
  return { answer: (await make('companies')).echoed ? 'yes' : 'no' }
}

async function writeAnswers({ make, update }: Marked): Promise<Finding> {
  const { row } = await make('companies', { country: 'Causeway' })
  const answer = await update('companies', row.id, { city: 'Certify' })
  return {
    answer: 'country' in answer.properties ? 'all that have a value' : 'those that were written, and the system’s',
  }
}

async function noopWrites({ make, read, update }: Marked): Promise<Finding> {
  const { row } = await make('companies', { country: 'Causeway' })
  return moved(
    'companies',
    () => read('companies', row.id),
    async () => {
      await update('companies', row.id, { country: 'Causeway' })
    },
  )
}

async function linksTouch({ make, read, link }: Marked): Promise<Finding> {
  const deal = await make('deals')
  const company = await make('companies')
  const { answer } = await moved(
    'deals',
    () => read('deals', deal.row.id),
    () => link(deal.row.id, company.row.id),
  )
  return { answer, setting: { linksTouch: answer === 'yes' } }
}

/** Whether something moves a record's modification date. */
async function moved(
  object: 'companies' | 'deals',
  look: () => Promise<Awaited<ReturnType<Marked['read']>>>,
  act: () => Promise<void>,
): Promise<Finding> {
  const before = modifiedAtOf(object, await look())
  // Two writes in one millisecond would look like one.
  await sleep(lookMs)
  await act()
  return { answer: modifiedAtOf(object, await look()) === before ? 'no' : 'yes' }
}

async function firstCompany(deps: ProbeDeps, { make, link, ctx }: Marked): Promise<Finding> {
  const deal = await make('deals')
  const company = await make('companies')
  await link(deal.row.id, company.row.id)
  const [linked] = (await readLinks(deps, 'deals', 'companies', [deal.row.id], ctx)).get(deal.row.id) ?? []
  return { answer: linked?.typeIds.includes(AssociationTypes.primaryDealToCompany) === true ? 'yes' : 'no' }
}

/** Two merges in a row: which ids lead where, and whether the first ones are still named. */
async function mergedIds({ make, merge }: Marked): Promise<Finding> {
  const [a, b, c] = [await make('companies'), await make('companies'), await make('companies')]
  const first = await merge(a.row.id, b.row.id)
  const second = await merge(first.id, c.row.id)
  const kept = first.id === a.row.id
  const names = mergedIdsOf(second)
  const gone = [a.row.id, b.row.id, first.id, c.row.id].filter((id) => id !== second.id)
  const isWhole = gone.every((id) => names.includes(id))
  return {
    answer: `${kept ? 'the primary record’s id' : 'a new id'}; it names ${isWhole ? 'all old ids' : 'those of the last merge'}`,
  }
}

async function companyDomain({ make }: Marked): Promise<Finding> {
  const domain = `certify-${randomUUID().slice(0, 8)}.example`
  await make('companies', { domain })
  const second = await attempt(() => make('companies', { domain }))
  return { answer: second === null ? 'yes' : `no: ${second.fault.vendorCode ?? second.fault.code}` }
}

async function associationReads(deps: ProbeDeps, { make, ctx }: Marked): Promise<Finding> {
  const { row } = await make('deals')
  const first = Number(row.id)
  const size = await largest(async (count) => {
    // Records that may not exist: only how many are asked for matters.
    const ids = Array.from({ length: count }, (_, n) => String(first + n))
    const settings = { ...deps.settings, associationReadBatch: count }
    await readLinks({ api: deps.api, settings }, 'deals', 'companies', ids, ctx)
  })
  return size === null
    ? { answer: 'none of the sizes that were tried' }
    : { answer: `at least ${String(size)}`, setting: { associationReadBatch: size } }
}

async function associationWrites({ make, link }: Marked): Promise<Finding> {
  const deal = await make('deals')
  const company = await make('companies')
  const size = await largest((count) => link(deal.row.id, company.row.id, count))
  return size === null
    ? { answer: 'none of the sizes that were tried' }
    : { answer: `at least ${String(size)}`, setting: { associationWriteBatch: size } }
}

/** The largest of the sizes that is not refused. A fault that is no refusal is passed on. */
async function largest(tried: (count: number) => Promise<void>): Promise<number | null> {
  for (const size of sizes) if ((await attempt(() => tried(size))) === null) return size
  return null
}

/** Null: it went well. The vendor's refusal of what was asked is an answer; anything else is none. */
async function attempt(what: () => Promise<unknown>): Promise<ConnectorError | null> {
  try {
    await what()
    return null
  } catch (error) {
    const refusals = ['CW_RECORD_INVALID', 'CW_RECORD_DUPLICATE', 'CW_RECORD_GONE']
    if (error instanceof ConnectorError && refusals.includes(error.fault.code)) return error
    throw error
  }
}

async function leadsObject({ api }: ProbeDeps, ctx: Ctx): Promise<Finding> {
  const route = 'GET /crm/v3/objects/leads'
  try {
    await api.call({ ctx, route, effect: 'read', schema: z.unknown(), success: 200 }, (sdk) =>
      sdk.basic.getPage('leads', 1),
    )
    return { answer: 'yes' }
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.scope === 'batch') throw error
    return { answer: `not for this token: ${error.fault.message}`, setting: { leads: 'off' } }
  }
}
