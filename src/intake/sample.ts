/** Some real records of an object, read from the vendor for a look that changes nothing: they are shown and never stored. */
import { sql } from 'drizzle-orm'
import { ConnectorError, type Connector, type Ctx, type VendorRecord } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { aliases, changes, links, writes } from '../db/schema/index.ts'
import { CausewayError, type ErrorCode } from '../errors.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import { readEverything } from './reading.ts'

export interface SampleWish {
  /** Vendor ids or ours, ours also by a beginning that one record has; none: a sample is taken. */
  records: string[]
  size: number
  /** The vendor's fields to be read. */
  fields: string[]
}

export interface Sample {
  /** As the vendor has them now. */
  read: VendorRecord[]
  /** Links of ours that the vendor has no record of yet. */
  unmade: string[]
  /** Vendor ids that could not be read; without a code the vendor has no such record. */
  unread: { id: string; code: ErrorCode | null }[]
}

/**
 * Reads the named records; or a sample that stays the same from call to call: of those that wait parked first, of all that both sides
 * have, of ours that the vendor lacks, and where these are few, of what the vendor lists.
 *
 * @throws CW_NOT_FOUND for a name that neither side knows, and what the vendor answers instead of records
 */
export async function readSample(
  db: Db,
  system: System,
  connector: Connector,
  object: string,
  { records, size, fields }: SampleWish,
  ctx: Ctx,
): Promise<Sample> {
  const named = records.length > 0
  const chosen = named ? await namedIds(db, system, object, records) : await sampledIds(db, system, object, size)
  const sample: Sample = { read: [], unmade: chosen.unmade, unread: [] }
  await readInto(sample, connector, object, chosen.ids, fields, ctx)
  const missing = records.filter((id) => sample.unread.some((one) => one.id === id && one.code === null))
  if (missing.length > 0)
    throw new CausewayError('CW_NOT_FOUND', `${system.name} has no record ${missing.join(', ')} of ${object}`, {
      records: missing,
    })
  const room = size - sample.read.length - sample.unmade.length
  if (!named && room > 0 && capabilityOf(system, object).read === 'changes') {
    const met = new Set(sample.read.map(({ id }) => id))
    const page = await readEverything(connector, { object, at: null, fields }, ctx)
    const alive = page.records.filter(({ id, deleted, mergedInto }) => !met.has(id) && !deleted && mergedInto === null)
    sample.read.push(...alive.slice(0, room))
  }
  return sample
}

interface Chosen {
  ids: string[]
  unmade: string[]
}

/** Records a reading by id: within what every vendor takes. */
const BATCH = 50

async function readInto(
  sample: Sample,
  connector: Connector,
  object: string,
  ids: string[],
  fields: string[],
  ctx: Ctx,
): Promise<void> {
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH)
    const reads = await connector.read(
      batch.map((value) => ({ object, by: 'id' as const, value })),
      fields,
      ctx,
    )
    for (const [at, id] of batch.entries()) {
      const read = reads[at]
      if (read?.status === 'found') sample.read.push(read.record)
      else if (read?.status === 'failed' && read.fault.scope === 'connection')
        throw new ConnectorError(read.fault, 'no')
      else sample.unread.push({ id, code: read?.status === 'failed' ? read.fault.code : null })
    }
  }
}

async function namedIds(db: Db, system: System, object: string, records: string[]): Promise<Chosen> {
  const { rows } = await db.execute<{ asked: string; link: string; external: string | null }>(sql`
    select r.asked, l.id::text as link, l.external_id as external
    from unnest(${sql.param(records)}::text[]) with ordinality as r(asked, place)
    join ${links} l on l.connection = ${system.name} and l.object = ${object} and (l.external_id = r.asked
      or length(r.asked) >= 8 and starts_with(l.record_id::text, lower(r.asked))
      or l.id in (select a.link_id from ${aliases} a
        where a.connection = l.connection and a.object = l.object and a.external_id = r.asked))
    order by r.place`)
  const found = Map.groupBy(rows, (row) => row.asked)
  const several = records.find((asked) => (found.get(asked)?.length ?? 0) > 1)
  if (several !== undefined)
    throw new CausewayError('CW_REQUEST_INVALID', `More than one record begins with "${several}"; type more of it`)
  // What is not known here may be known there.
  const ids = records.flatMap((asked) => {
    const row = found.get(asked)?.[0]
    return row === undefined ? [asked] : row.external === null ? [] : [row.external]
  })
  return { ids: [...new Set(ids)], unmade: rows.flatMap(({ link, external }) => (external === null ? [link] : [])) }
}

/** Ids of ours are random, so their order is a sample. */
async function sampledIds(db: Db, { name }: System, object: string, size: number): Promise<Chosen> {
  const few = Math.ceil(size / 4)
  const { rows } = await db.execute<{ link: string | null; external: string | null }>(sql`
    (select null as link, external_id as external from (
      select distinct external_id from ${changes} c
      where c.connection = ${name} and c.object = ${object} and c.status = 'parked' and not (c.body ->> 'deleted')::boolean
      order by external_id limit ${few}) as parked)
    union all
    (select l.id::text, l.external_id from ${links} l join ${writes} w on w.link_id = l.id
      where l.connection = ${name} and l.object = ${object} and not l.gone and w.status = 'parked' order by l.record_id limit ${few})
    union all
    (select l.id::text, null from ${links} l
      where l.connection = ${name} and l.object = ${object} and not l.gone and l.external_id is null order by l.record_id limit ${few})
    union all
    (select null, l.external_id from ${links} l
      where l.connection = ${name} and l.object = ${object} and not l.gone and l.external_id is not null
      order by l.record_id limit ${size})`)
  const ids = [...new Set(rows.flatMap(({ external }) => external ?? []))]
  const unmade = [...new Set(rows.flatMap(({ link, external }) => (external === null && link !== null ? [link] : [])))]
  const kept = unmade.slice(0, few)
  return { ids: ids.slice(0, size - kept.length), unmade: kept }
}
