/** Making what a vendor's system lacks, step by step, on a real database and a vendor in memory. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  ConnectorError,
  faultOf,
  type Headroom,
  type Making,
  type Provisioner,
  type ProvisionStep,
} from '../../connectors/contract.ts'
import { createTestDatabase } from '../../test/setup/database.ts'
import { openDatabase, type Database } from '../db/connection.ts'
import { audit, settings } from '../db/schema/index.ts'
import { applyPlan, type ApplyWish } from './apply.ts'

let home: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
beforeAll(async () => {
  home = await createTestDatabase()
  database = openDatabase(home.url, 3)
})
afterAll(async () => {
  await database.close()
  await home.drop()
})

const wishes: Partial<ProvisionStep>[] = [
  { id: 'permission-set', what: 'permission-set' },
  { id: 'field:key' },
  { id: 'permission:key', what: 'permission', after: ['permission-set', 'field:key'] },
  { id: 'field:source' },
  { id: 'rule:source', what: 'rule', after: ['field:source'] },
]
const scope = faultOf('CW_VENDOR_SCOPE', 'not yours', { scope: 'connection', vendorCode: 'INSUFFICIENT_ACCESS' })

/** A system that remembers what was made in it. */
class System implements Provisioner {
  readonly things = new Set<string>()
  readonly different = new Set<string>()
  readonly hidden = new Set<string>()
  byHand: string[] = []
  asked: string[] = []
  /** What the vendor does when it is asked to make this. */
  on = new Map<string, () => Making>()

  plan(): Promise<ProvisionStep[]> {
    const step = (wish: Partial<ProvisionStep>): ProvisionStep => {
      const id = wish.id ?? ''
      const isThere = this.things.has(id) && !this.hidden.has(id)
      const state = this.different.has(id) ? 'differs' : isThere ? 'made' : 'missing'
      const rest = this.byHand.includes(id) ? { byHand: 'Setup → …' } : {}
      const usual = {
        what: 'field' as const,
        object: 'Deal',
        label: id,
        permission: 'Customize',
        granted: true,
        after: new Array<string>(),
      }
      return { ...usual, ...wish, id, state, ...rest }
    }
    return Promise.resolve(wishes.map(step))
  }

  limit: Pick<Headroom, 'limit' | 'used' | 'unsure'> = { limit: null, used: null, unsure: 'it does not tell' }

  headroom(steps: readonly ProvisionStep[]): Promise<Headroom[]> {
    const needs = steps.filter(({ what }) => what === 'field').length
    return Promise.resolve(needs === 0 ? [] : [{ of: 'fields', needs, ...this.limit }])
  }

  make({ id }: ProvisionStep): Promise<Making> {
    this.asked.push(id)
    const said = this.on.get(id)?.()
    if (said !== undefined) return Promise.resolve(said)
    this.things.add(id)
    return Promise.resolve('made')
  }
}

let system: System
let connection = ''
let round = 0
beforeEach(() => {
  system = new System()
  connection = `sales-${(round += 1)}`
})

async function apply(more: Partial<ApplyWish> = {}) {
  const ctx = { signal: new AbortController().signal, priority: 'user' as const }
  const wish = { db: database.db, connection, provisioner: system, actor: 'key:1', withinMs: 60_000, ctx, ...more }
  const results = await applyPlan(wish)
  return Object.fromEntries(results.map(({ step, outcome, fault }) => [step.id, fault?.code ?? outcome]))
}

async function told(): Promise<unknown[]> {
  const rows = await database.db
    .select()
    .from(audit)
    .where(sql`${audit.connection} = ${connection}`)
    .orderBy(audit.at)
  return rows.map(({ what, actor, detail }) => [what, actor, detail['step'], detail['late']])
}

const ids = wishes.map(({ id }) => id ?? '')
const all = (outcome: string) => Object.fromEntries(ids.map((id) => [id, outcome]))

it('makes everything in the plan’s order, tells each once, and makes nothing when it is repeated', async () => {
  expect(await apply()).toEqual(all('made'))
  expect(system.asked).toEqual(ids)
  expect(await told()).toEqual(ids.map((id) => ['provision.made', 'key:1', id, false]))
  expect(await apply()).toEqual(all('there'))
  expect(system.asked).toEqual(ids)
  expect(await told()).toHaveLength(ids.length)
})

it('goes on past a step that fails, and holds up only what needs it', async () => {
  system.on.set('field:key', () => scope)
  const made = { 'permission-set': 'made', 'field:source': 'made', 'rule:source': 'made' }
  expect(await apply()).toEqual({ ...made, 'field:key': 'CW_VENDOR_SCOPE', 'permission:key': 'held' })
  system.on.clear()
  expect(await apply()).toEqual({ ...all('there'), 'field:key': 'made', 'permission:key': 'made' })
  expect(await told()).toHaveLength(ids.length)
})

it('asks no more once the vendor refuses every request', async () => {
  system.on.set('field:key', () => faultOf('CW_VENDOR_AUTH', 'who?', { scope: 'connection' }))
  const rest = { 'permission:key': 'held', 'field:source': 'CW_VENDOR_AUTH', 'rule:source': 'held' }
  expect(await apply()).toEqual({ 'permission-set': 'made', 'field:key': 'CW_VENDOR_AUTH', ...rest })
  expect(system.asked).toEqual(['permission-set', 'field:key'])
})

it('leaves what is there in another form, and builds upon it', async () => {
  system.different.add('field:key')
  expect(await apply()).toEqual({ ...all('made'), 'field:key': 'differs' })
  expect(system.asked).not.toContain('field:key')
})

it('takes what another made meanwhile for there, and tells it of nobody', async () => {
  system.on.set('field:key', () => {
    system.things.add('field:key')
    return 'there'
  })
  const before = await database.db.select().from(settings)
  expect(await apply()).toMatchObject({ 'field:key': 'there', 'permission:key': 'made' })
  expect(await told()).toHaveLength(ids.length - 1)
  expect(await database.db.select().from(settings)).toEqual(before)
})

it('leaves to people what no program may make, and what needs it', async () => {
  system.byHand = ['field:source']
  expect(await apply()).toMatchObject({ 'field:source': 'by-hand', 'rule:source': 'held', 'permission:key': 'made' })
  expect(system.asked).not.toContain('field:source')
})

it('makes only what is named and what that needs', async () => {
  expect(await apply({ only: ['permission:key'] })).toEqual({
    'permission-set': 'made',
    'field:key': 'made',
    'permission:key': 'made',
  })
  await expect(apply({ only: ['field:nothing'] })).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
})

describe('where the vendor’s limits leave room for a part of it', () => {
  beforeEach(() => {
    system.limit = { limit: 10, used: 9, unsure: null }
  })

  it('makes nothing, and says what was found and what is needed', async () => {
    await expect(apply()).rejects.toMatchObject({
      code: 'CW_PROVISION_NO_ROOM',
      message: 'There is too little room: fields: needs 2, room for 1 of 10',
      detail: { limits: [{ of: 'fields', needs: 2, limit: 10, used: 9 }] },
    })
    expect(system.asked).toEqual([])
    expect(await told()).toEqual([])
  })

  it('makes what is named and fits', async () => {
    expect(await apply({ only: ['field:source'] })).toEqual({ 'field:source': 'made' })
  })

  it('counts what is missing alone', async () => {
    system.things.add('field:source')
    expect(await apply()).toEqual({ ...all('made'), 'field:source': 'there' })
  })

  it('leaves the ruling to the vendor where the limit is not certain', async () => {
    system.limit = { limit: 10, used: 10, unsure: 'it is only documented' }
    expect(await apply()).toEqual(all('made'))
  })
})

it('begins no step after its time, and goes on where it was', async () => {
  expect(await apply({ withinMs: -1 })).toEqual({ ...all('left'), 'permission:key': 'held', 'rule:source': 'held' })
  expect(system.asked).toEqual([])
})

const broken = (): never => {
  throw new ConnectorError(faultOf('CW_VENDOR_TIMEOUT', 'no answer', { scope: 'batch' }), 'maybe')
}

describe('when it is not known whether a step took effect', () => {
  it('looks, and finds that it did', async () => {
    system.on.set('field:key', () => {
      system.things.add('field:key')
      return broken()
    })
    expect(await apply()).toEqual(all('made'))
    expect(await told()).toContainEqual(['provision.made', 'key:1', 'field:key', true])
  })

  it('looks, and finds that it did not', async () => {
    system.on.set('field:key', broken)
    expect(await apply()).toMatchObject({ 'field:key': 'CW_VENDOR_TIMEOUT', 'permission:key': 'held' })
    system.on.clear()
    expect(await apply()).toMatchObject({ 'field:key': 'made', 'permission:key': 'made' })
    expect(await told()).toHaveLength(ids.length)
  })

  it('tells of what a call made that died before it could', async () => {
    system.on.set('field:key', () => {
      system.things.add('field:key')
      throw new Error('the process ends here')
    })
    await expect(apply({ actor: 'key:7' })).rejects.toThrow('ends here')
    expect(await told()).toHaveLength(1)
    system.on.clear()
    expect(await apply()).toMatchObject({ 'permission-set': 'there', 'field:key': 'there', 'permission:key': 'made' })
    expect(await told()).toContainEqual(['provision.made', 'key:7', 'field:key', true])
    expect(await told()).toHaveLength(ids.length)
  })
})

it('does not take the vendor’s word for what cannot be seen', async () => {
  system.hidden.add('field:key')
  expect(await apply()).toMatchObject({ 'field:key': 'CW_PROVISION_UNSEEN', 'permission:key': 'made' })
})
