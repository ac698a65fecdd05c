/** Trials that write: a marked record is made, found, made again, changed and looked for in lists. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Capability, Connector, Ctx, Fields, Outcome, VendorRecord, Write } from '../../../connectors/contract.ts'
import type { ObjectMapping } from '../../mapping/definition.ts'
import { fieldsOf, type System } from '../../mapping/systems.ts'
import { Transformations } from '../../mapping/transform/transformations.ts'
import { difference, type CanonicalRecord, type Lookups } from '../../mapping/translate.ts'
import type { Step } from './report.ts'
import type { Sample } from './samples.ts'
import { differing, tried } from './trial.ts'

/** A marked record that stands at the vendor. */
export interface Made {
  object: string
  id: string
  /** The sample's id: what other samples refer to. */
  recordId: string
}

export interface Trial {
  system: System
  connector: Connector
  mapping: ObjectMapping
  capability: Capability
  sample: Sample
  made: Made[]
  ctx: Ctx
  nowMs: () => number
  keep: (step: Step) => void
}

/** How long something that was written is waited for. */
const VISIBLE_MS = 45_000
const LOOK_MS = 250

export async function tryWrites(trial: Trial): Promise<void> {
  const { capability, sample, keep, connector, ctx } = trial
  const { object } = capability
  const lookups = await lookupsOf(trial, sample.values)
  const { fields, waitsFor } = difference(trial.mapping, sample.values, null, lookups)
  if (waitsFor.length > 0) {
    const seen = `its ${waitsFor.map(({ kind }) => kind).join(' and ')} could not be made`
    return keep({ object, what: 'create', result: 'not tried', seen, ms: null, setting: null })
  }
  const mode = capability.write === 'upsert' ? 'upsert' : 'create'
  let made: Made | null = null
  keep(
    await tried(object, mode, async () => {
      const outcome = await write(trial, mode, null, fields)
      if (outcome.status !== 'done') return { works: false, seen: told(outcome) }
      made = { object, id: outcome.id, recordId: sample.id }
      trial.made.push(made)
      const odd = outcome.stored === null ? [] : differing(fields, outcome.stored.fields)
      return { works: true, seen: odd.length === 0 ? outcome.id : `keeps another form of ${odd.join(', ')}` }
    }),
  )
  if (made === null) return
  const { id }: Made = made
  const read = fieldsOf(trial.system, object)
  const since = trial.nowMs()
  if (capability.key !== null)
    keep(
      await tried(object, 'read by key', () => seenWithin(trial, since, () => readOne(trial, 'key', sample.id, read))),
    )
  keep(await tried(object, 'read by id', () => seenWithin(trial, since, () => readOne(trial, 'id', id, read))))
  if (capability.write === 'upsert') {
    keep(
      await tried(object, 'upsert again', async () => {
        const again = await write(trial, 'upsert', null, fields)
        if (again.status !== 'done') return { works: false, seen: told(again) }
        if (again.id === id) return { works: true, seen: 'the same record' }
        trial.made.push({ object, id: again.id, recordId: '' })
        return { works: false, seen: `made a second record ${again.id} under one key` }
      }),
    )
    keep(
      await tried(object, 'create under a taken key', async () => {
        const again = await write(trial, 'create', null, fields)
        if (again.status === 'done' && again.id !== id) trial.made.push({ object, id: again.id, recordId: '' })
        const refused = again.status === 'rejected'
        return { works: refused, seen: refused ? `refused: ${again.fault.code}` : told(again) }
      }),
    )
  }
  if (capability.update) await tryUpdates(trial, id, fields)
  if (capability.read === 'changes')
    keep(
      await tried(object, 'shows in changes', () =>
        seenWithin(trial, since, async () => {
          const from = new Date(since - 60_000).toISOString()
          for (let cursor: string | null = null; ;) {
            const page = await connector.changes({ object, cursor, from, fields: read }, ctx)
            const found = page.records.find((record) => record.id === id)
            if (found !== undefined || !page.more) return found
            cursor = page.cursor
          }
        }),
      ),
    )
}

/** What was made so far, and what the mapping's expressions make of the record. */
async function lookupsOf({ mapping, made }: Trial, record: CanonicalRecord): Promise<Lookups> {
  const transformed = new Transformations()
  await transformed.write(mapping, [record])
  return {
    toOurs: () => undefined,
    toTheirs: (of, id) => made.find((m) => m.object === of && m.recordId === id)?.id,
    transformed,
  }
}

async function tryUpdates(trial: Trial, id: string, created: Fields): Promise<void> {
  const { capability, sample, keep } = trial
  const { object } = capability
  const read = fieldsOf(trial.system, object)
  const changed = {
    ...sample.values,
    ...(sample.values['name'] ? { name: `${sample.values['name']} 2` } : { amount: '2.00' }),
  }
  const lookups = await lookupsOf(trial, changed)
  const { fields } = difference(trial.mapping, changed, created, lookups)
  if (Object.keys(fields).length === 0)
    return keep({
      object,
      what: 'update',
      result: 'not tried',
      seen: 'no mapped field flows out once the record is made',
      ms: null,
      setting: null,
    })
  keep(
    await tried(object, 'update', async () => {
      const outcome = await write(trial, 'update', id, fields)
      if (outcome.status !== 'done') return { works: false, seen: told(outcome) }
      const stored = outcome.stored ?? (await readOne(trial, 'id', id, read))
      const odd = stored === undefined ? [] : differing(fields, stored.fields)
      return {
        works: true,
        seen: odd.length === 0 ? Object.keys(fields).join(', ') : `keeps another form of ${odd.join(', ')}`,
      }
    }),
  )
  keep(
    await tried(object, 'update with nothing new', async () => {
      const before = await readOne(trial, 'id', id, read)
      const outcome = await write(trial, 'update', id, fields)
      const after = await readOne(trial, 'id', id, read)
      if (outcome.status !== 'done') return { works: false, seen: told(outcome) }
      return {
        works: true,
        seen: before?.version === after?.version ? 'leaves the version alone' : 'moves the version',
      }
    }),
  )
}

async function write(trial: Trial, mode: Write['mode'], id: string | null, fields: Fields): Promise<Outcome> {
  const { capability, sample, connector, ctx } = trial
  const key = capability.key === null ? null : sample.id
  const [outcome] = await connector.write(
    [{ ref: 'certify', object: capability.object, mode, id, key, parent: null, ifVersion: null, fields }],
    ctx,
  )
  if (outcome === undefined) throw new Error('a write has an outcome')
  return outcome
}

async function readOne(
  { connector, capability, ctx }: Trial,
  by: 'id' | 'key',
  value: string,
  fields: string[],
): Promise<VendorRecord | undefined> {
  const [found] = await connector.read([{ object: capability.object, by, value }], fields, ctx)
  return found?.status === 'found' && !found.record.deleted ? found.record : undefined
}

/** Looks until it is there; says how long that took since it was written. */
async function seenWithin(
  { nowMs, ctx }: Trial,
  since: number,
  look: () => Promise<VendorRecord | undefined>,
): Promise<{ works: boolean; seen: string }> {
  const end = performance.now() + VISIBLE_MS
  for (;;) {
    if ((await look()) !== undefined) return { works: true, seen: `${String(nowMs() - since)} ms after it was written` }
    if (performance.now() > end) return { works: false, seen: `not within ${String(VISIBLE_MS)} ms` }
    await pause(LOOK_MS, undefined, { signal: ctx.signal })
  }
}

function told(outcome: Outcome): string {
  return outcome.status === 'done'
    ? `done: ${outcome.id}`
    : `${outcome.status}: ${outcome.fault.code}: ${outcome.fault.message}`
}
