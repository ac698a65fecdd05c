import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { registrations } from '../db/schema/index.ts'
import { openRig, secretsOfB, type Rig } from './rig.test-support.ts'

let rig: Rig
beforeEach(async () => void (rig = await openRig()))
afterEach(() => rig.close())

const path = (rest = '') => `/api/v1/clashes/${rig.seeded.b.clashId}${rest}`

it('lists and shows both values to staff, by state, connection and record', async () => {
  const all = await rig.call('manager', 'GET', '/api/v1/clashes?state=open&connection=sales')
  expect(all.json.items).toHaveLength(2)
  const one = await rig.call('manager', 'GET', `/api/v1/clashes?recordId=${rig.seeded.b.registrationId}`)
  const clash = { field: 'amount', ours: secretsOfB.amount, theirs: '5', name: secretsOfB.company, winner: 'open' }
  expect(one.json.items).toMatchObject([clash])
  expect((await rig.call('manager', 'GET', '/api/v1/clashes?state=settled')).json.items).toEqual([])
  expect((await rig.call('manager', 'GET', path())).json).toMatchObject(clash)
  const beside = await rig.call('manager', 'GET', `/api/v1/registrations/${rig.seeded.b.registrationId}`)
  expect(beside.json).toMatchObject({ clashes: [clash] })
})

it('takes the first ruling, wakes the senders, and tells the second decider who was first and when', async () => {
  const kicks = rig.kicks()
  const ruled = await rig.call('manager', 'POST', path('/ruling'), { winner: 'theirs' })
  expect(ruled).toMatchObject({ status: 200, json: { winner: 'theirs', decidedBy: secretsOfB.staff } })
  expect(rig.kicks()).toBe(kicks + 1)
  const [row] = await rig.db.select().from(registrations).where(eq(registrations.id, rig.seeded.b.registrationId))
  expect(row?.amount).toBe('5')
  const second = await rig.call('admin', 'POST', path('/ruling'), { winner: 'ours' })
  expect(second).toMatchObject({
    status: 409,
    json: { error: { code: 'CW_CLASH_DECIDED', detail: { winner: 'theirs', decidedBy: secretsOfB.staff } } },
  })
  expect(second.json.error.detail['decidedAt']).toMatch(/^\d{4}-/)
})

it('turns a settled clash around once nobody has edited the field since', async () => {
  expect(await rig.call('manager', 'POST', path('/restore'))).toMatchObject({
    status: 409,
    json: { error: { code: 'CW_TRANSITION_ILLEGAL' } },
  })
  await rig.call('manager', 'POST', path('/ruling'), { winner: 'theirs' })
  expect(await rig.call('manager', 'POST', path('/restore'))).toMatchObject({ status: 200, json: { winner: 'ours' } })
  await rig.db.update(registrations).set({ amount: '7.00' })
  expect(await rig.call('manager', 'POST', path('/restore'))).toMatchObject({
    status: 409,
    json: { error: { code: 'CW_UNDO_EDITED' } },
  })
})

it('refuses a ruling for nobody and a clash that is none', async () => {
  expect((await rig.call('manager', 'POST', path('/ruling'), { winner: 'open' })).status).toBe(400)
  const unknown = `/api/v1/clashes/${rig.seeded.b.registrationId}`
  expect((await rig.call('manager', 'GET', unknown)).status).toBe(404)
  expect((await rig.call('manager', 'POST', `${unknown}/ruling`, { winner: 'ours' })).status).toBe(404)
})
