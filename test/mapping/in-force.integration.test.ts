/** Publishing while records are translated: a mapping is in force as a whole, in every process, and what was in force comes back as it was. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Fields, FieldSchema, VendorRecord } from '../../connectors/contract.ts'
import { applyPending } from '../../src/apply/apply.ts'
import { openDatabase, type Db } from '../../src/db/connection.ts'
import { mappingsInForce } from '../../src/db/in-force.ts'
import { saveDraft, versionIn } from '../../src/db/mappings.ts'
import { planWrites } from '../../src/db/outbox.ts'
import { checkMapping } from '../../src/http/mapping-check.ts'
import { publishDraft, rollBack, type Publication } from '../../src/intake/publish-mapping.ts'
import { storeRecords } from '../../src/intake/store.ts'
import { surroundingsOf } from '../../src/mapping/document/surroundings.ts'
import type { System } from '../../src/mapping/systems.ts'
import { difference, toCanonical } from '../../src/mapping/translate.ts'
import { markOf } from '../../src/mapping/version.ts'
import { mappingHistory } from '../../src/reports/mappings.ts'
import { claimWrites } from '../../src/write/claim.ts'
import { crm, portal, startBench, type Bench } from '../setup/bench.ts'

let bench: Bench
/** A process of its own: another pool, and mappings that it loaded itself. */
let other: { db: Db; system: System; systems: Map<string, System>; close(): Promise<void> }

beforeEach(async () => {
  bench = await startBench({ alpha: crm, portal })
  const opened = openDatabase(bench.url, 4)
  const systems = new Map([...bench.systems].map(([name, system]) => [name, { ...system }]))
  const system = systems.get('alpha')
  if (system === undefined) throw new Error('no alpha')
  other = { db: opened.db, system, systems, close: () => opened.close() }
})
afterEach(async () => {
  await other.close()
  await bench.close()
})

const by = { actor: 'key:1', label: 'Ada' }
const wish = { object: 'accounts', by, note: null, lists: true, backFill: true }
const HEAD = 'mapping: 1\nconnection: alpha\nobject: accounts\n'
const STRAIGHT = `${HEAD}extends: default\nrecords: {}\n`
/** Names and countries change places: a page that was judged by both would have records that no mapping explains. */
const CROSSED = `${HEAD}extends: default
records:
  account:
    fields:
      name: { path: Country }
      country: { path: Name }
`

async function put(source: string, more: Partial<typeof wish> = {}, through: Db = bench.db): Promise<Publication> {
  const system = through === bench.db ? bench.system('alpha') : other.system
  const object = more.object ?? wish.object
  await saveDraft(through, { connection: 'alpha', object, source, note: null, by })
  return publishDraft(through, system, { ...wish, ...more, source, rest: {}, despite: 0 })
}

const record = (n: number, fields: Fields): VendorRecord => ({
  object: 'accounts',
  id: `v${String(n)}`,
  key: null,
  version: '1',
  modifiedAt: null,
  deleted: false,
  mergedInto: null,
  fields,
})

const isCrossed = ({ name }: { name: string }) => name.startsWith('C')
const accounts = (system: System) => system.mappings.filter(({ object }) => object === 'accounts')

it('judges every page by one mapping, whatever is published in the middle of many', async () => {
  const isOver = { now: false }
  const publishing = (async () => {
    let published = 0
    while (!isOver.now) {
      await put(published % 2 === 0 ? CROSSED : STRAIGHT, {}, published % 3 === 0 ? bench.db : other.db)
      published += 1
      await pause(5)
    }
    return published
  })()
  let n = 0
  for (let round = 0; round < 12; round += 1) {
    const page = Array.from({ length: 40 }, () => {
      n += 1
      return record(n, { Name: `N${String(n)}`, Site: null, Country: `C${String(n)}` })
    })
    await storeRecords(bench.db, 'alpha', page)
    await Promise.all([
      applyPending(bench.db, bench.systems, 'alpha', 'accounts'),
      applyPending(other.db, other.systems, 'alpha', 'accounts'),
    ])
  }
  isOver.now = true
  expect(await publishing).toBeGreaterThan(3)

  const rows = await bench.rows<{ status: string; mapping: string; at: string; name: string; country: string }>(`
    select c.status, c.mapping, c.settled_at::text as at, a.name, a.country from changes c
    join links l on l.connection = c.connection and l.object = c.object and l.external_id = c.external_id
    join accounts a on a.id = l.record_id where c.connection = 'alpha'`)
  expect(rows).toHaveLength(n)
  await put(CROSSED)
  await mappingsInForce(bench.db, bench.system('alpha'))
  const crossed = markOf(accounts(bench.system('alpha')))
  for (const row of rows) {
    expect(row.status).toBe('applied')
    expect([row.name.slice(1), isCrossed(row)]).toEqual([row.country.slice(1), row.mapping === crossed])
  }
  // All of one transaction were settled at one instant, and by one mapping.
  for (const page of Map.groupBy(rows, ({ at }) => at).values())
    expect(new Set(page.map(({ mapping }) => mapping)).size).toBe(1)
  expect(new Set(rows.map(isCrossed)).size).toBe(2)
})

it('waits for the page that is under way, and the next page waits for it', async () => {
  const held = Promise.withResolvers<void>()
  const holding = Promise.withResolvers<void>()
  const order: string[] = []
  const page = other.db.transaction(async (tx) => {
    await mappingsInForce(tx, other.system)
    holding.resolve()
    await held.promise
    order.push(`page by ${accounts(other.system)[0]?.fields[0]?.path ?? ''}`)
  })
  await holding.promise
  const published = put(CROSSED).then(() => order.push('published'))
  await waiting('ExclusiveLock')
  const next = other.db.transaction(async (tx) => {
    await mappingsInForce(tx, other.system)
    order.push(`page by ${accounts(other.system)[0]?.fields[0]?.path ?? ''}`)
  })
  await waiting('ShareLock')
  held.resolve()
  await Promise.all([page, published, next])
  expect(order.filter((what) => what !== 'published')).toEqual(['page by Name', 'page by Country'])
  expect(order[0]).toBe('page by Name')
})

async function waiting(mode: 'ExclusiveLock' | 'ShareLock'): Promise<void> {
  const query = `select pid from pg_locks where locktype = 'advisory' and not granted and mode = '${mode}'`
  await expect.poll(async () => (await bench.rows(query)).length, { timeout: 20_000 }).toBeGreaterThan(0)
}

it('is in force for what another process writes, from its next claim on', async () => {
  const alpha = bench.vendor('alpha')
  const id = alpha.put('accounts', { Name: 'Werk AG', Site: null, Country: 'DE' })
  await bench.settle()
  await put(`${HEAD}extends: default\nrecords: { account: { fixed: { Kind: Customer } } }\n`)
  const [known] = await bench.rows<{ record_id: string }>(`select record_id from links where external_id = '${id}'`)
  await bench.db.transaction((tx) => planWrites(tx, [known?.record_id ?? '']))
  const { toRead, writes } = await claimWrites(other.db, other.system, 'accounts', { limit: 9, deadlineMs: 20_000 })
  expect([toRead.length, writes.map(({ id: to, fields }) => [to, fields])]).toEqual([0, [[id, { Kind: 'Customer' }]]])
})

it('puts the earlier output back, byte for byte, and beside somebody’s draft', async () => {
  const odd = `# Mine, and odd.\n${HEAD}records:
  account:
    fixed: { Kind: 'a: b # c' }
    fields:
      country: { path: Land, create: both, update: in, values: { DE: Germany, AT: 'Österreich' } }
      name: { path: Label, create: both, update: both, wins: newest }
`
  const samples: Fields[] = [
    { Name: 'Werk', Site: 'https://werk.de/x', Country: 'DE', Land: 'Germany', Label: ' W ' },
    { Name: null, Site: '', Country: '', Land: 'Österreich', Label: null },
    { Label: 'ÄÖ', Land: 'nowhere' },
  ]
  const output = () =>
    JSON.stringify(
      accounts(bench.system('alpha')).flatMap((mapping) =>
        samples.flatMap((fields) => {
          const { values, troubles } = toCanonical(mapping, fields, 'create', lookups)
          return [
            values,
            troubles,
            difference(mapping, values, null, lookups),
            difference(mapping, values, fields, lookups),
          ]
        }),
      ),
    )
  await mappingsInForce(bench.db, bench.system('alpha'))
  const unedited = output()
  await put(odd)
  await mappingsInForce(bench.db, bench.system('alpha'))
  const oddly = output()
  await put(CROSSED)
  await mappingsInForce(bench.db, bench.system('alpha'))
  expect(new Set([unedited, oddly, output()]).size).toBe(3)
  const draft = await saveDraft(bench.db, {
    connection: 'alpha',
    object: 'accounts',
    source: 'half done',
    note: null,
    by,
  })

  const back = await rollBack(bench.db, bench.system('alpha'), { ...wish, to: null })
  await mappingsInForce(bench.db, bench.system('alpha'))
  expect(output()).toBe(oddly)
  const present = await versionIn(bench.db, { connection: 'alpha', object: 'accounts' }, 'published')
  expect(present).toMatchObject({ version: back.version, restores: 1, source: odd, publishedBy: 'Ada' })

  await rollBack(bench.db, bench.system('alpha'), { ...wish, to: 0 })
  await mappingsInForce(bench.db, bench.system('alpha'))
  expect(output()).toBe(unedited)
  expect(await versionIn(bench.db, { connection: 'alpha', object: 'accounts' }, 'draft')).toEqual(draft)
  // A process that starts now finds the same.
  await mappingsInForce(other.db, other.system)
  expect(markOf(accounts(other.system))).toBe(markOf(accounts(bench.system('alpha'))))
})

const picklist = (...values: string[]): FieldSchema[] => [
  { name: 'Source', label: 'Source', type: 'picklist', required: false, writable: true, values },
]

it('keeps the rest of a picklist as it was paired when it was published, also when it is put back', async () => {
  const source = `mapping: 1
connection: alpha
object: deals
records:
  deal:
    fields:
      source: { path: Source, create: both, update: both, values: { direct: Own }, rest: same-name }
`
  const alpha = bench.system('alpha')
  const around = surroundingsOf(alpha, 'deals')
  if (around === undefined) throw new Error('no deals')
  const check = (schema: FieldSchema[]) => {
    bench.vendor('alpha').described = schema
    return checkMapping({ db: bench.db, system: alpha, connector: bench.vendor('alpha'), around }, source, {
      live: true,
    })
  }
  const inForce = async () => {
    await mappingsInForce(bench.db, alpha)
    return alpha.mappings.find(({ object }) => object === 'deals')?.fields[0]?.values
  }
  expect((await check([])).findings.find(({ code }) => code === 'CW_MAPPING_INVALID')).toMatchObject({
    severity: 'error',
    field: 'source',
    line: 7,
  })
  const { rest, findings } = await check(picklist('Own', 'Partner Sourced', 'Other'))
  const [unpaired] = findings.filter(({ code }) => code === 'CW_MAPPING_VALUE_UNPAIRED')
  expect(unpaired?.reason).toContain('no value of the same name for partner-influenced')

  await saveDraft(bench.db, { connection: 'alpha', object: 'deals', source, note: null, by })
  await publishDraft(bench.db, alpha, { ...wish, object: 'deals', source, rest, despite: 0 })
  const pairs = { direct: 'Own', 'partner-sourced': 'Partner Sourced' }
  expect(await inForce()).toEqual(pairs)
  await rollBack(bench.db, alpha, { ...wish, object: 'deals', to: 0 })
  expect(await inForce()).toBeUndefined()
  await check(picklist('Own', 'partner_sourced', 'Partner-Influenced'))
  await rollBack(bench.db, alpha, { ...wish, object: 'deals', to: 1 })
  expect(await inForce()).toEqual(pairs)
})

const lookups = { toOurs: () => undefined, toTheirs: () => undefined }

it('reads what comes in for the first time of every record, unless told not to', async () => {
  const alpha = bench.vendor('alpha')
  alpha.tellsAskedOnly = true
  const id = alpha.put('accounts', { Name: 'Werk AG', Site: null, Country: 'DE', Land: 'AT' })
  await bench.settle()
  const source = `${HEAD}extends: default\nrecords: { account: { fields: { country: { path: Land } } } }\n`
  const not = await put(source, { backFill: false })
  expect(not.backFillId).toBeNull()
  await rollBack(bench.db, bench.system('alpha'), { ...wish, to: 0, backFill: false })
  const published = await put(source)
  expect(published.backFillId).not.toBeNull()
  expect(published.changes).toMatchObject([{ kind: 'account', field: 'country', what: 'changed' }])
  await bench.settle()
  const [run] = await bench.rows(`select state, kind, actor from runs where id = '${published.backFillId ?? ''}'`)
  expect(run).toEqual({ state: 'done', kind: 'back-fill', actor: 'key:1' })
  expect(
    await bench.rows(
      `select a.country from accounts a join links l on l.record_id = a.id where l.external_id = '${id}'`,
    ),
  ).toEqual([{ country: 'AT' }])
})

it('never empties a field of the vendor that was read before for something else', async () => {
  const alpha = bench.vendor('alpha')
  const id = alpha.put('accounts', { Name: 'Werk AG', Site: null, Country: 'DE' })
  await bench.settle()
  const fields = '{ country: off, custom.land: { path: Country, create: both, update: both, wins: ledger } }'
  const published = await put(`${HEAD}extends: default\nrecords: { account: { fields: ${fields} } }\n`)
  expect(published.backFillId).not.toBeNull()
  alpha.edit(id, { Name: 'Werk SE' }) // read and merged before the back-fill comes by
  await bench.settle()
  expect(alpha.one(id).fields).toMatchObject({ Name: 'Werk SE', Country: 'DE' })
  expect(await bench.rows('select name, custom from accounts')).toEqual([{ name: 'Werk SE', custom: { land: 'DE' } }])
})

it('looks again at what was parked by an earlier version, and tells which records each version touched', async () => {
  const alpha = bench.vendor('alpha')
  const wrong = await put(
    `${HEAD}extends: default\nrecords: { account: { fields: { country: { path: Contry, required: true } } } }\n`,
  )
  const first = alpha.put('accounts', { Name: 'Werk AG', Site: null, Country: 'DE' })
  await bench.settle()
  expect(await bench.rows(`select code from changes where status = 'parked'`)).toEqual([{ code: 'CW_FIELD_MISSING' }])
  const right = await put(STRAIGHT)
  expect([wrong.before, right.before]).toEqual([0, 1])
  await bench.round()
  await bench.round()
  expect(await bench.rows(`select external_id from changes where status = 'parked'`)).toEqual([])
  expect(await bench.rows(`select external_id from links where object = 'accounts'`)).toEqual([{ external_id: first }])

  const unedited = markOf(crm.mappings.filter(({ object }) => object === 'accounts'))
  const history = await mappingHistory(bench.db, { connection: 'alpha', object: 'accounts', limit: 10 }, unedited)
  expect(history.map(({ version, state, taken, publishedBy }) => [version, state, taken, publishedBy])).toEqual([
    [2, 'published', 1, 'Ada'],
    [1, 'retired', 0, 'Ada'],
  ])
  expect(
    await bench.rows(
      `select what, before, after, detail from audit a join audit_values v on v.audit_id = a.id where what like 'mapping.%' order by at, id`,
    ),
  ).toEqual([
    {
      what: 'mapping.published',
      before: { 'account.country.path': 'Country', 'account.country.required': null },
      after: { 'account.country.path': 'Contry', 'account.country.required': true },
      detail: { version: 1, before: 0, restores: null, despite: 0 },
    },
    {
      what: 'mapping.published',
      before: { 'account.country.path': 'Contry', 'account.country.required': true },
      after: { 'account.country.path': 'Country', 'account.country.required': null },
      detail: { version: 2, before: 1, restores: null, despite: 0 },
    },
  ])
})

it('publishes nothing but what was checked, and keeps what was published as it was', async () => {
  await saveDraft(bench.db, { connection: 'alpha', object: 'accounts', source: CROSSED, note: null, by })
  await saveDraft(other.db, {
    connection: 'alpha',
    object: 'accounts',
    source: STRAIGHT,
    note: null,
    by: { ...by, label: 'Bo' },
  })
  const late = publishDraft(bench.db, bench.system('alpha'), { ...wish, source: CROSSED, rest: {}, despite: 0 })
  await expect(late).rejects.toMatchObject({
    code: 'CW_MAPPING_STATE',
    message: 'Bo changed the draft after it was checked',
  })
  await publishDraft(bench.db, bench.system('alpha'), { ...wish, source: STRAIGHT, rest: {}, despite: 0 })
  const again = publishDraft(bench.db, bench.system('alpha'), { ...wish, source: STRAIGHT, rest: {}, despite: 0 })
  await expect(again).rejects.toMatchObject({ code: 'CW_MAPPING_STATE' })
  await expect(bench.rows(`update mapping_versions set source = 'x' returning version`)).rejects.toMatchObject({
    cause: { message: 'a mapping version that was published is kept as it was' },
  })
  await expect(rollBack(bench.db, bench.system('alpha'), { ...wish, to: 9 })).rejects.toMatchObject({
    code: 'CW_MAPPING_STATE',
  })
})
