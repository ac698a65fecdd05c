/** A mapping tried on real records beside the one in force. Nothing is written: not at the vendor, and not here. */
import { ConnectorError, type Connector, type Ctx, type FieldSchema, type Fields } from '../../connectors/contract.ts'
import { previewPage, type Taken } from '../apply/preview.ts'
import type { Db, Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { readSample, type Sample } from '../intake/sample.ts'
import { compareMappings, type MappingChange } from '../mapping/compare.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import {
  previewReport,
  type Course,
  type Failure,
  type PreviewOutcome,
  type PreviewReport,
  type Tried,
} from '../mapping/preview.ts'
import { fieldsOf, type System } from '../mapping/systems.ts'
import type { Difference } from '../write/differences.ts'
import { previewWrites, type ReadStanding } from '../write/preview.ts'

export const outcomes = ['unchanged', 'would-change', 'would-fail'] as const satisfies readonly PreviewOutcome[]

export interface PreviewWish {
  connector: Connector
  system: System
  object: string
  /** All mappings of the object as they would be. */
  tried: readonly ObjectMapping[]
  records: string[]
  sample: number
  signal: AbortSignal
}

export interface Preview extends PreviewReport {
  changes: MappingChange[]
  /** Records that were named or sampled and could not be read. */
  unread: Sample['unread']
  /** The vendor described its fields, so that what it would refuse is foreseen. */
  foreseen: boolean
}

export async function previewMapping(db: Db, wish: PreviewWish): Promise<Preview> {
  const { connector, object, tried, records, sample: size, signal } = wish
  await mappingsInForce(db, wish.system)
  // Both are judged as they were at this moment, whatever is published while the vendor is read.
  const system = { ...wish.system }
  const ctx: Ctx = { signal, priority: 'user' }
  const draft: System = { ...system, mappings: [...system.mappings.filter((m) => m.object !== object), ...tried] }
  const schema = await described(connector, object, ctx)
  const fields = readable(fieldsOf(system, object), fieldsOf(draft, object), schema)
  const sample = await readSample(db, system, connector, object, { records, size, fields }, ctx)
  const inForce = system.mappings.filter((mapping) => mapping.object === object)
  const seen = await db.transaction((tx) => tryBoth(tx, system, draft, object, sample, schema), {
    accessMode: 'read only',
    isolationLevel: 'repeatable read',
  })
  return {
    ...previewReport(seen, { inForce, byDraft: tried }),
    changes: compareMappings(inForce, tried),
    unread: sample.unread,
    foreseen: schema !== undefined,
  }
}

async function described(connector: Connector, object: string, ctx: Ctx): Promise<FieldSchema[] | undefined> {
  try {
    return await connector.describe(object, ctx)
  } catch (error) {
    if (error instanceof ConnectorError) return undefined
    throw error
  }
}

/** A vendor refuses to read a field that it does not have: what the draft names anew is asked for only where it is known to be. */
function readable(inForce: string[], draft: string[], schema: FieldSchema[] | undefined): string[] {
  const there = new Set(schema?.map(({ name }) => name))
  const isAsked = (path: string) => inForce.includes(path) || there.size === 0 || there.has(path)
  return [...new Set([...inForce, ...draft.filter(isAsked)])]
}

interface Side {
  taken: Map<string, Taken>
  differences: Map<string, Difference>
  unmade: { recordId: string; kind: Tried['kind']; values: NonNullable<Tried['ours']>; linkId: string }[]
}

async function tryBoth(
  tx: Tx,
  system: System,
  draft: System,
  object: string,
  sample: Sample,
  schema: FieldSchema[] | undefined,
): Promise<Tried[]> {
  const inForce = await sideOf(tx, system, object, sample, schema, false)
  const byDraft = await sideOf(tx, draft, object, sample, schema, true)
  const read = sample.read.flatMap(({ id, fields }): Tried[] => {
    const [was, is] = [inForce.taken.get(id), byDraft.taken.get(id)]
    if (was === undefined || is === undefined) return []
    const { recordId, kind, before } = is
    const common = { externalId: id, recordId, kind, theirs: fields, ours: before }
    return [{ ...common, inForce: courseOf(was, inForce), byDraft: courseOf(is, byDraft) }]
  })
  const lacking = byDraft.unmade.map(({ recordId, kind, values, linkId }): Tried => {
    const course = (side: Side) => courseOfUnmade(side.differences.get(linkId), values)
    const common = { externalId: null, recordId, kind, theirs: null, ours: values }
    return { ...common, inForce: course(inForce), byDraft: course(byDraft) }
  })
  return [...read, ...lacking]
}

async function sideOf(
  tx: Tx,
  system: System,
  object: string,
  sample: Sample,
  schema: FieldSchema[] | undefined,
  anew: boolean,
): Promise<Side> {
  const { taken, toTheirs } = await previewPage(tx, system, object, sample.read)
  const read = taken.flatMap(({ linkId, recordId, kind, after, standing }): ReadStanding[] =>
    linkId === null || after === null ? [] : [{ linkId, recordId, kind, values: after, ...standing }],
  )
  const { differences, unmade } = await previewWrites(tx, system, object, {
    read,
    unmade: sample.unmade,
    anew,
    schema,
    toTheirs,
  })
  const links = new Map([...differences.values()].map(({ recordId, linkId }) => [recordId, linkId]))
  return {
    taken: new Map(taken.map((one) => [one.externalId, one])),
    differences,
    unmade: unmade.map(({ id, kind, values }) => ({ recordId: id, kind, values, linkId: links.get(id) ?? '' })),
  }
}

function courseOf({ linkId, after, parked }: Taken, { differences }: Side): Course {
  const writing = written(linkId === null ? undefined : differences.get(linkId))
  const failures: Failure[] =
    parked === null
      ? []
      : parked.troubles.length === 0
        ? [{ way: 'in', code: parked.code, field: null, path: null, value: null }]
        : parked.troubles.map(({ field, path, code, found }) => ({ way: 'in', code, field, path, value: found }))
  return { ...writing, ours: after, failures: [...failures, ...writing.failures] }
}

function courseOfUnmade(difference: Difference | undefined, ours: NonNullable<Tried['ours']>): Course {
  return { ...written(difference), ours }
}

/** Only what leaves: a difference that nothing is planned for stays as it is. */
function written(difference: Difference | undefined): Omit<Course, 'ours'> {
  const leaves = difference?.outcome === 'new' || difference?.outcome === 'would-change'
  const fails = difference?.outcome === 'would-fail'
  if (difference === undefined || !(leaves || fails)) return { written: {}, makes: false, failures: [] }
  const fields: Fields = Object.fromEntries(difference.fields.map(({ field, ours }) => [field, ours]))
  const code = difference.code
  const failures =
    fails && code !== null
      ? (difference.because.length === 0 ? [null] : difference.because).map((path): Failure => {
          const value = path === null ? null : (fields[path] ?? null)
          return { way: 'out', code, field: null, path, value: value === null ? null : String(value) }
        })
      : []
  return { written: leaves ? fields : {}, makes: leaves && difference.externalId === null, failures }
}
