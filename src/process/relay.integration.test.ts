import { randomUUID } from 'node:crypto'
import { eq, inArray, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nudge, workflowId } from '../db/outbox.ts'
import { nudges, registrations, streams } from '../db/schema/index.ts'
import { until } from '../../test/setup/until.ts'
import { nudgeOverdue, rehydrate, relayOnce } from './relay.ts'
import { automatic, startRig, type Rig } from './rig.test-support.ts'

let rig: Rig
let partner: string
beforeAll(async () => {
  rig = await startRig(automatic)
  partner = await rig.partner('Nordwind')
}, 60_000)
afterAll(() => rig.close())
beforeEach(async () => {
  await rig.db.delete(nudges)
  await rig.db.update(streams).set({ nextAt: sql`now() + interval '1 hour'` })
})

const waiting = async () => (await rig.db.select({ id: nudges.workflowId }).from(nudges)).map(({ id }) => id).toSorted()
const nudged = (...ids: string[]) => rig.db.transaction((tx) => nudge(tx, ids))
// Whole milliseconds are kept, so that this very instant may be kept as one that is still to come.
const holdEnds = () => rig.db.update(nudges).set({ dueAt: sql`now() - interval '1 second'` })
const noWake = () => Promise.resolve()

describe('the relay', () => {
  it('delivers each nudge once and forgets it', async () => {
    await nudged('registration/a', 'registration/b', 'registration/a')
    const woken: string[] = []
    const wake = (id: string) => Promise.resolve(void woken.push(id))
    expect(await relayOnce(rig.db, wake)).toBe(2)
    expect(await relayOnce(rig.db, wake)).toBe(0)
    expect(woken.toSorted()).toEqual(['registration/a', 'registration/b'])
    expect(await waiting()).toEqual([])
  })

  it('keeps a nudge that was renewed while it was delivered, and delivers it again', async () => {
    await nudged('registration/a')
    await relayOnce(rig.db, () => nudged('registration/a'))
    expect(await waiting()).toEqual(['registration/a'])
    expect(await relayOnce(rig.db, noWake)).toBe(1)
    expect(await waiting()).toEqual([])
  })

  it('shares the work: two at once deliver no nudge twice', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `registration/${String(i).padStart(3, '0')}`)
    await nudged(...ids)
    const woken: string[] = []
    const wake = (id: string) => Promise.resolve(void woken.push(id))
    await Promise.all([relayOnce(rig.db, wake), relayOnce(rig.db, wake), relayOnce(rig.db, wake)])
    expect(woken.toSorted()).toEqual(ids)
  })

  it('leaves to others what it could not deliver', async () => {
    await nudged('registration/a')
    await expect(relayOnce(rig.db, () => Promise.reject(new Error('down')))).rejects.toThrow('down')
    // Held for a while, so that a server that is down is not asked in a circle.
    expect(await relayOnce(rig.db, noWake)).toBe(0)
    await holdEnds()
    expect(await relayOnce(rig.db, noWake)).toBe(1)
  })

  it('delivers the others although one cannot be delivered', async () => {
    await nudged('registration/a', 'registration/bad', 'registration/z')
    const refused = relayOnce(rig.db, (id) =>
      id.endsWith('bad') ? Promise.reject(new Error('down')) : Promise.resolve(),
    )
    await expect(refused).rejects.toThrow('down')
    await until(async () => (await waiting()).length === 1)
    expect(await waiting()).toEqual(['registration/bad'])
  })

  it('delivers in another process what a deliverer that died had taken', async () => {
    await nudged('registration/a')
    const taken = Promise.withResolvers<undefined>()
    // It took the nudge and never came back.
    void relayOnce(rig.db, () => {
      taken.resolve(undefined)
      return new Promise(() => undefined)
    })
    await taken.promise
    expect(await relayOnce(rig.db, noWake)).toBe(0)
    await holdEnds()
    expect(await relayOnce(rig.db, noWake)).toBe(1)
    expect(await waiting()).toEqual([])
  })
})

/** A registration whose clock passed so many seconds ago. */
const overdue = async (byS: number) => {
  const id = await rig.claim(partner, { company: `Uhr ${String(byS)} GmbH`, domain: `uhr${String(byS)}.com` })
  await rig.settle(id)
  await rig.db
    .update(registrations)
    .set({ wakeAt: sql`now() - make_interval(secs => ${byS})` })
    .where(eq(registrations.id, id))
  await rig.db.delete(nudges)
  return id
}

describe('a clock that nobody watched', () => {
  it('is found when its instant has passed for some seconds, and not before', async () => {
    const late = await overdue(11)
    await overdue(5)
    await nudgeOverdue(rig.db)
    expect(await waiting()).toEqual([workflowId.registration(late)])
    await rig.db.delete(nudges)
    await nudgeOverdue(rig.db)
    expect(await waiting()).toEqual([])
  })

  it('is not looked for where the registration is closed', async () => {
    const id = await overdue(12)
    await rig.db.update(registrations).set({ state: 'lapsed' }).where(eq(registrations.id, id))
    await nudgeOverdue(rig.db)
    expect(await waiting()).not.toContain(workflowId.registration(id))
  })

  it('does not wait for a registration that is being looked at', async () => {
    const id = await overdue(13)
    await rig.db.transaction(async (tx) => {
      await tx.select().from(registrations).where(eq(registrations.id, id)).for('update')
      await nudgeOverdue(rig.db)
    })
    expect(await waiting()).not.toContain(workflowId.registration(id))
    await nudgeOverdue(rig.db)
    expect(await waiting()).toContain(workflowId.registration(id))
  })

  it('waits for its turn where very many passed together, so that a busy server is not signalled for all of them again and again', async () => {
    const ids = Array.from({ length: 250 }, () => randomUUID()).toSorted()
    await rig.db.insert(registrations).values(
      ids.map((id, n) => ({
        id,
        partnerId: partner,
        state: 'in-review' as const,
        wakeAt: sql`now() - make_interval(secs => ${1_000 - n})`,
      })),
    )
    const rounds: number[] = []
    const met = new Set<string>()
    for (let round = 0; round < 4; round += 1) {
      await rig.db.delete(nudges)
      await nudgeOverdue(rig.db)
      const nudgedNow = (await waiting()).filter((id) => ids.some((one) => workflowId.registration(one) === id))
      for (const id of nudgedNow) met.add(id)
      rounds.push(nudgedNow.length)
    }
    expect(rounds).toEqual([100, 100, 50, 0])
    expect(met.size).toBe(250)
    await rig.db.delete(registrations).where(inArray(registrations.id, ids))
  })

  it('is found for streams, and for notices that nobody sends', async () => {
    await rig.db
      .update(streams)
      .set({ nextAt: sql`now() - interval '20 seconds'` })
      .where(eq(streams.object, 'deals'))
    await rig.db.execute(sql`update notices set not_before = now() - interval '20 seconds'`)
    await nudgeOverdue(rig.db)
    expect(await waiting()).toEqual(expect.arrayContaining(['mailer', 'stream/crm/deals']))
    expect(await waiting()).not.toContain('stream/crm/accounts')
  })
})

describe('rehydration', () => {
  it('starts every open registration, stream and sender, and nothing that is closed, spread over time', async () => {
    await rig.db.update(registrations).set({ state: 'lapsed' })
    const ids = []
    for (let i = 0; i < 10; i += 1) {
      const id = await rig.claim(partner, { company: `Neu ${String(i)}`, domain: `neu${String(i)}.com` })
      ids.push(id)
      await rig.settle(id)
    }
    const [closed = '', ...open] = ids
    await rig.db.update(registrations).set({ state: 'won' }).where(eq(registrations.id, closed))
    await rig.db.delete(nudges)
    expect(await rehydrate(rig.db, ['stream/portal/x'], ['sender/crm'], 2)).toBe(9)
    expect(await waiting()).toEqual(
      [...open.map(workflowId.registration), 'mailer', 'sender/crm', 'stream/portal/x'].toSorted(),
    )
    const woken: string[] = []
    await relayOnce(rig.db, (id) => Promise.resolve(void woken.push(id)))
    expect(woken.toSorted()).toEqual(['mailer', 'sender/crm', 'stream/portal/x'])
    const { rows } = await rig.db.execute<{ s: number }>(
      sql`select extract(epoch from max(due_at) - now())::float8 as s from nudges`,
    )
    expect(rows[0]?.s).toBeGreaterThan(3)
    expect(rows[0]?.s).toBeLessThanOrEqual(4.5)
  })
})
