/** A mapping is tried on real records: what is shown is what the road then does, and nothing is written by the look. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { faultOf } from '../../connectors/contract.ts'
import { previewMapping, type Preview } from '../../src/http/preview.ts'
import type { ObjectMapping } from '../../src/mapping/definition.ts'
import { crm, field, startBench, type Bench } from '../setup/bench.ts'

const accounts = crm.mappings.find(({ object }) => object === 'accounts')
if (accounts === undefined) throw new Error('no mapping of accounts')
const draftOf = (change: (mapping: ObjectMapping) => ObjectMapping): ObjectMapping[] => [change(accounts)]
const withField = (...fields: ObjectMapping['fields']) =>
  draftOf((mapping) => ({
    ...mapping,
    fields: [...mapping.fields.filter((f) => !fields.some((n) => n.field === f.field)), ...fields],
  }))

let bench: Bench
beforeAll(async () => {
  bench = await startBench({ alpha: crm, beta: crm })
  for (const vendor of Object.values(bench.vendors)) vendor.tellsAskedOnly = true
})
afterAll(() => bench.close())
beforeEach(() => {
  bench.vendor('alpha').described = []
  bench.vendor('beta').described = []
})

function preview(tried: ObjectMapping[], records: string[] = [], sample = 20, connection = 'alpha'): Promise<Preview> {
  return previewMapping(bench.db, {
    connector: bench.vendor(connection),
    system: bench.system(connection),
    object: 'accounts',
    tried,
    records,
    sample,
    signal: AbortSignal.timeout(20_000),
  })
}

const names = (found: Preview) => found.records.map(({ externalId }) => externalId)

/** The one record of a preview, with the fields that the draft treats otherwise. */
async function one(tried: ObjectMapping[], id: string, connection = 'alpha') {
  const { records, counts } = await preview(tried, [id], 20, connection)
  const [record] = records
  if (record === undefined || records.length > 1) throw new Error('expected one record')
  return { ...record, counts, differing: record.fields.filter(({ differs }) => differs) }
}

/** An account that both have and that was written to beta. */
async function linked(name: string): Promise<{ alpha: string; beta: string }> {
  const fields = { Name: name, Site: `${name}.com`, Country: 'AT', Trade: 'Rail' }
  const alpha = bench.vendor('alpha').put('accounts', fields)
  await bench.settle()
  const beta = bench.vendor('beta').put('accounts', fields)
  await bench.settle()
  bench.vendor('alpha').edit(alpha, { Country: 'CH' })
  await bench.settle()
  expect(bench.vendor('beta').one(beta).fields['Country']).toBe('CH')
  return { alpha, beta }
}

describe('a preview', () => {
  it('of the mapping in force changes nothing', async () => {
    const { alpha } = await linked('same')
    expect(await one([accounts], alpha)).toMatchObject({ outcome: 'unchanged', differing: [] })
  })

  it('shows a field that comes in anew: theirs, ours now, ours by the draft', async () => {
    const { alpha } = await linked('trade')
    const found = await one(withField(field('accountType', 'Trade')), alpha)
    expect(found.outcome).toBe('would-change')
    expect(found.differing).toEqual([
      {
        field: 'accountType',
        path: 'Trade',
        theirs: 'Rail',
        ours: null,
        readInForce: null,
        readByDraft: 'Rail',
        differs: true,
      },
    ])
  })

  it('shows what would be written by each mapping', async () => {
    const { beta } = await linked('written')
    const found = await one(
      withField(field('name', 'Title', { create: 'out', update: 'out', wins: 'ledger' })),
      beta,
      'beta',
    )
    expect(found.differing).toMatchObject([{ field: 'name', path: 'Title', theirs: null, writtenByDraft: 'written' }])
    expect(found.differing[0]).not.toHaveProperty('writtenInForce')
  })

  it('tells what would fail and why, with one example for all of a kind', async () => {
    const ids = ['f1', 'f2', 'f3'].map((name) =>
      bench.vendor('alpha').put('accounts', { Name: name, Site: `${name}.com`, Since: 'long ago', Country: 'CH' }),
    )
    await bench.settle()
    const found = await preview(withField(field('country', 'Since', { conversion: { as: 'date' } })), ids)
    expect(found.counts).toEqual({ unchanged: 0, 'would-change': 0, 'would-fail': 3, mended: 0 })
    expect(found.failures).toEqual([
      {
        way: 'in',
        code: 'CW_FIELD_INVALID',
        field: 'country',
        path: 'Since',
        value: 'long ago',
        records: 3,
        already: 0,
        example: { externalId: ids[0], recordId: found.records[0]?.recordId },
      },
    ])
  })

  it('foresees by the vendor’s own words what it would refuse', async () => {
    const { beta } = await linked('refused')
    bench.vendor('beta').described = [
      { name: 'Grade', label: '', type: 'picklist', required: false, writable: true, values: ['A', 'B'] },
    ]
    const grade = field('country', 'Grade', { create: 'out', update: 'out', wins: 'ledger' })
    const found = await preview(withField(grade), [beta], 20, 'beta')
    expect(found.failures).toMatchObject([{ way: 'out', code: 'CW_RECORD_INVALID', path: 'Grade', value: 'CH' }])
  })

  it('asks the vendor for no field that it does not have', async () => {
    const { alpha } = await linked('absent-field')
    const schema = ['Name', 'Site', 'Country'].map((name) => ({
      name,
      label: name,
      type: 'text',
      required: false,
      writable: true,
      values: null,
    }))
    const vendor = bench.vendor('alpha')
    vendor.described = schema
    const asked: string[][] = []
    const read = vendor.read.bind(vendor)
    Object.assign(vendor, {
      read: (refs: Parameters<typeof read>[0], fields: string[]) => {
        asked.push(fields)
        return read(refs, fields)
      },
    })
    try {
      await preview(withField(field('accountType', 'Nothing__c')), [alpha])
    } finally {
      Object.assign(vendor, { read })
    }
    expect(asked).toEqual([['Name', 'Site', 'Country']])
  })

  it('names records that fail today and would not by the draft', async () => {
    const vendor = bench.vendor('alpha')
    const id = vendor.put('accounts', { Name: 'mended', Site: 'no domain at all', Country: 'CH' })
    await bench.settle()
    const found = await one(
      draftOf((mapping) => ({ ...mapping, fields: mapping.fields.filter(({ field: name }) => name !== 'domain') })),
      id,
    )
    expect(found).toMatchObject({ outcome: 'would-change', mended: true, counts: { mended: 1 } })
    expect((await one([accounts], id)).failures).toMatchObject([{ code: 'CW_FIELD_INVALID', field: 'domain' }])
  })

  it('shows a record that is unknown to us so far as it would be taken in', async () => {
    const id = bench.vendor('alpha').put('accounts', { Name: 'Fresh', Site: 'fresh.com', Country: 'CH' })
    const found = await one([accounts], id)
    expect(found).toMatchObject({ isNew: 'to-us', outcome: 'unchanged' })
    expect(found.fields).toContainEqual(
      expect.objectContaining({ field: 'domain', ours: null, readByDraft: 'fresh.com' }),
    )
  })

  it('finds a record by our id and by a beginning of it, and refuses a name that nobody knows', async () => {
    const { alpha } = await linked('by-our-id')
    const { recordId } = await one([accounts], alpha)
    expect((await one([accounts], recordId.slice(0, 13))).externalId).toBe(alpha)
    await expect(preview([accounts], ['nobody'])).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
  })

  it('of a sample takes what waits parked first, and the same records each time', async () => {
    const first = await preview([accounts], [], 5)
    expect(first.records).toHaveLength(5)
    expect(first.records.some(({ failures }) => failures.length > 0)).toBe(true)
    expect(names(await preview([accounts], [], 5))).toEqual(names(first))
  })

  it('tells of a record that could not be read and goes on with the others', async () => {
    const { alpha } = await linked('unreadable')
    const other = (await linked('readable')).alpha
    const vendor = bench.vendor('alpha')
    vendor.readFault = ({ value }) => (value === alpha ? faultOf('CW_VENDOR_SCOPE', 'not for you') : null)
    try {
      const found = await preview([accounts], [alpha, other])
      expect(found.unread).toEqual([{ id: alpha, code: 'CW_VENDOR_SCOPE' }])
      expect(found.records).toHaveLength(1)
    } finally {
      vendor.readFault = () => null
    }
  })
})

describe('what is shown is what the road then does', () => {
  it('to ours', async () => {
    const { alpha } = await linked('then-read')
    const draft = withField(field('accountType', 'Trade'))
    const shown = await one(draft, alpha)
    await inForce('alpha', draft, async () => {
      bench.vendor('alpha').edit(alpha, { Name: 'then-read' })
      await bench.settle()
    })
    const [ours] = await bench.rows<Record<string, unknown>>(
      `select name, domain, country, account_type as "accountType" from accounts where id = '${shown.recordId}'`,
    )
    expect(shown.fields.map(({ field: name, readByDraft }) => [name, readByDraft])).toEqual(
      Object.entries(ours ?? {}).filter(([name]) => shown.fields.some((f) => f.field === name)),
    )
    expect(ours?.['accountType']).toBe('Rail')
  })

  it('to the vendor’s', async () => {
    const { alpha, beta } = await linked('then-written')
    const draft = withField(field('name', 'Title', { create: 'out', update: 'out', wins: 'ledger' }))
    const shown = await one(draft, beta, 'beta')
    await inForce('beta', draft, async () => {
      bench.vendor('alpha').edit(alpha, { Country: 'DE' })
      await bench.settle()
    })
    const there = bench.vendor('beta').one(beta).fields
    const written = shown.fields.filter((f) => 'writtenByDraft' in f)
    expect(written.map(({ path, writtenByDraft }) => [path, writtenByDraft])).toEqual([['Title', there['Title']]])
    expect(there['Title']).toBe('then-written')
  })
})

/** Puts a draft of accounts in force while something happens. */
async function inForce(connection: string, draft: ObjectMapping[], happens: () => Promise<void>): Promise<void> {
  const system = bench.system(connection)
  const { mappings } = system
  Object.assign(system, { mappings: [...mappings.filter(({ object }) => object !== 'accounts'), ...draft] })
  try {
    await happens()
  } finally {
    Object.assign(system, { mappings })
  }
}

it('writes nothing: neither a row here nor a request that changes anything there', async () => {
  await linked('untouched')
  bench.vendor('alpha').put('accounts', { Name: 'Unknown', Site: 'unknown.com', Country: 'CH' })
  const { alpha, beta } = bench.vendors
  const before = [
    await digest(),
    alpha?.count('write'),
    beta?.count('write'),
    structuredClone([...(alpha?.held ?? [])]),
  ]
  const draft = withField(field('accountType', 'Trade'), field('name', 'Title'))
  await preview(draft)
  await preview(draft, [...bench.vendor('alpha').held.keys()].slice(0, 3))
  const after = [await digest(), alpha?.count('write'), beta?.count('write'), structuredClone([...(alpha?.held ?? [])])]
  expect(after).toEqual(before)
})

/** Every table's rows, as a count and a hash. */
async function digest(): Promise<Record<string, string>> {
  const { rows: tables } = await bench.db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const found: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await bench.rows<{ n: string; hash: string }>(
      `select count(*)::text as n, coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash from "${name}" t`,
    )
    found[name] = `${row?.n ?? ''} ${row?.hash ?? ''}`
  }
  return found
}
