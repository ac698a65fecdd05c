/** Notices over real servers: at least once each, always under the same id. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startMailbox, type RunningMailbox, type SmtpFaultInput } from '../../../sandbox/mailbox/index.ts'
import type { Delivery } from '../../../connectors/channels/contract.ts'
import { mailChannel } from '../../../connectors/channels/smtp.ts'
import { noticeCircuits, notices } from '../../db/schema/index.ts'
import { one, startRig, type Rig } from '../rig.test-support.ts'
import { untilDue } from './claim.ts'
import { sendDue } from './send.ts'

let rig: Rig
let mailbox: RunningMailbox
let smtp: ReturnType<typeof mailChannel>
let count = 0
beforeAll(async () => {
  ;[rig, mailbox] = await Promise.all([startRig(), startMailbox()])
  smtp = mailChannel({ smtp: mailbox.smtpUrl, from: 'Causeway <partners@vendor.example>' })
}, 60_000)
afterAll(async () => {
  smtp.close()
  await Promise.all([rig.close(), mailbox.close()])
})
beforeEach(async () => {
  await rig.db.delete(notices)
  await rig.db.delete(noticeCircuits)
  await Promise.all(['messages', 'faults'].map((what) => fetch(`${mailbox.url}/${what}`, { method: 'DELETE' })))
})

const receivedSchema = z.object({
  messages: z.array(
    z.object({
      to: z.array(z.string()),
      subject: z.string(),
      text: z.string(),
      headers: z.record(z.string(), z.string()),
    }),
  ),
})
const received = async () => receivedSchema.parse(await (await fetch(`${mailbox.url}/messages`)).json()).messages
const fault = (input: SmtpFaultInput) => fetch(`${mailbox.url}/faults`, { method: 'POST', body: JSON.stringify(input) })
const send = () => sendDue({ db: rig.db, channels: { email: smtp } })
const all = () => rig.db.select().from(notices).orderBy(notices.id)
/** Lets every pause and lease end. */
const pauseEnds = async () => {
  await rig.db.update(notices).set({ notBefore: sql`now() - interval '1 second'`, leaseUntil: null })
  await rig.db.update(noticeCircuits).set({ openUntil: sql`now() - interval '1 second'` })
}

/** One task for a person, and by that one notice. */
async function planned(): Promise<typeof notices.$inferSelect> {
  count += 1
  const partner = await rig.partner(`Nordwind ${String(count)}`)
  const id = await rig.claim(partner, { company: `Werft ${String(count)}`, domain: `werft${String(count)}.com` })
  await rig.settle(id)
  return one(await rig.db.select().from(notices).where(eq(notices.subjectId, id)))
}

const drain = async () => {
  while ((await send()) > 0);
}

describe('a notice', () => {
  it('goes out once, with what a person needs to decide', async () => {
    const notice = await planned()
    expect(await send()).toBe(1)
    expect(await send()).toBe(0)
    const mail = one(await received())
    expect(mail).toMatchObject({
      to: ['manager@vendor.example'],
      headers: { 'message-id': `<${notice.id}@vendor.example>` },
    })
    expect(mail.subject).toMatch(/^Decision needed: Nordwind \d+ registered Werft \d+$/)
    expect(mail.text).toContain('The policy approves nothing by itself.')
    expect(mail.text).toMatch(/causeway tasks approve [0-9a-f-]{36}/)
    expect(one(await all())).toMatchObject({ status: 'sent', attempt: 1, code: null })
    expect(await untilDue(rig.db)).toBeNull()
  })

  it('that was sent and not marked is sent again under the same id', async () => {
    await planned()
    const seen: Delivery[] = []
    const dying = {
      ...smtp,
      async send(delivery: Delivery) {
        seen.push(delivery)
        await smtp.send(delivery)
        throw new Error('the process ends here')
      },
    }
    const killed = sendDue({ db: rig.db, channels: { email: dying } })
    await expect(killed).rejects.toThrow('ends here')
    expect(one(await all()).status).toBe('sending')
    // It is left alone while its lease runs, then taken up by whoever comes.
    expect(await send()).toBe(0)
    await pauseEnds()
    expect(await send()).toBe(1)
    const ids = (await received()).map(({ headers }) => headers['message-id'])
    expect(ids).toEqual(Array.from({ length: 2 }, () => `<${seen[0]?.id ?? ''}@vendor.example>`))
    expect(one(await all())).toMatchObject({ status: 'sent', attempt: 2 })
  })

  it('that the server kept without saying so is sent again under the same id', async () => {
    await planned()
    await fault({ kind: 'drop-after-data' })
    await send()
    expect(one(await all())).toMatchObject({ status: 'planned' })
    await pauseEnds()
    await send()
    const ids = (await received()).map(({ headers }) => headers['message-id'])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
  })

  it.each([421, 451])('is tried again after a %i, with a pause', async (code) => {
    await planned()
    await fault({ kind: 'reject', stage: 'data', code })
    await send()
    expect(one(await all())).toMatchObject({ status: 'planned', code: String(code), attempt: 1 })
    expect(await untilDue(rig.db)).toBeGreaterThan(500)
    expect(await send()).toBe(0)
    await pauseEnds()
    await send()
    expect(one(await all()).status).toBe('sent')
  })

  it.each([550, 554])('is parked after a %i, with the code, and holds up no other', async (code) => {
    await planned()
    await fault({ kind: 'reject', stage: 'rcpt', code })
    await planned()
    expect(await send()).toBe(2)
    const outcomes = (await all()).map((notice) => `${notice.status} ${notice.code ?? ''}`)
    expect(outcomes.toSorted()).toEqual([`parked ${String(code)}`, 'sent '])
    expect(await untilDue(rig.db)).toBeNull()
  })

  it('is parked when its template is unknown, and holds up no other', async () => {
    const notice = await planned()
    await rig.db.update(notices).set({ template: 'of.another.release' }).where(eq(notices.id, notice.id))
    await planned()
    await send()
    expect((await all()).map(({ status, code }) => [status, code])).toEqual([
      ['parked', 'template-unknown'],
      ['sent', null],
    ])
  })

  it('is parked after twenty refusals', async () => {
    const notice = await planned()
    await rig.db.update(notices).set({ attempt: 19 }).where(eq(notices.id, notice.id))
    await fault({ kind: 'reject', code: 451 })
    await send()
    expect(one(await all())).toMatchObject({ status: 'parked', attempt: 20, code: '451' })
  })

  it('waits while there is no server, and goes out when it is back', async () => {
    await planned()
    const nowhere = mailChannel({ smtp: 'smtp://127.0.0.1:9', from: 'x@vendor.example' })
    await sendDue({ db: rig.db, channels: { email: nowhere } })
    nowhere.close()
    expect(one(await all())).toMatchObject({ status: 'planned', attempt: 1 })
    await pauseEnds()
    await send()
    expect(await received()).toHaveLength(1)
  })
})

it('sends each of many notices once with two mailers at work', async () => {
  for (let i = 0; i < 25; i += 1) await planned()
  await Promise.all([drain(), drain()])
  const ids = (await received()).map(({ headers }) => headers['message-id'])
  expect(new Set(ids).size).toBe(25)
  expect(ids).toHaveLength(25)
})

it('keeps a company’s name from adding lines or headers', async () => {
  const partner = await rig.partner('Evil')
  await rig.settle(
    await rig.claim(partner, { company: 'Werft\r\nBcc: all@vendor.example\r\n\r\nhello', domain: 'evil-werft.com' }),
  )
  await send()
  const mail = one(await received())
  expect(mail.to).toEqual(['manager@vendor.example'])
  expect(mail.headers).not.toHaveProperty('bcc')
})

it('tells neither of two partners the other’s name, contact or amount', async () => {
  const [a, b] = [await rig.partner('Zorngiebel'), await rig.partner('Quastenflosser')]
  const prospect = { company: 'Turmbau', domain: 'turmbau.com' }
  await rig.settle(await rig.claim(a, { ...prospect, amount: '31337', contactEmail: 'xaver@turmbau.com' }))
  await rig.settle(await rig.claim(b, { ...prospect, amount: '47110', contactEmail: 'yvonne@turmbau.com' }))
  await send()
  const mails = await received()
  const first = JSON.stringify(mails.filter((mail) => mail.to.includes('desk@zorngiebel.example')))
  const second = JSON.stringify(mails.filter((mail) => mail.to.includes('desk@quastenflosser.example')))
  expect(first).toContain('Another partner')
  expect(first).not.toMatch(/quastenflosser|47110|yvonne/i)
  expect(second).toContain('declined')
  expect(second).not.toMatch(/zorngiebel|31337|xaver/i)
})
