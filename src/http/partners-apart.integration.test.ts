/** Nobody sees what is not theirs: every route, walked with a partner's key and another partner's ids. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asPartner } from '../db/connection.ts'
import { conflicts, deals, events, partners, registrations, tasks } from '../db/schema/index.ts'
import { openRig, secretsOfB, type Rig } from './rig.test-support.ts'

let rig: Rig
beforeAll(async () => void (rig = await openRig()))
afterAll(() => rig.close())

interface Operation {
  method: string
  path: string
  roles: string[] | undefined
}

const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ 'x-roles': z.array(z.string()).optional() }))),
})

async function operations(): Promise<Operation[]> {
  const response = await rig.app.request('/openapi.json')
  const { paths } = document.parse(await response.json())
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, roles: operation['x-roles'] })),
  )
}

/** The ids of B that a path may take, and searches for what is B's. */
function attacks({ path: whole }: Operation): string[] {
  const { b } = rig.seeded
  const path = whole.replace('{attachmentId}', b.attachmentId)
  if (path.includes('{id}')) {
    const ids = [b.registrationId, b.taskId, b.partnerId, b.clashId]
    const parked = [`change-${b.changeId}`, `write-${b.linkId}`, `notice-${b.noticeId}`]
    return [...ids, ...parked].map((id) => path.replace('{id}', id))
  }
  const queries = [
    '',
    `?partnerId=${b.partnerId}`,
    '?company=bell',
    '?state=in-review',
    `?id=${b.registrationId.slice(0, 8)}`,
    `?name=bor`,
    '?limit=200',
    '?company=%25',
    "?company='%20or%201=1--",
  ]
  return queries.map((query) => `${path.replace('{connection}', 'portal')}${query}`)
}

const bodies = () => [
  undefined,
  { decision: 'approve', reason: 'x' },
  { company: 'Anything', partnerId: rig.seeded.b.partnerId, submittedBy: 'x' },
  { code: 'CW_PARTNER_UNKNOWN' },
  { reason: 'x' },
  { label: 'x', role: 'admin' },
  { winner: 'theirs' },
  { to: 'sales' },
  { products: 'x' },
  { answer: 'x' },
]

describe('a partner’s key', () => {
  it('finds nothing of another partner on any route of the document', { timeout: 180_000 }, async () => {
    const forbidden = [
      ...Object.values(secretsOfB),
      ...Object.values(rig.seeded.b)
        .map(String)
        .filter((id) => id.length > 8),
    ]
    const all = (await operations()).filter(({ path }) => path.startsWith('/api/v1'))
    expect(all.length).toBeGreaterThan(15)
    let walked = 0
    for (const operation of all) {
      for (const path of attacks(operation)) {
        for (const body of ['post', 'patch'].includes(operation.method) ? bodies() : [undefined]) {
          const { status, text } = await rig.call('a', operation.method.toUpperCase(), path, body)
          for (const secret of forbidden) expect(text, `${operation.method} ${path}`).not.toContain(secret)
          const isRefused = operation.roles?.includes('partner') === true || status === 403
          expect(isRefused, `${operation.method} ${path} ${status}`).toBe(true)
          expect(status, `${operation.method} ${path} ${text}`).toBeLessThan(500)
          walked += 1
        }
      }
    }
    expect(walked).toBeGreaterThan(100)
    // Nor did the walk change anything of B's.
    const [row] = await rig.db.select().from(registrations).where(eq(registrations.id, rig.seeded.b.registrationId))
    expect(row).toMatchObject({ state: 'in-review', withdrawnAt: null, version: 1 })
    const [task] = await rig.db.select().from(tasks).where(eq(tasks.id, rig.seeded.b.taskId))
    expect(task?.state).toBe('open')
  })

  it('sees its own registration without conflicts, tasks, notices or names of staff', async () => {
    const { status, json } = await rig.call('a', 'GET', `/api/v1/registrations/${rig.seeded.a.registrationId}`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ company: 'Alder Foods', submittedBy: 'Ann of Aurora' })
    expect(json).toMatchObject({ timeline: [{ what: 'registration.received' }] })
    expect(json).not.toHaveProperty('timeline.0.actor')
    for (const hidden of ['conflicts', 'tasks', 'notices', 'systems', 'clashes', 'onBehalfBy', 'partnerId', 'home']) {
      expect(json).not.toHaveProperty(hidden)
    }
    expect(JSON.stringify(json)).not.toContain(secretsOfB.staff)
  })

  it('lists its own registrations and no others', async () => {
    const { json } = await rig.call('b', 'GET', '/api/v1/registrations')
    expect(json.items.map((item) => item['company'])).toEqual([secretsOfB.company])
  })

  it('submits for itself, and for nobody else', async () => {
    const foreign = await rig.call('a', 'POST', '/api/v1/registrations', {
      company: 'Cedar Foods',
      partnerId: rig.seeded.b.partnerId,
    })
    expect(foreign).toMatchObject({ status: 403, json: { error: { code: 'CW_FORBIDDEN' } } })
    const { status, json } = await rig.call('a', 'POST', '/api/v1/registrations', { company: 'Cedar Foods' })
    expect(status).toBe(201)
    const [row] = await rig.db.select().from(registrations).where(eq(registrations.id, json.id))
    expect(row).toMatchObject({
      partnerId: rig.seeded.a.partnerId,
      onBehalfBy: null,
      state: 'submitted',
      portal: 'api',
    })
  })

  it('withdraws its own registration; another partner’s does not exist for it', async () => {
    const { json } = await rig.call('a', 'POST', '/api/v1/registrations', { company: 'Dogwood Foods' })
    const foreign = await rig.call('b', 'POST', `/api/v1/registrations/${json.id}/withdraw`)
    expect(foreign).toMatchObject({ status: 404, json: { error: { code: 'CW_NOT_FOUND' } } })
    expect((await rig.call('a', 'POST', `/api/v1/registrations/${json.id}/withdraw`)).status).toBe(202)
    const [row] = await rig.db.select().from(registrations).where(eq(registrations.id, json.id))
    expect(row?.withdrawnAt).not.toBeNull()
  })
})

describe('how far a deal is', () => {
  it('stands beside a partner’s own registration, and nothing more of it, nor of a deal that is no claim of theirs', async () => {
    const { a, b } = rig.seeded
    const dealOf = async (registrationId: string | null, partnerId: string, stage: string) => {
      const [made] = await rig.db
        .insert(deals)
        .values({ name: `Secret ${stage}`, amount: '9', registrationId, partnerId, stage, status: 'open' })
        .returning({ id: deals.id })
      return made?.id ?? ''
    }
    const own = await dealOf(a.registrationId, a.partnerId, 'Negotiation')
    const others = await dealOf(b.registrationId, b.partnerId, 'Proposal')
    // A direct deal that this partner helps with.
    await dealOf(null, a.partnerId, 'Direct')
    for (const [dealId, id] of [
      [own, a.registrationId],
      [others, b.registrationId],
    ] as const)
      await rig.db.update(registrations).set({ dealId }).where(eq(registrations.id, id))
    const shown = { dealStage: 'Negotiation', dealStatus: 'open' }
    const path = `/api/v1/registrations/${a.registrationId}`
    expect((await rig.call('a', 'GET', path)).json).toMatchObject(shown)
    expect((await rig.call('manager', 'GET', path)).json).toMatchObject(shown)
    const listed = (await rig.call('a', 'GET', '/api/v1/registrations')).json.items
    expect(listed.find(({ id }) => id === a.registrationId)).toMatchObject(shown)
    const seen = await asPartner(rig.db, a.partnerId, (tx) => tx.select({ stage: deals.stage }).from(deals))
    expect(seen).toEqual([{ stage: 'Negotiation' }])
    const names = asPartner(rig.db, a.partnerId, (tx) => tx.select({ name: deals.name }).from(deals))
    await expect(names).rejects.toMatchObject({ cause: { code: '42501' } })
  })
})

describe('the database, whatever the query asks', () => {
  it('gives a partner its own rows though the query has no where', async () => {
    const { a, b } = rig.seeded
    const seen = await asPartner(rig.db, a.partnerId, async (tx) => ({
      registrations: await tx.select().from(registrations),
      partners: await tx.select().from(partners),
      events: await tx.select().from(events),
    }))
    expect(new Set(seen.registrations.map((row) => row.partnerId))).toEqual(new Set([a.partnerId]))
    expect(seen.partners.map((row) => row.id)).toEqual([a.partnerId])
    expect(new Set(seen.events.map((row) => row.partnerId))).toEqual(new Set([a.partnerId]))
    expect(JSON.stringify(seen)).not.toContain(b.registrationId)
  })

  it('gives a partner nothing when the query asks for another’s row', async () => {
    const { a, b } = rig.seeded
    const rows = await asPartner(rig.db, a.partnerId, (tx) =>
      tx.select().from(registrations).where(eq(registrations.id, b.registrationId)),
    )
    expect(rows).toEqual([])
  })

  it.each([
    ['conflicts', conflicts],
    ['tasks', tasks],
  ])('refuses %s to a partner altogether', async (_, table) => {
    const reading = asPartner(rig.db, rig.seeded.a.partnerId, (tx) => tx.select().from(table))
    await expect(reading).rejects.toMatchObject({ cause: { code: '42501' } })
  })

  it('lets a partner’s role change nothing', async () => {
    const writing = asPartner(rig.db, rig.seeded.a.partnerId, (tx) =>
      tx.update(registrations).set({ state: 'approved' }),
    )
    await expect(writing).rejects.toMatchObject({ cause: { code: '42501' } })
  })
})

it('every route behind a key says who may call it', async () => {
  const open = (await operations()).filter(({ path, roles }) => path.startsWith('/api/v1') && roles === undefined)
  expect(open).toEqual([])
})
