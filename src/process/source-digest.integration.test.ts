/** Deals without a source, told once a day over a real SMTP server. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accounts, connections, deals, events, links, notices, users } from '../db/schema/index.ts'
import type { System } from '../mapping/systems.ts'
import { plainText, type Delivery } from '../../connectors/channels/contract.ts'
import { sendDue } from './notices/send.ts'
import type { Programme } from './programme.ts'
import { one, startRig, type Rig } from './rig.test-support.ts'
import { planSourceDigest } from './source-digest.ts'

let rig: Rig
interface Mail {
  to: string
  subject: string
  text: string
}

let sent: Mail[]
beforeAll(async () => {
  rig = await startRig()
}, 60_000)
afterAll(() => rig.close())
beforeEach(async () => {
  sent = []
  dayPasses()
  for (const table of [notices, links, deals, connections]) await rig.db.delete(table)
  await live('crm')
})

const source = { field: 'source', path: 'Source', conversion: { as: 'text' } } as const
interface Given {
  keeps?: boolean
  approver?: string | null
}

/** The CRM of the rig, with or without a word of where deals come from. */
function programme({ keeps = true, approver = 'desk@vendor.example' }: Given = {}): Programme {
  const crm = rig.programme.systems.get('crm')
  if (crm === undefined) throw new Error('the rig has no CRM')
  const field = { ...source, create: 'both', update: 'both', wins: 'ledger' } as const
  const kept: System = { ...crm, mappings: [{ object: 'deals', kind: 'deal', fields: keeps ? [field] : [] }] }
  return {
    ...rig.with({ decision: { approver } }),
    systems: new Map([...rig.programme.systems, ['crm', kept]]),
  }
}

async function live(name: string, mode: 'live' | 'observe' = 'live'): Promise<void> {
  await rig.db.insert(connections).values({ name, mode, by: 'test' })
}

async function deal(name: string, more: Partial<typeof deals.$inferInsert> = {}, gone = false): Promise<string> {
  const { id } = one(
    await rig.db
      .insert(deals)
      .values({ name, status: 'open', home: 'crm', ...more })
      .returning(),
  )
  await rig.db
    .insert(links)
    .values({ connection: 'crm', object: 'deals', kind: 'deal', recordId: id, externalId: `X-${name}`, gone })
  return id
}

async function person(email: string): Promise<string> {
  const [name = ''] = email.split('@')
  return one(await rig.db.insert(users).values({ name, email }).returning()).id
}

const collecting = {
  send({ to, message }: Delivery) {
    sent.push({ to, subject: message.subject, text: plainText(message) })
    return Promise.resolve({ sent: true as const, reference: null })
  },
  show: () => ({ type: 'text/plain' as const, body: '' }),
}
const drain = async () => {
  while ((await sendDue({ db: rig.db, channels: { email: collecting } })) > 0);
}
/** Events stay for ever, so each test has days of its own. */
let days = 0
const dayPasses = () => {
  days += 1
}
const at = (hour = '08:00') => `${new Date(Date.UTC(2030, 0, days)).toISOString().slice(0, 10)}T${hour}:00.000Z`
const plan = (given: Programme = programme(), hour?: string) => planSourceDigest(rig.db, given, at(hour))
const planned = () => rig.db.select().from(notices).orderBy(notices.id)

describe('the day’s list', () => {
  it('names the open deals without a source, to who decides, once a day', async () => {
    const [account] = await rig.db.insert(accounts).values({ name: 'Acme' }).returning()
    const touched = { source: '2026-01-02T03:04:05.000Z' }
    const more = { amount: '5000.0000', currency: 'USD', touched, ownerId: await person('Rae@vendor.example') }
    await deal('Big', { ...more, accountId: account?.id ?? null })
    await deal('Odd\nname\n- second', {})
    await deal('Sourced', { source: 'direct' })
    await deal('Won', { status: 'won' })
    await deal('Deleted', {}, true)
    expect(await plan()).toBe(22 * 3_600_000)
    // The day ends in the morning, not at midnight.
    dayPasses()
    expect(await plan(programme(), '05:59')).toBe(60_000)
    await drain()
    const mail = one(sent)
    expect(mail).toMatchObject({ to: 'desk@vendor.example', subject: '2 open deals have no source' })
    expect(mail.text.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- Big (Acme), $5,000, owner Rae, in crm as deals X-Big, since Jan 2, 2026',
      expect.stringContaining('- Odd name - second, no owner, in crm as deals X-Odd name - second, since '),
    ])

    dayPasses()
    await plan()
    await drain()
    expect(sent).toHaveLength(2)
    dayPasses()
    await rig.db.update(deals).set({ source: 'direct' })
    await plan()
    await drain()
    expect(sent).toHaveLength(2)
  })

  it('is planned by one of several workers', async () => {
    await deal('Big')
    await Promise.all(Array.from({ length: 8 }, () => plan()))
    expect(await planned()).toHaveLength(1)
  })

  it('tells partner account managers of their own, and who decides of all', async () => {
    const managerId = await person('Sam@vendor.example')
    await deal('Theirs', { managerId })
    await deal('Other', { managerId: await person('Desk@vendor.example') })
    await plan()
    await drain()
    expect(sent.map(({ to }) => to).toSorted()).toEqual(['desk@vendor.example', 'sam@vendor.example'])
    const own = sent.find(({ to }) => to === 'sam@vendor.example')
    expect(own?.subject).toBe('1 open deal has no source')
    expect(own?.text).not.toContain('Other')
  })

  it('is not sent when there is nothing to tell any more', async () => {
    await deal('Big')
    await plan()
    await rig.db.update(deals).set({ source: 'direct' })
    await drain()
    expect(sent).toEqual([])
    expect(one(await planned())).toMatchObject({ status: 'skipped' })
  })

  it('gives way to the next day’s when it could not be sent', async () => {
    await deal('Big')
    await plan()
    await rig.db.update(notices).set({ status: 'parked', code: 'no-mail-configured' })
    dayPasses()
    await plan()
    expect((await planned()).map(({ status }) => status)).toEqual(['skipped', 'planned'])
    await drain()
    expect(sent).toHaveLength(1)
  })

  it.each([
    ['a CRM that is only observed', async () => rig.db.update(connections).set({ mode: 'observe' }), {}],
    ['a CRM whose mapping says nothing of sources', async () => {}, { keeps: false }],
    ['nobody who decides', async () => {}, { approver: null }],
  ])('is not made with %s', async (_, arrange, given) => {
    await deal('Big')
    await arrange()
    await plan(programme(given))
    expect(await planned()).toEqual([])
    const day = `deals-without-source:${at().slice(0, 10)}`
    expect(await rig.db.select().from(events).where(eq(events.stepKey, day))).toEqual([])
  })

  it('shows the first fifty and says how many more there are', async () => {
    for (let n = 0; n < 53; n += 1) await deal(`D${n}`)
    await plan()
    await drain()
    const lines = one(sent).text.split('\n')
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(50)
    expect(lines).toContain('and 3 more')
  })
})
