/** What the documentation leaves open, asked of the org itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Finding, Probe, Write } from '../contract.ts'
import { cannotBeTried, probesFor } from '../probes.ts'
import { runJob } from './bulk.ts'
import type { Job } from './bulk.ts'
import { describedFields } from './describe.ts'
import { firstEvent } from './listen.ts'
import { onGround } from './probe-ground.ts'
import type { Ground } from './probe-ground.ts'
import { questions } from './questions.ts'
import { readRecords } from './read.ts'
import { faultFrom } from './refusal.ts'
import type { Writing } from './values.ts'
import { writeBatch } from './write.ts'

export function probes(w: Writing): Probe[] {
  const on = (run: (ground: Ground) => Promise<Finding>) => (ctx: Ctx) => onGround(w, ctx, run)
  return probesFor(questions, {
    'upsert-answer': on(upsertAnswer),
    'key-case': on(keyCase),
    'stamp-precision': on(stampPrecision),
    visibility: on(visibility),
    'query-page': on(queryPage),
    numbers: on(numbers),
    currencies: on(currencies),
    duplicates: on(duplicates),
    'row-locks': on(rowLocks),
    'replication-lag': on(replicationLag),
    'bulk-results': on(bulkResults),
    'change-events': on(changeEvents),
    'composite-queries': on(compositeQueries),
    'partner-features': on(partnerFeatures),
    'locator-lifetime': cannotBeTried({
      because: 'it is a matter of days',
      assumed: 'A query is read to its end at once, and what is kept between two reads is the id or time of a record.',
      otherwise: null,
    }),
  })
}

const keyOf = ({ mark }: Ground): string => `causeway-certify-${mark}`

async function upsertAnswer(ground: Ground): Promise<Finding> {
  await upsert(ground, keyOf(ground))
  const second = await upsert(ground, keyOf(ground))
  return { answer: second === null ? 'an empty answer (204), without the id' : 'a body (200) with the id' }
}

/** Answers the id that the vendor's answer has, or null. */
async function upsert(ground: Ground, key: string): Promise<string | null> {
  const field = ground.w.settings.fields.key
  const answer = await ground.call({
    method: 'PATCH',
    path: `/sobjects/Account/${field}/${encodeURIComponent(key)}`,
    route: '/sobjects/:object/:field/:value',
    body: { Name: ground.name },
    effect: 'write',
    expects: 'nothing',
  })
  if (!answer.ok) throw new ConnectorError(faultFrom(answer.problems).fault, 'no')
  const id = z.object({ id: z.string() }).safeParse(answer.body).data?.id ?? null
  if (id !== null) ground.keep(id)
  return id
}

async function keyCase(ground: Ground): Promise<Finding> {
  const key = keyOf(ground)
  const first = await upsert(ground, key)
  const second = await upsert(ground, key.toUpperCase())
  return second === null || second === first
    ? { answer: 'without case: the two forms are one record' }
    : {
        answer:
          'with case: the two forms are two records. The field is set to case-sensitive; set it to case-insensitive',
      }
}

async function stampPrecision(ground: Ground): Promise<Finding> {
  const ids = [await ground.make('Account'), await ground.make('Account'), await ground.make('Account')]
  const refs = ids.map((value) => ({ object: 'Account', by: 'id' as const, value }))
  const reads = await readRecords(ground.w.client, ground.w.settings, refs, [], ground.ctx)
  const stamps = reads.map((read) => (read.status === 'found' ? (read.record.modifiedAt ?? '') : ''))
  const isFine = stamps.some((stamp) => !stamp.endsWith('.000Z'))
  return { answer: isFine ? 'milliseconds' : 'whole seconds' }
}

async function visibility(ground: Ground): Promise<Finding> {
  const key = keyOf(ground)
  await ground.make('Account', { [ground.w.settings.fields.key]: key })
  const started = performance.now()
  for (let waitMs = 0; performance.now() - started < 30_000; waitMs = Math.min(1000, waitMs * 2 + 20)) {
    await sleep(waitMs)
    const ref = { object: 'Account', by: 'key' as const, value: key }
    const [read] = await readRecords(ground.w.client, ground.w.settings, [ref], [], ground.ctx)
    if (read?.status !== 'found') continue
    const ms = Math.round(performance.now() - started)
    if (waitMs === 0) return { answer: 'at once', setting: { visibleAfterMs: 0 } }
    return { answer: `after ${String(ms)} ms`, setting: { visibleAfterMs: ms * 2 } }
  }
  return { answer: 'not within 30 s', setting: { visibleAfterMs: 60_000 } }
}

async function queryPage(ground: Ground): Promise<Finding> {
  const text = await ground.text(`/query?q=${encodeURIComponent('SELECT Id FROM Account LIMIT 2000')}`, '/query')
  const page = z
    .object({ totalSize: z.number(), done: z.boolean(), records: z.array(z.unknown()) })
    .parse(JSON.parse(text))
  const { totalSize, done, records } = page
  return {
    answer: done
      ? `yes: all ${String(totalSize)} rows in one page`
      : `no: ${String(records.length)} of ${String(totalSize)}`,
  }
}

async function numbers(ground: Ground): Promise<Finding> {
  const { settings } = ground.w
  const write: Write = {
    ref: 'amount',
    object: 'Opportunity',
    mode: 'create',
    id: null,
    key: keyOf(ground),
    parent: null,
    ifVersion: null,
    fields: { Name: ground.name, Amount: '1234567890.55', StageName: settings.stages.open },
  }
  const [outcome] = await writeBatch(ground.w, [write], ground.ctx)
  if (outcome?.status !== 'done')
    throw new ConnectorError(outcome?.fault ?? faultOf('CW_VENDOR_ANSWER', 'A write has no outcome'), 'no')
  ground.keep(outcome.id)
  const text = await ground.text(`/sobjects/Opportunity/${outcome.id}?fields=Amount`, '/sobjects/:object/:id')
  const printed = /"Amount"\s*:\s*([^,}\s]+)/.exec(text)?.[1] ?? 'nothing'
  return { answer: /e/i.test(printed) ? `with an exponent: ${printed}` : `plain: ${printed}` }
}

async function currencies({ w, ctx }: Ground): Promise<Finding> {
  const has = (await describedFields(w.client, 'Opportunity', ctx)).some(({ name }) => name === 'CurrencyIsoCode')
  return { answer: has ? 'yes' : 'no: all amounts are in the org’s one currency', setting: { multiCurrency: has } }
}

async function duplicates(ground: Ground): Promise<Finding> {
  const fields = { Name: ground.name, Website: `https://certify-${ground.mark}.example` }
  const first = await ground.create('Account', fields)
  const second = await ground.create('Account', fields)
  if ('id' in second || !('id' in first)) return { answer: 'no rule of the org refuses it' }
  const { fault } = faultFrom(second.problems)
  const isNamed = fault.existingIds.length > 0
  return {
    answer: `refused with ${fault.vendorCode ?? ''}, ${isNamed ? 'naming' : 'not naming'} the accounts in its way`,
  }
}

async function rowLocks(ground: Ground): Promise<Finding> {
  const account = await ground.make('Account')
  const closes = new Date(ground.w.nowMs() + 86_400_000).toISOString().slice(0, 10)
  const batch = (call: number): Write[] =>
    Array.from({ length: 20 }, (_, n) => ({
      ref: `${String(call)}-${String(n)}`,
      object: 'Opportunity',
      mode: 'create',
      id: null,
      key: `${keyOf(ground)}-${String(call)}-${String(n)}`,
      parent: account,
      ifVersion: null,
      fields: { Name: ground.name, AccountId: account, CloseDate: closes },
    }))
  const outcomes = (await Promise.all([1, 2, 3].map((call) => writeBatch(ground.w, batch(call), ground.ctx)))).flat()
  for (const outcome of outcomes) if (outcome.status === 'done') ground.keep(outcome.id)
  const locked = outcomes.filter(
    ({ status, ...rest }) => status === 'retry' && 'fault' in rest && rest.fault.code === 'CW_VENDOR_LOCKED',
  )
  return {
    answer:
      locked.length === 0
        ? 'not in three calls of twenty deals at a time'
        : `yes: ${String(locked.length)} of ${String(outcomes.length)} deals were refused with a lock`,
  }
}

async function replicationLag(ground: Ground): Promise<Finding> {
  const nowMs = ground.w.nowMs()
  const [start, end] = [nowMs - 3_600_000, nowMs].map((ms) => encodeURIComponent(new Date(ms).toISOString()))
  const path = `/sobjects/Account/updated?start=${start ?? ''}&end=${end ?? ''}`
  const text = await ground.text(path, '/sobjects/:object/updated')
  const { latestDateCovered } = z.object({ latestDateCovered: z.string() }).parse(JSON.parse(text))
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(latestDateCovered)) / 1000))
  return { answer: `${String(seconds)} s` }
}

async function bulkResults(ground: Ground): Promise<Finding> {
  const key = keyOf(ground)
  const fields = { Name: `${ground.name}, "quoted"` }
  const header = [ground.w.settings.fields.key, 'Name']
  const write: Write = {
    ref: 'row',
    object: 'Account',
    mode: 'upsert',
    id: null,
    key,
    parent: null,
    ifVersion: null,
    fields,
  }
  let quoted = 'unseen'
  const client: Writing['client'] = {
    ...ground.w.client,
    async call(what, ctx) {
      const answer = await ground.w.client.call(what, ctx)
      if (what.route.endsWith('/successfulResults') && answer.ok)
        quoted = String(answer.body).startsWith('"') ? 'every value is quoted' : 'only values that need it are quoted'
      return answer
    },
  }
  const job: Job = { object: 'Account', way: 'upsert', header, writes: [write], rows: [[key, fields.Name]] }
  const [outcome] = await runJob({ ...ground.w, client }, job, ground.ctx)
  if (outcome?.status === 'done') ground.keep(outcome.id)
  return { answer: outcome?.status === 'done' ? `yes; ${quoted}` : `no: ${outcome?.fault.message ?? 'no outcome'}` }
}

async function changeEvents(ground: Ground): Promise<Finding> {
  const { client, settings } = ground.w
  try {
    const event = await firstEvent(client, settings, 'Account', () => ground.make('Account'), ground.ctx)
    if (event === null)
      return { answer: 'a session opens, but no event came within 30 s', setting: { changeEvents: false } }
    const own = event.isOwn ? 'our own writes are marked as ours' : 'our own writes are not told apart'
    return { answer: `yes, after ${String(event.afterMs)} ms; ${own}`, setting: { changeEvents: true } }
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.code !== 'CW_FEED_UNAVAILABLE') throw error
    return { answer: 'no: the org publishes none', setting: { changeEvents: false } }
  }
}

const partsSchema = z.object({ compositeResponse: z.array(z.object({ httpStatusCode: z.coerce.number() })) })

/** Five are what a batch of writes asks for; one more tells whether that is the most. */
async function compositeQueries(ground: Ground): Promise<Finding> {
  if (!(await takesQueries(ground, 5))) return { answer: 'fewer than 5' }
  return { answer: (await takesQueries(ground, 6)) ? 'at least 6' : '5' }
}

async function takesQueries(ground: Ground, many: number): Promise<boolean> {
  const url = `${ground.w.client.base}/query?q=${encodeURIComponent('SELECT Id FROM Account LIMIT 1')}`
  const compositeRequest = Array.from({ length: many }, (_, n) => ({
    method: 'GET',
    url,
    referenceId: `q${String(n)}`,
  }))
  const body = { allOrNone: false, compositeRequest }
  const answer = await ground.call({ method: 'POST', path: '/composite', route: '/composite', body, effect: 'read' })
  if (!answer.ok) return false
  const parts = partsSchema.parse(answer.body).compositeResponse
  return parts.length === many && parts.every(({ httpStatusCode }) => httpStatusCode < 400)
}

/** None of it is used: a partner is known by the account's type and our own look-ups, in every org. */
async function partnerFeatures(ground: Ground): Promise<Finding> {
  const has = async (object: string, name: string) =>
    (await describedFields(ground.w.client, object, ground.ctx)).some((field) => field.name === name)
      ? [`${object}.${name}`]
      : []
  const path = '/sobjects/ChannelProgram/describe'
  const programs = await ground.call({ method: 'GET', path, route: '/sobjects/:object/describe', effect: 'read' })
  const found = [
    ...(await has('Account', 'IsPartner')),
    ...(await has('Lead', 'PartnerAccountId')),
    ...(await has('Opportunity', 'PartnerAccountId')),
    ...(programs.ok ? ['ChannelProgram'] : []),
  ]
  return { answer: found.length === 0 ? 'no' : `yes: ${found.join(', ')}` }
}
