/** `causeway back-fill`, `reconcile`, `drift`, `streams` and `budget` as a person uses and reads them, against a real API. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listening, type Listening } from '../../test/setup/listening.ts'
import { capability } from '../../test/setup/bench.ts'
import { drifts, streams } from '../db/schema/index.ts'
import { openRig, type Rig } from '../http/rig.test-support.ts'
import { databaseBudget } from '../write/budget.ts'
import { said } from './said.test-support.ts'

let rig: Rig
let api: Listening

beforeAll(async () => {
  rig = await openRig()
  const portal = rig.deps.connectors.get('portal')
  if (portal === undefined) throw new Error('no portal')
  Object.assign(portal, { capabilities: [capability('deals', ['deal']), capability('accounts', ['account'])] })
  api = await listening(rig.app)
})

afterAll(async () => {
  await api.close()
  await rig.close()
})

const causeway = (words: string, key: 'admin' | 'manager' = 'admin') =>
  said(words.split(' '), { url: api.url, key: rig.keys[key] })

/** The id in the line of an object, as a table shows it. */
function idOf(table: string, object: string): string {
  const line = table.split('\n').find((one) => one.includes(` ${object} `))
  return line?.split(' ')[0] ?? ''
}

it('starts back-fills, and says of each how much is done, of how much, how fast, and how long it still takes', async () => {
  const started = await causeway('back-fill start portal')
  expect(started).toMatch(/^ID +OBJECT +STATE$/m)
  expect(started).toMatch(/^\S{36} +accounts +started$/m)
  const id = idOf(started, 'deals')
  expect(await causeway('back-fill start portal deals')).toMatch(new RegExp(`^${id} +deals +open already$`, 'm'))
  await rig.db.execute(
    sql`update runs set done = 4000, total = 10000, rate = 50, moved_at = now(), started_at = now() where id = ${id}`,
  )
  const listed = await causeway('back-fill list --open', 'manager')
  expect(listed).toMatch(/^ID +CONNECTION +OBJECT +STATE +DONE +OF +RATE +LEFT +CODE$/m)
  expect(listed).toMatch(/^\S+ +portal +deals +running +4000 +10000 +50\/s +2 min +-$/m)
  const short = idOf(listed, 'deals')
  expect(id.startsWith(short)).toBe(true)
  const shown = await causeway(`back-fill show ${short}`, 'manager')
  expect(shown).toMatch(/^state +running$/m)
  expect(shown).toMatch(/^done +4000 of 10000 \(40 %\)$/m)
  expect(shown).toMatch(/^rate +50\/s$/m)
  expect(shown).toMatch(/^time left +2 min$/m)
  expect(shown).toMatch(/^started +\d{4}-\d\d-\d\d \d\d:\d\dZ by Admin$/m)
})

it('pauses a back-fill where it is, lets it go on, and ends it', async () => {
  const id = idOf(await causeway('back-fill list --open'), 'deals')
  await expect(causeway(`back-fill pause ${id}`, 'manager')).rejects.toMatchObject({ code: 'CW_FORBIDDEN' })
  expect(await causeway(`back-fill pause ${id}`)).toBe('Paused: portal deals at 4000 of 10000 (40 %)')
  const paused = await causeway('back-fill list --open')
  // It will go on as it went.
  expect(paused).toMatch(/ deals +paused +4000 +10000 +- +2 min +-$/m)
  expect(await causeway(`back-fill resume ${id}`)).toBe('Goes on: portal deals at 4000 of 10000 (40 %)')
  await causeway('streams pause portal deals')
  expect(await causeway(`back-fill show ${id}`)).toMatch(/^state +waits: its stream is paused$/m)
  await causeway('streams resume portal deals')
  expect(await causeway(`back-fill cancel ${id}`)).toBe('Cancelled: portal deals at 4000 of 10000 (40 %)')
  expect(await causeway('back-fill list --open')).not.toContain(' deals ')
  expect(await causeway('back-fill list')).toMatch(/ deals +cancelled +4000 +10000 /)
  await expect(causeway('back-fill show ffffffff')).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
})

it('lists how far each stream is read, how often and why, and who told it to rest', async () => {
  const state = {
    coveredThrough: '2026-11-23T10:00:00.000Z',
    hintedAt: '2026-11-23T09:58:00.000Z',
    intervalMs: 30_000,
    intervalWhy: 'silent' as const,
    silentSince: '2026-11-23T10:00:00.000Z',
  }
  await rig.db
    .insert(streams)
    .values({ connection: 'portal', object: 'deals', ...state })
    .onConflictDoUpdate({ target: [streams.connection, streams.object], set: state })
  const listed = await causeway('streams list', 'manager')
  expect(listed).toMatch(/^CONNECTION +OBJECT +STATE +READ THROUGH +EVERY +WHY +LAST HINT +CLOCK AHEAD +NOTES$/m)
  expect(listed).toMatch(
    /^portal +deals +healthy +2026-11-23 10:00Z +30 s +silent +2026-11-23 09:58Z +- +CW_FEED_SILENT$/m,
  )
  expect(await causeway('streams pause portal deals')).toBe('Paused: portal deals')
  expect(await causeway('streams list')).toMatch(/^portal +deals +paused by Admin /m)
  await expect(causeway('streams poke portal deals')).rejects.toMatchObject({ code: 'CW_STREAM_PAUSED' })
  expect(await causeway('streams resume portal deals')).toBe('Resumed: portal deals')
  expect(await causeway('streams poke portal deals')).toBe('Reads now: portal deals')
})

it('says what a comparison found, what of it is repaired, and record by record what differs', async () => {
  const runId = idOf(await causeway('reconcile start portal'), 'deals')
  const at = { runId, connection: 'portal', object: 'deals', confirmedAt: sql`now()` }
  await rig.db.insert(drifts).values([
    { ...at, externalId: 'd1', kind: 'field', fields: ['amount'], repairedAt: sql`now()` },
    { ...at, externalId: 'd2', kind: 'field', fields: ['stage', 'amount'] },
    { ...at, externalId: 'd3', kind: 'gone-there' },
  ])
  await rig.db.execute(sql`update runs set done = 120, total = 300 where id = ${runId}`)
  const listed = await causeway('reconcile list portal --open', 'manager')
  expect(listed).toMatch(/^ID +CONNECTION +OBJECT +STATE +COMPARED +DRIFT +REPAIRED +STARTED +CODE$/m)
  expect(listed).toMatch(/^\S+ +portal +deals +running +120 +3 +1 +\d{4}-\d\d-\d\d \d\d:\d\dZ +-$/m)
  const shown = await causeway(`reconcile show ${idOf(listed, 'deals')}`, 'manager')
  expect(shown).toMatch(/^compared +120 of 300$/m)
  expect(shown).toMatch(/^field +2$/m)
  expect(shown).toMatch(/^gone-there +1$/m)
  expect(shown).toMatch(/^repaired +1$/m)
  expect(shown).toMatch(/^started +\d{4}-\d\d-\d\d \d\d:\d\dZ by Admin$/m)
  const left = await causeway('drift portal --unrepaired', 'manager')
  expect(left).toMatch(/ portal +deals +field +d2 +- +stage, amount +not yet$/m)
  expect(left).not.toContain(' d1 ')
  expect(await causeway('drift --groups')).toMatch(/^portal +deals +field +2 +1 +\d{4}-/m)
  expect(await causeway(`reconcile cancel ${runId}`)).toBe('Cancelled: portal deals after 120 records')
})

it('says what may still be asked of each vendor in its window and today, when it stops and when it goes on', async () => {
  expect(await causeway('budget', 'manager')).toMatch(
    /^CONNECTION +WINDOW +IN USE +NEXT WAITS +TODAY +OF +STOPS AT +FOR PEOPLE +STATE +UNTIL\nportal +no limit +- +- +0 +- +- +- +open +-\nsales +9 in 1 s +0 +0 ms +0 +500 +400 +100 +open +-$/,
  )
  const budget = databaseBudget(rig.db, 'sales', { window: { requests: 9, windowMs: 1_000 }, daily: 500 })
  await budget.take('user')
  await budget.pause(600_000)
  expect(await causeway('budget')).toMatch(
    /^sales +9 in 1 s +\d +(9 min \d+ s|10 min) +1 +500 +400 +100 +paused by the vendor +\d{4}-\d\d-\d\d \d\d:\d\dZ$/m,
  )
  await rig.db.execute(sql`update budgets set used_today = 400, paused_until = null where connection = 'sales'`)
  expect(await causeway('budget')).toMatch(
    /^sales +9 in 1 s +\d +.* +400 +500 +400 +100 +stopped +\d{4}-\d\d-\d\d 00:00Z$/m,
  )
})
