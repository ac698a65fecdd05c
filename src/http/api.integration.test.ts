/** The API for staff: decisions, submissions, parked records, the books, keys, and how refusals look. */
import { eq } from 'drizzle-orm'
import { Pool } from 'pg'
import { drizzle } from 'drizzle-orm/node-postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changes, contacts, notices, nudges, registrations, tasks, writes } from '../db/schema/index.ts'
import * as schema from '../db/schema/index.ts'
import { issueLink } from '../process/signed-links.ts'
import { createApi } from './api.ts'
import { openRig, secretsOfB, type Rig } from './rig.test-support.ts'

let rig: Rig
beforeAll(async () => void (rig = await openRig()))
afterAll(() => rig.close())

const nudged = async () => (await rig.db.select().from(nudges)).map((row) => row.workflowId)

describe('tasks', () => {
  it('shows the claim with what stands against it', async () => {
    const { json } = await rig.call('manager', 'GET', `/api/v1/tasks/${rig.seeded.a.taskId}`)
    expect(json).toMatchObject({
      company: 'Alder Foods',
      registration: { submittedBy: 'Ann of Aurora' },
      conflicts: [
        { score: 70, other: { company: secretsOfB.company, partner: secretsOfB.partner, amount: '77123.45' } },
      ],
    })
  })

  it('decides once: the second decider gets 409 with who was first and when', async () => {
    const path = `/api/v1/tasks/${rig.seeded.a.taskId}/decision`
    const answers = await Promise.all([
      rig.call('manager', 'POST', path, { decision: 'approve' }),
      rig.call('admin', 'POST', path, { decision: 'decline', reason: 'We sell there.' }),
    ])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const first = answers.find(({ status }) => status === 200)
    const second = answers.find(({ status }) => status === 409)
    expect(second?.json.error).toMatchObject({
      code: 'CW_TASK_DECIDED',
      detail: { decidedBy: first?.json['decidedBy'], decidedAt: first?.json['decidedAt'] },
    })
    expect(await nudged()).toContain(`registration/${rig.seeded.a.registrationId}`)
    expect(rig.kicks()).toBeGreaterThan(0)
  })

  it('takes no decline without a reason', async () => {
    const path = `/api/v1/tasks/${rig.seeded.b.taskId}/decision`
    const { status, json } = await rig.call('manager', 'POST', path, { decision: 'decline' })
    expect([status, json.error.code]).toEqual([400, 'CW_REQUEST_INVALID'])
  })

  it('that is about a person at a partner shows whom, and no claim', async () => {
    const { partnerId } = rig.seeded.a
    const person = { partnerId, name: 'Lea Roth', email: 'lea@aurora.example' }
    const [contact] = await rig.db.insert(contacts).values(person).returning()
    const about = { kind: 'name-colleague' as const, subjectId: contact?.id ?? '', round: 1, why: ['open-work'] }
    const [task] = await rig.db
      .insert(tasks)
      .values({ ...about, dueAt: '2999-01-01T00:00:00Z' })
      .returning()
    const shown = {
      kind: 'name-colleague',
      registrationId: null,
      contact: { id: contact?.id, name: 'Lea Roth', email: 'lea@aurora.example' },
      partnerId,
      company: null,
    }
    const { items } = (await rig.call('manager', 'GET', `/api/v1/tasks?id=${task?.id ?? ''}`)).json
    expect(items).toMatchObject([shown])
    const { status, json } = await rig.call('manager', 'GET', `/api/v1/tasks/${task?.id ?? ''}`)
    expect([status, json]).toMatchObject([200, { ...shown, registration: null, conflicts: [] }])
    await rig.db.delete(tasks).where(eq(tasks.id, task?.id ?? ''))
  })

  it('is found by the beginning of its id and by assignee', async () => {
    const { json } = await rig.call('manager', 'GET', `/api/v1/tasks?id=${rig.seeded.b.taskId.toUpperCase()}`)
    expect(json.items.map(({ id }) => id)).toEqual([rig.seeded.b.taskId])
    expect((await rig.call('manager', 'GET', '/api/v1/tasks?assignee=nobody@example.com')).json.items).toEqual([])
  })
})

describe('registrations', () => {
  it('keeps both names when staff submit on a partner’s behalf', async () => {
    const { partnerId } = rig.seeded.b
    const { status, json } = await rig.call('manager', 'POST', '/api/v1/registrations', {
      partnerId,
      submittedBy: 'Bruno',
      company: 'Elm Foods',
      amount: '10.50',
      currency: 'EUR',
    })
    expect(status).toBe(201)
    const [row] = await rig.db.select().from(registrations).where(eq(registrations.id, json.id))
    expect(row).toMatchObject({ partnerId, submittedBy: 'Bruno', onBehalfBy: secretsOfB.staff, amount: '10.5' })
    expect(await nudged()).toContain(`registration/${json.id}`)
  })

  it.each([
    [{ company: 'N'.repeat(500) }, 400, 'CW_REQUEST_INVALID', 'company'],
    [{ company: 'Hafen', domain: 'xn--zzzzzz-.de' }, 422, 'CW_FIELD_INVALID', 'domain'],
    [{ company: 'Hafen', contactEmail: 'kai at hafen' }, 400, 'CW_REQUEST_INVALID', 'contactEmail'],
    [{ company: 'Hafen', amount: '5', currency: 'Euro' }, 400, 'CW_REQUEST_INVALID', 'currency'],
    [{ company: 'Hafen', closeDate: '2026-02-30' }, 400, 'CW_REQUEST_INVALID', 'closeDate'],
  ])('tells a partner which field of %j is wrong', async (body, status, code, field) => {
    const { status: found, json, text } = await rig.call('a', 'POST', '/api/v1/registrations', body)
    expect([found, json.error.code]).toEqual([status, code])
    expect(text).toContain(field)
  })

  it.each([
    [{ company: '🚀 Rakete 🚀', domain: 'https://www.Bücher-Käufer.de/shop' }, 'xn--bcher-kufer-r8a91a.de'],
    [{ company: 'شركة النور', domain: 'gmail.com', contactEmail: 'nur@gmail.com' }, null],
    [{ company: 'X', closeDate: '2020-02-29' }, null],
  ])('takes in %j as it was typed', async (body, domain) => {
    const { status, json } = await rig.call('a', 'POST', '/api/v1/registrations', body)
    expect(status).toBe(201)
    const [row] = await rig.db.select().from(registrations).where(eq(registrations.id, json.id))
    expect(row).toMatchObject({ ...body, domain })
  })

  it.each([
    [{ company: 'No partner' }, 400, 'CW_REQUEST_INVALID'],
    [{ company: 'Half money', amount: '5.00' }, 400, 'CW_REQUEST_INVALID'],
    [{ company: 'Odd money', amount: '5,00', currency: 'EUR' }, 400, 'CW_REQUEST_INVALID'],
    [{ company: 'Typo', compnay: 'x' }, 400, 'CW_REQUEST_INVALID'],
    [{}, 400, 'CW_REQUEST_INVALID'],
    [{ partnerId: '00000000-0000-4000-8000-000000000000', submittedBy: 'x', company: 'x' }, 422, 'CW_PARTNER_UNKNOWN'],
  ])('refuses %j', async (body, status, code) => {
    const answer = await rig.call('manager', 'POST', '/api/v1/registrations', body)
    expect([answer.status, answer.json.error.code]).toEqual([status, code])
    expect(answer.json.error.remedy).not.toBe('')
    expect(answer.json.error.requestId).toBe(answer.headers.get('x-request-id'))
  })

  it('pages through everything exactly once', async () => {
    const all = (await rig.call('admin', 'GET', '/api/v1/registrations?limit=200')).json.items.map(({ id }) => id)
    const paged: unknown[] = []
    for (let path: string | null = '/api/v1/registrations?limit=1'; path !== null;) {
      const { json } = await rig.call('admin', 'GET', path)
      paged.push(...json.items.map(({ id }) => id))
      path = json.next === null ? null : `/api/v1/registrations?limit=1&cursor=${json.next}`
    }
    expect(paged).toEqual(all)
    expect(paged.length).toBeGreaterThan(2)
  })

  it('does not withdraw what has ended', async () => {
    const { registrationId } = rig.seeded.b
    await rig.db.update(registrations).set({ state: 'lapsed' }).where(eq(registrations.id, registrationId))
    const { status, json } = await rig.call('manager', 'POST', `/api/v1/registrations/${registrationId}/withdraw`)
    expect([status, json.error.code]).toEqual([409, 'CW_TRANSITION_ILLEGAL'])
  })
})

describe('parked records', () => {
  it('are counted by code and listed with their remedy', async () => {
    const groups = await rig.call('manager', 'GET', '/api/v1/parked/groups')
    expect(groups.json.items.map(({ code, kind, count }) => [code, kind, count])).toEqual(
      expect.arrayContaining([
        ['CW_PARTNER_UNKNOWN', 'change', 2],
        ['CW_RECORD_INVALID', 'write', 2],
        ['CW_NOTICE_REFUSED', 'notice', 2],
      ]),
    )
    const paged: unknown[] = []
    for (let path: string | null = '/api/v1/parked?limit=1'; path !== null;) {
      const { json } = await rig.call('manager', 'GET', path)
      paged.push(...json.items.map(({ id }) => id))
      path = json.next === null ? null : `/api/v1/parked?limit=1&cursor=${json.next}`
    }
    expect(new Set(paged).size).toBe(6)
    expect(paged.length).toBe(6)
  })

  it('are skipped with the reason and the person kept', async () => {
    const { changeId, linkId, noticeId } = rig.seeded.a
    for (const id of [`change-${changeId}`, `write-${linkId}`, `notice-${noticeId}`]) {
      const skip = () => rig.call('admin', 'POST', `/api/v1/parked/${id}/skip`, { reason: 'A test' })
      expect([id, (await skip()).status, (await skip()).status]).toEqual([id, 200, 404])
    }
    const skipped = { reason: 'A test', by: 'Admin' }
    const [change] = await rig.db.select().from(changes).where(eq(changes.id, changeId))
    expect(change).toMatchObject({ status: 'no-op', code: 'CW_SKIPPED', detail: { skipped, company: 'Alder Foods' } })
    const [write] = await rig.db.select().from(writes).where(eq(writes.linkId, linkId))
    expect(write).toMatchObject({ status: 'done', code: 'CW_SKIPPED', detail: { skipped } })
    const [notice] = await rig.db.select().from(notices).where(eq(notices.id, noticeId))
    expect(notice?.status).toBe('skipped')
    // The audit keeps who did it, by the id of the key; the reason stands where it can be erased.
    const told = await rig.call('manager', 'GET', '/api/v1/audit?what=parked.skipped')
    expect(told.json.items.map(({ by, detail }) => ({ by, detail }))).toContainEqual({
      by: 'Admin',
      detail: { id: `change-${changeId}`, code: null, count: 1 },
    })
    expect(told.text).not.toContain('A test')
  })

  it('are tried again one by one and by code, and wake who does it', async () => {
    const { changeId, linkId } = rig.seeded.b
    expect((await rig.call('admin', 'POST', `/api/v1/parked/change-${changeId}/retry`)).json.count).toBe(1)
    expect((await rig.call('admin', 'POST', '/api/v1/parked/retry', { code: 'CW_RECORD_INVALID' })).json.count).toBe(1)
    expect((await rig.call('admin', 'POST', '/api/v1/parked/retry', { code: 'CW_NOTICE_REFUSED' })).json.count).toBe(1)
    const [change] = await rig.db.select().from(changes).where(eq(changes.id, changeId))
    expect(change).toMatchObject({ status: 'pending', code: null })
    const [write] = await rig.db.select().from(writes).where(eq(writes.linkId, linkId))
    expect(write).toMatchObject({ status: 'planned', code: null })
    expect(await nudged()).toEqual(expect.arrayContaining(['stream/portal/deals', 'sender/sales', 'mailer']))
  })

  it('are for admins to act on', async () => {
    const answer = await rig.call('manager', 'POST', '/api/v1/parked/retry', { code: 'CW_RECORD_INVALID' })
    expect([answer.status, answer.json.error.code]).toEqual([403, 'CW_FORBIDDEN'])
  })
})

it('keeps books in which what was received equals the sum of how it ended', async () => {
  const { json } = await rig.call('manager', 'GET', '/api/v1/changes/summary')
  expect(json.items).toEqual([
    expect.objectContaining({
      connection: 'portal',
      received: 2,
      noOp: 1,
      pending: 1,
      applied: 0,
      parked: 0,
      balanced: true,
    }),
  ])
})

it('tells how each connection does', async () => {
  const { json } = await rig.call('manager', 'GET', '/api/v1/connections')
  expect(json.items.map(({ name, status, webhookUrl }) => [name, status, webhookUrl])).toEqual([
    ['portal', 'healthy', 'https://causeway.example.com/hooks/portal'],
    ['sales', 'healthy', null],
  ])
  expect(json.items[1]).toMatchObject({ unsent: 1, budget: { dailyLimit: 500, usedToday: 0 } })
})

it('starts processes again from rows', async () => {
  const { status, json } = await rig.call('admin', 'POST', '/api/v1/rehydrate')
  expect([status, json['registrations']]).toEqual([202, expect.any(Number)])
})

describe('keys', () => {
  it('are shown once, kept as a hash, and end when revoked', async () => {
    const made = await rig.call('admin', 'POST', '/api/v1/keys', { label: 'Eva', role: 'manager' })
    const key = String(made.json['key'])
    expect(key).toMatch(/^ck_[\w-]{43}$/)
    const use = () => rig.app.request('/api/v1/tasks', { headers: { authorization: `Bearer ${key}` } })
    expect((await use()).status).toBe(200)
    expect((await rig.call('admin', 'GET', '/api/v1/keys')).text).not.toContain(key)
    expect((await rig.call('admin', 'DELETE', `/api/v1/keys/${made.json.id}`)).status).toBe(200)
    expect((await use()).status).toBe(401)
  })

  it('of a partner need a partner', async () => {
    const { status } = await rig.call('admin', 'POST', '/api/v1/keys', { label: 'x', role: 'partner' })
    expect(status).toBe(400)
  })
})

describe('refusals', () => {
  it.each([
    ['no key', {}],
    ['an unknown key', { authorization: 'Bearer ck_nothing' }],
    ['another scheme', { authorization: 'Basic ck_nothing' }],
  ])('answers 401 to %s', async (_, headers) => {
    const response = await rig.app.request('/api/v1/tasks', { headers })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { code: 'CW_UNAUTHENTICATED' } })
  })

  it('answers 413 to a body that is too large, and 400 to one that is no JSON', async () => {
    const large = await rig.call('admin', 'POST', '/api/v1/registrations', { company: 'x'.repeat(300_000) })
    expect([large.status, large.json.error.code]).toEqual([413, 'CW_REQUEST_TOO_LARGE'])
    const headers = { authorization: `Bearer ${rig.keys.admin}`, 'content-type': 'application/json' }
    const broken = await rig.app.request('/api/v1/registrations', { method: 'POST', headers, body: '{' })
    expect([broken.status, await broken.json()]).toEqual([
      400,
      { error: expect.objectContaining({ code: 'CW_REQUEST_INVALID' }) as unknown },
    ])
  })

  it('answers 400 to text that cannot be kept', async () => {
    const { partnerId } = rig.seeded.b
    const claim = { partnerId, submittedBy: 'x', company: 'a\0b' }
    expect((await rig.call('admin', 'POST', '/api/v1/registrations', claim)).status).toBe(400)
    expect((await rig.call('admin', 'GET', '/api/v1/registrations?company=a%00b')).status).toBe(400)
  })

  it('sends headers that browsers obey, and allows no other origin', async () => {
    const { headers } = await rig.call('admin', 'GET', '/api/v1/tasks')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('says 503 when the database does not answer, and nothing of its address', async () => {
    const pool = new Pool({ connectionString: 'postgres://user:secret@127.0.0.1:1/none', connectionTimeoutMillis: 500 })
    const app = createApi({ ...rig.deps, db: drizzle(pool, { schema, casing: 'snake_case' }) })
    const response = await app.request('/api/v1/tasks', { headers: { authorization: `Bearer ${rig.keys.admin}` } })
    const text = await response.text()
    expect([response.status, text.includes('CW_DATABASE_UNAVAILABLE')]).toEqual([503, true])
    expect(text).not.toMatch(/secret|127\.0\.0\.1|select/)
    await pool.end()
  })

  it('logs what it did not expect under the request’s id, and tells nothing of it', async () => {
    const app = createApi({
      ...rig.deps,
      kick: () => {
        throw new TypeError('the inside')
      },
    })
    const headers = { authorization: `Bearer ${rig.keys.admin}` }
    const response = await app.request('/api/v1/rehydrate', { method: 'POST', headers })
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).toContain('CW_INTERNAL')
    expect(text).not.toContain('the inside')
    const id = response.headers.get('x-request-id')
    expect(rig.logged.find(({ fields }) => fields['requestId'] === id)?.fields).toMatchObject({ message: 'the inside' })
  })

  it('answers people with a page and a reference, also where the failure is ours, and programs with JSON', async () => {
    const { token } = await issueLink(
      rig.db,
      { purpose: 'decide', taskId: rig.seeded.b.taskId, address: 'desk@example.com' },
      60_000,
    )
    await rig.db.update(tasks).set({ assignee: 'desk@example.com' }).where(eq(tasks.id, rig.seeded.b.taskId))
    const broken = createApi({
      ...rig.deps,
      kick: () => {
        throw new TypeError('the inside')
      },
    })
    const failed = await broken.request(`/decide/${token}`, {
      method: 'POST',
      body: new URLSearchParams({ decision: 'approve' }),
    })
    const reference = failed.headers.get('x-request-id') ?? 'none'
    const text = await failed.text()
    expect([failed.status, failed.headers.get('content-type')]).toEqual([500, 'text/html; charset=UTF-8'])
    expect(text).toContain(reference)
    expect(text).toContain('<h1>Something went wrong on our side</h1>')
    expect(text).not.toMatch(/the inside|CW_/)
    expect(rig.logged.find(({ fields }) => fields['requestId'] === reference)?.fields).toMatchObject({
      code: 'CW_INTERNAL',
      message: 'the inside',
    })

    const pool = new Pool({ connectionString: 'postgres://user:secret@127.0.0.1:1/none', connectionTimeoutMillis: 500 })
    const down = createApi({ ...rig.deps, db: drizzle(pool, { schema, casing: 'snake_case' }) })
    for (const path of [`/decide/${token}`, '/partner/none']) {
      const response = await down.request(path)
      expect([path, response.status, response.headers.get('retry-after')]).toEqual([path, 503, '5'])
      expect(await response.text()).toMatch(/<h1>Not possible right now<\/h1>[^]*<code>[0-9a-f-]{36}<\/code>/)
    }
    await pool.end()

    const asked = async (path: string, accept: string) => {
      const response = await rig.app.request(path, { headers: { accept } })
      return [response.status, response.headers.get('content-type')?.split(';')[0]]
    }
    expect(await asked('/decide/', 'text/html')).toEqual([404, 'text/html'])
    expect(await asked('/nowhere', 'text/html,*/*')).toEqual([404, 'text/html'])
    expect(await asked('/nowhere', '*/*')).toEqual([404, 'application/json'])
    expect(await asked('/api/v1/policies/page', 'text/html')).toEqual([401, 'text/html'])
    expect(await asked('/api/v1/policies/page', 'application/json')).toEqual([401, 'application/json'])
  })
})

it('is ready only when all its parts are', async () => {
  expect((await rig.app.request('/ready')).status).toBe(200)
  const broken = { part: 'temporal', ok: false, code: 'CW_TEMPORAL_UNAVAILABLE' as const, message: 'does not answer' }
  const app = createApi({ ...rig.deps, health: () => Promise.resolve([broken]) })
  const response = await app.request('/ready')
  expect([response.status, await response.json()]).toEqual([503, { ready: false, parts: [broken] }])
  expect((await app.request('/health')).status).toBe(200)
})
