/** Links that stand for a person: only their hashes are kept, each decides once, and what is forged, over or revoked is refused by name. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { signedLinks } from '../db/schema/index.ts'
import { plus } from '../domain/time.ts'
import { one, startRig, type Rig } from './rig.test-support.ts'
import { findLink, issueLink, openLink, revokeLinks, useLink, type LinkFor } from './signed-links.ts'

const HOUR = 3_600_000
let rig: Rig
let partnerId: string
let decide: LinkFor & { purpose: 'decide' }
beforeAll(async () => {
  rig = await startRig()
  partnerId = await rig.partner('North')
  const claim = await rig.claim(partnerId)
  await rig.settle(claim)
  decide = { purpose: 'decide', taskId: one(await rig.tasks(claim)).id, address: 'manager@vendor.example' }
}, 60_000)
afterAll(() => rig.close())

const code = (expected: string): unknown => expect.objectContaining({ code: expected })
const use = (token: string) => rig.db.transaction((tx) => useLink(tx, token, 'decide'))

it('keeps no token, and finds the link by it alone', async () => {
  const { id, token } = await issueLink(rig.db, decide, HOUR)
  const kept = one(await rig.db.select().from(signedLinks).where(eq(signedLinks.id, id)))
  expect(JSON.stringify(kept)).not.toContain(token)
  expect(await openLink(rig.db, token, 'decide')).toMatchObject({ id, address: decide.address, taskId: decide.taskId })
  await expect(openLink(rig.db, kept.hash, 'decide')).rejects.toEqual(code('CW_LINK_UNKNOWN'))
  await expect(openLink(rig.db, token, 'partner'), 'for another purpose').rejects.toEqual(code('CW_LINK_UNKNOWN'))
})

it('is used once, by one of ten that try at the same time', async () => {
  const { token } = await issueLink(rig.db, decide, HOUR)
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => use(token)))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  await expect(use(token)).rejects.toEqual(code('CW_LINK_USED'))
  expect((await findLink(rig.db, token, 'decide')).usedAt, 'its page can still say so').not.toBeNull()
})

it('stays unused where what it is for was refused', async () => {
  const { token } = await issueLink(rig.db, decide, HOUR)
  const refused = rig.db.transaction(async (tx) => {
    await useLink(tx, token, 'decide')
    throw new Error('refused')
  })
  await expect(refused).rejects.toThrow('refused')
  expect(await use(token)).toMatchObject({ taskId: decide.taskId })
})

it('is over at its instant and after it was revoked', async () => {
  const old = await issueLink(rig.db, decide, HOUR)
  await rig.db
    .update(signedLinks)
    .set({ expiresAt: sql`now() - interval '1 second'` })
    .where(eq(signedLinks.id, old.id))
  await expect(use(old.token)).rejects.toEqual(code('CW_LINK_EXPIRED'))
  expect((await findLink(rig.db, old.token, 'decide')).isOver).toBe(true)

  const { id, token } = await issueLink(rig.db, decide, HOUR)
  const open = one(await rig.db.select().from(signedLinks).where(eq(signedLinks.id, id)))
  expect(open.expiresAt <= plus(new Date().toISOString(), 2 * HOUR)).toBe(true)
  await rig.db.transaction((tx) => revokeLinks(tx, { taskId: decide.taskId }))
  await expect(use(token)).rejects.toEqual(code('CW_LINK_REVOKED'))
})

it('opens a partner’s pages as often as they are opened, until it is revoked with the partner', async () => {
  const link: LinkFor = {
    purpose: 'partner',
    partnerId,
    address: 'desk@north.example',
    contactId: null,
    registrationId: null,
  }
  const { token } = await issueLink(rig.db, link, HOUR)
  await openLink(rig.db, token, 'partner')
  expect(await openLink(rig.db, token, 'partner')).toMatchObject({ partnerId, registrationId: null })
  expect(await rig.db.transaction((tx) => revokeLinks(tx, { partnerId }))).toBe(1)
  await expect(openLink(rig.db, token, 'partner')).rejects.toEqual(code('CW_LINK_REVOKED'))
})
