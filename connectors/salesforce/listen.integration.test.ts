/** The change stream: hints only, of what is ours to read, through lost sessions and gaps. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { until } from '../../test/setup/until.ts'
import type { Hint } from '../contract.ts'
import { changes, deal, idOf, seed, write } from './deals.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
let hints: Hint[]
let caller: AbortController
beforeEach(async () => {
  org = await startOrg({ changeEvents: true })
  hints = []
  caller = new AbortController()
})
afterEach(async () => {
  caller.abort()
  await org.close()
})

/** Listens, and answers when the session stands. `ended` settles when listening ends. */
async function listening(objects = ['Account', 'Contact', 'Opportunity', 'Partner'], sessions = 1) {
  const ended = org.connector.listen?.(
    objects,
    (some) => {
      hints.push(...some)
      return Promise.resolve()
    },
    { ...ctx(), signal: caller.signal },
  )
  if (ended === undefined) throw new Error('the connector does not listen')
  ended.catch(() => undefined)
  const polls = async () =>
    (await org.sandbox.control.requests.list()).filter(({ route }) => route?.includes('cometd')).length
  await until(async () => (await polls()) >= sessions, { deadlineMs: 5000 })
  return { ended }
}
/** Edits the record until a hint of it is heard: the first poll may stand a moment after the session. */
async function hintOf(object: string, id: string, fields: Record<string, string>): Promise<void> {
  let n = 0
  await until(
    async () => {
      n += 1
      await seed(org, {
        edit: [
          { object, id, fields: Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, `${v} ${String(n)}`])) },
        ],
      })
      return hints.some((hint) => hint.id === id)
    },
    { deadlineMs: 8000, everyMs: 200 },
  )
}

/** Whether the record is heard of within a while. */
const heard = (wanted: string) =>
  until(() => Promise.resolve(hints.some(({ id }) => id === wanted)), { deadlineMs: 8000 })

describe('listen', () => {
  it('hears of an edit at once, and of no data', async () => {
    const { opportunities } = await seed(org, { opportunities: [deal] })
    await listening()
    await hintOf('Opportunity', opportunities[0] ?? '', { Name: 'Edited' })
    expect(hints[0]).toEqual({ object: 'Opportunity', id: opportunities[0] })
  })

  it('hears of deletions and gaps', async () => {
    const { opportunities } = await seed(org, { opportunities: [deal, deal, deal] })
    const [first = '', gone = '', gap = ''] = opportunities
    await listening()
    await hintOf('Opportunity', first, { Name: 'Edited' })
    await seed(org, { delete: [{ object: 'Opportunity', id: gone }], gap: [{ object: 'Opportunity', id: gap }] })
    await until(() => Promise.resolve(hints.length > 2), { deadlineMs: 5000 })
    expect(new Set(hints.map(({ id }) => id))).toEqual(new Set([first, gone, gap]))
  })

  it('hears of no write of ours, and of partners’ people only', async () => {
    const { accounts } = await seed(org, { accounts: [{ Name: 'Nordwind', Type: 'Partner' }, { Name: 'Hafen' }] })
    const [partner = '', customer = ''] = accounts
    await seed(org, {
      records: [
        { object: 'Contact', fields: { LastName: 'A', AccountId: partner } },
        { object: 'Contact', fields: { LastName: 'B', AccountId: customer } },
      ],
    })
    const people = await org.connector.changes(
      { object: 'Contact', cursor: null, from: null, fields: ['LastName'] },
      ctx(),
    )
    await listening()
    await hintOf('Account', customer, { Name: 'Edited' })
    const [own] = await org.connector.write([write(1, {})], ctx())
    await seed(org, { records: [{ object: 'Contact', fields: { LastName: 'C', AccountId: customer } }] })
    await hintOf('Contact', people.records[0]?.id ?? '', { LastName: 'Edited' })
    expect(hints.map(({ id }) => id)).not.toContain(idOf(own))
    expect(new Set(hints.filter(({ object }) => object === 'Contact').map(({ id }) => id))).toEqual(
      new Set([people.records[0]?.id]),
    )
  })

  it('hears of our own writes too where the org does not name their origin', async () => {
    await org.sandbox.control.switches.set({ changeOriginClient: false })
    const { opportunities } = await seed(org, { opportunities: [deal] })
    await listening()
    await hintOf('Opportunity', opportunities[0] ?? '', { Name: 'Edited' })
    const [own] = await org.connector.write([write(1, {})], ctx())
    expect(await heard(idOf(own))).toBe(true)
  })

  it('opens another session when its own is lost, and misses nothing between them', async () => {
    const { opportunities } = await seed(org, { opportunities: [deal, deal] })
    const [first = '', second = ''] = opportunities
    await listening()
    await hintOf('Opportunity', first, { Name: 'Edited' })
    await seed(org, {
      edit: [{ object: 'Opportunity', id: second, fields: { Name: 'Between' } }],
      dropStreams: true,
    })
    expect(await heard(second)).toBe(true)
  })

  it('goes on after an answer that is cut off and after a page in its place', async () => {
    const { opportunities } = await seed(org, { opportunities: [deal] })
    await listening()
    await org.sandbox.control.faults.add({ route: 'POST /cometd/*', kind: 'reset-mid-body', when: 'after' })
    await org.sandbox.control.faults.add({ route: 'POST /cometd/*', kind: 'html', status: 200, when: 'after' })
    const { faults } = org.sandbox.control
    await until(async () => (await faults.list()).every(({ struck }) => struck === 1), { deadlineMs: 15_000 })
    hints.length = 0
    await hintOf('Opportunity', opportunities[0] ?? '', { Name: 'Edited' })
    expect(hints.length).toBeGreaterThan(0)
  })

  it('ends when it is told to', async () => {
    const { ended } = await listening()
    caller.abort()
    await expect(ended).resolves.toBeUndefined()
  })

  it('says that there is no stream where the org publishes none', async () => {
    await org.sandbox.control.switches.set({ changeEvents: false })
    await expect(
      org.connector.listen?.(['Opportunity'], () => Promise.resolve(), { ...ctx(), signal: caller.signal }),
    ).rejects.toMatchObject({ fault: { code: 'CW_FEED_UNAVAILABLE' } })
  })

  it('gives up on a stream that stays broken', async () => {
    await org.sandbox.control.faults.add({ route: 'POST /cometd/*', kind: 'html', status: 200, times: 'always' })
    await expect(
      org.connector.listen?.(['Opportunity'], () => Promise.resolve(), { ...ctx(), signal: caller.signal }),
    ).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_UNAVAILABLE' } })
  }, 15_000)

  it('costs no call of the API', async () => {
    await changes(org)
    const used = async () => z.object({ used: z.number() }).parse(await org.sandbox.control.state())
    const before = (await used()).used
    await listening()
    expect((await used()).used).toBe(before)
  })
})

it('is offered where it is wished, and its objects are told to be heard of', async () => {
  expect(org.connector.capabilities.filter(({ hinted }) => hinted === true).map(({ object }) => object)).toEqual([
    'Account',
    'Opportunity',
    'User',
    'Contact',
    'Lead',
  ])
  const quiet = org.connectWith({ settings: { changeEvents: false } })
  expect('listen' in quiet).toBe(false)
  expect(quiet.capabilities.some(({ hinted }) => hinted === true)).toBe(false)
})
