/** What a mail server's refusal means: for this one message, or for the way to everybody. Against a real server. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startMailbox, type RunningMailbox, type SmtpFaultInput } from '../../sandbox/mailbox/index.ts'
import type { Delivery, Sent } from './contract.ts'
import { mailChannel } from './smtp.ts'

let mailbox: RunningMailbox
beforeAll(async () => {
  mailbox = await startMailbox()
})
afterAll(() => mailbox.close())
beforeEach(async () => {
  for (const what of ['faults', 'messages']) await fetch(`${mailbox.url}/${what}`, { method: 'DELETE' })
})

async function send(more: { to?: string; from?: string; login?: string } = {}): Promise<Sent> {
  const { to = 'ada@example.com', from = 'Causeway <partners@vendor.example>', login = '' } = more
  const channel = mailChannel({ smtp: mailbox.smtpUrl.replace('//', `//${login}`), from })
  const message = { subject: 'Hello', parts: [], footer: null, language: 'en', direction: 'ltr' } as const
  const about = { template: 't', audience: 'manager', subjectId: 's', eventId: 'e', facts: {}, at: '' }
  try {
    return await channel.send({ id: 'n1', to, message: { ...message, parts: [] }, about } satisfies Delivery)
  } finally {
    channel.close()
  }
}

const fault = (input: SmtpFaultInput) => fetch(`${mailbox.url}/faults`, { method: 'POST', body: JSON.stringify(input) })
async function received(): Promise<string> {
  return (await fetch(`${mailbox.url}/messages`)).text()
}

it('is taken with a login', async () => {
  expect(await send({ login: 'causeway:right@' })).toEqual({ sent: true, reference: null })
})

it.each([
  ['the login', 'auth', 535],
  ['the sender', 'mail', 550],
] as const)('waits for a person to mend the settings when the server refuses %s', async (_, stage, code) => {
  await fault({ kind: 'reject', stage, code, times: 'always' })
  expect(await send({ login: 'causeway:wrong@' })).toMatchObject({
    sent: false,
    permanent: false,
    scope: 'route',
    code: String(code),
  })
})

it.each([
  ['rcpt', 550, true],
  ['rcpt', 450, false],
  ['data', 554, true],
  ['data', 451, false],
] as const)('takes a refusal at %s with %i for that of this message', async (stage, code, permanent) => {
  await fault({ kind: 'reject', stage, code })
  expect(await send()).toMatchObject({ sent: false, permanent, scope: 'message', code: String(code) })
})

it.each(['nobody', 'ada@exa mple.com', 'a@example.com>\r\nRCPT TO:<b@example.com'])(
  'refuses what is no address by itself, so that it holds up nobody else: %j',
  async (to) => {
    expect(await send({ to })).toMatchObject({
      sent: false,
      permanent: true,
      scope: 'message',
      code: 'address-invalid',
    })
    expect(await received()).toContain('[]')
  },
)

it('writes to one address alone, whatever a field of the CRM holds', async () => {
  expect(await send({ to: 'ada@example.com, eve@example.com' })).toMatchObject({ sent: false, permanent: true })
  expect(await send({ to: 'Team: ada@example.com, eve@example.com;' })).toMatchObject({ sent: false, permanent: true })
  expect(await received()).not.toContain('eve@example.com')
})
