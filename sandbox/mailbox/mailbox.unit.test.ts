import { createTransport, type SendMailOptions } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startMailbox, type RunningMailbox, type SmtpFaultInput } from './index.ts'

let mailbox: RunningMailbox
beforeEach(async () => {
  mailbox = await startMailbox()
})
afterEach(() => mailbox.close())

const send = (more: SendMailOptions = {}) =>
  createTransport({ host: '127.0.0.1', port: mailbox.smtpPort, ignoreTLS: true }).sendMail({
    from: 'Portal <portal@vendor.example>',
    to: 'ana@bright.example',
    subject: 'Grüße',
    text: 'Your registration is approved.',
    ...more,
  })
const listSchema = z.object({ messages: z.array(z.looseObject({ id: z.string(), subject: z.string() })) })
const list = async (query = '') =>
  listSchema.parse(await (await fetch(`${mailbox.url}/messages${query}`)).json()).messages
const fault = (input: SmtpFaultInput) => fetch(`${mailbox.url}/faults`, { method: 'POST', body: JSON.stringify(input) })

describe('the mailbox', () => {
  it('keeps mails whole', async () => {
    await mailbox.control.clock.set('2026-11-23T10:00:00.000Z')
    await send({
      html: '<p>approved</p>',
      replyTo: 'help@vendor.example',
      bcc: 'audit@vendor.example',
      headers: { 'X-Ref': 'r1' },
    })
    const [message] = await list()
    expect(message).toMatchObject({
      at: '2026-11-23T10:00:00.000Z',
      from: 'portal@vendor.example',
      to: ['ana@bright.example'],
      envelope: { to: ['ana@bright.example', 'audit@vendor.example'] },
      replyTo: ['help@vendor.example'],
      subject: 'Grüße',
      text: expect.stringContaining('approved') as unknown,
      html: '<p>approved</p>',
      headers: { 'x-ref': 'r1' },
    })
    const whole = z
      .object({ raw: z.string() })
      .parse(await (await fetch(`${mailbox.url}/messages/${message?.id ?? ''}`)).json())
    expect(whole.raw).toContain('X-Ref: r1')
    expect((await fetch(`${mailbox.url}/messages/none`)).status).toBe(404)
  })

  it('finds by recipient and subject, and forgets when cleared', async () => {
    await send()
    await send({ to: 'kim@link.example', subject: 'Two' })
    expect(await list('?to=KIM')).toMatchObject([{ subject: 'Two' }])
    expect(await list('?subject=gr')).toHaveLength(1)
    await fetch(`${mailbox.url}/messages`, { method: 'DELETE' })
    expect(await list()).toEqual([])
  })

  it.each([
    ['mail', 421],
    ['rcpt', 550],
    ['data', 451],
  ] as const)('refuses at %s with %i, as often as told', async (stage, code) => {
    await fault({ kind: 'reject', stage, code, message: 'No' })
    await expect(send()).rejects.toMatchObject({ responseCode: code })
    await send()
    expect(await list()).toHaveLength(1)
  })

  it('refuses only the recipients that are named', async () => {
    await fault({ kind: 'reject', stage: 'rcpt', code: 550, to: 'bright', times: 'always' })
    await expect(send()).rejects.toMatchObject({ responseCode: 550 })
    await send({ to: 'kim@link.example' })
    expect(await list()).toHaveLength(1)
  })

  it('can keep a mail and drop the connection, so that the sender never learns', async () => {
    await fault({ kind: 'drop-after-data' })
    await expect(send()).rejects.toMatchObject({ code: 'ECONNECTION' })
    await send()
    expect(await list()).toHaveLength(2)
  })

  it('says what is wrong with a fault', async () => {
    const answer = await fetch(`${mailbox.url}/faults`, { method: 'POST', body: '{"kind":"explode"}' })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid' } })
  })
})
