/** `causeway notices` as a person uses it, against a real API. */
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mailChannel } from '../../connectors/channels/smtp.ts'
import { createApi } from '../http/api.ts'
import { noticePreferences, notices } from '../db/schema/index.ts'
import { openRig, type Rig } from '../http/rig.test-support.ts'
import { readEnvironment } from '../runtime/environment.ts'
import type { CliContext } from './context.ts'
import { createProgram } from './program.ts'

let rig: Rig
let server: Server
let url = ''
let mail: ReturnType<typeof mailChannel>

beforeAll(async () => {
  rig = await openRig()
  mail = mailChannel({ smtp: 'smtp://127.0.0.1:9', from: 'Desk <desk@vendor.example>' })
  const listener = getRequestListener(createApi({ ...rig.deps, channels: { email: mail } }).fetch)
  server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address !== null && typeof address !== 'string') url = `http://127.0.0.1:${String(address.port)}`
})

afterAll(async () => {
  mail.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rig.close()
})

async function run(...words: string[]): Promise<string> {
  const told: string[] = []
  const context: CliContext = {
    env: readEnvironment({ CAUSEWAY_URL: url, CAUSEWAY_API_KEY: rig.keys.manager }),
    out: (text) => void told.push(text),
    err: (text) => void told.push(text),
    colour: false,
    ask: null,
  }
  await createProgram(() => context).parseAsync(words, { from: 'user' })
  return told.join('\n')
}

it('lists what was told, on its registration too, shows it and sends a parked one again', async () => {
  const id = rig.seeded.b.noticeId
  const listed = await run('notices', 'list', '--status', 'parked')
  expect(listed).toMatch(/task\.opened +email +\S+@\S+ +parked +\S+ \S+ +550/)
  expect(await run('registrations', 'show', rig.seeded.b.registrationId)).toMatch(/task\.opened +email .* 550/)
  expect(await run('notices', 'show', id)).toMatch(/Code +550\n/)
  expect(await run('notices', 'routes')).toMatch(/email +0 +2 +0/)
  expect(await run('notices', 'retry', id)).toBe(`Planned again: ${id}`)
  const [row] = await rig.db.select().from(notices).where(eq(notices.id, id))
  expect(row).toMatchObject({ status: 'planned', attempt: 0, code: null })
  await expect(run('notices', 'retry', id)).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
  await expect(run('notices', 'show', 'ffffffff')).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
})

it('previews a notice as text, as the channel gets it, and on a registration', async () => {
  expect(await run('notices', 'templates')).toMatch(/registration\.approved +registration +partner, manager +yes/)
  const text = await run('notices', 'preview', 'registration.approved', '--time-zone', 'America/New_York')
  expect(text).toMatch(
    /^Subject: Approved: Northwind Ltd\n\nYour registration .*\n\n.* until May 2, 2027 at 05:30 AM EDT\.\n\n.* began February 1, 2027 at 04:30 AM EST\.\n\nBy our policy: Rules of engagement, 3\.1 small-deals$/s,
  )
  const html = await run('notices', 'preview', 'task.opened', '--channel', 'email')
  expect(html).toMatch(/^<!doctype html>.*<pre dir="ltr".*causeway tasks approve /s)
  const real = await run('notices', 'preview', 'registration.won', '--registration', rig.seeded.b.registrationId)
  expect(real).not.toContain('Northwind')
  const made: unknown = JSON.parse(
    await run('notices', 'preview', 'registration.won', '--audience', 'manager', '--json'),
  )
  expect(made).toMatchObject({ audience: 'manager', language: 'en', subject: 'Won: Northwind Ltd (Bright Partners)' })
  for (const words of [
    ['of.no.kind'],
    ['registration.won', '--audience', 'rep'],
    ['registration.won', '--channel', 'slack'],
    ['registration.won', '--time-zone', 'Mars/Olympus'],
    ['registration.won', '--language', 'xx'],
  ])
    await expect(run('notices', 'preview', ...words)).rejects.toMatchObject({
      code: words[0] === 'of.no.kind' ? 'CW_NOT_FOUND' : 'CW_REQUEST_INVALID',
    })
})

it('keeps how a person wishes to be told, and what waits for their digest follows', async () => {
  const person = 'Ada@vendor.example'
  const waiting = async () => {
    const [row] = await rig.db.select().from(notices).where(eq(notices.recipient, person))
    return row
  }
  await rig.db
    .update(notices)
    .set({
      recipient: person,
      template: 'registration.won',
      status: 'planned',
      rhythm: 'daily',
      notBefore: sql`now() + interval '9 hours'`,
    })
    .where(eq(notices.id, rig.seeded.b.noticeId))
  const set = await run(
    'notices',
    'preferences',
    person,
    '--topic',
    'registration',
    '--channels',
    'email',
    '--digest',
    'weekly',
    '--weekday',
    '3',
    '--time-zone',
    'Asia/Tokyo',
  )
  expect(set).toMatch(/registration +email +weekly/)
  const due = new Intl.DateTimeFormat('en', {
    timeZone: 'Asia/Tokyo',
    weekday: 'long',
    hour: '2-digit',
    hourCycle: 'h23',
  })
  const parts = due.formatToParts(new Date((await waiting())?.notBefore ?? '')).map(({ value }) => value)
  expect(parts).toEqual(expect.arrayContaining(['Wednesday', '08']))
  // One more thing said leaves the rest as it is.
  expect(await run('notices', 'preferences', person, '--language', 'en-GB')).toMatch(/en-GB[^]*Asia\/Tokyo[^]*weekly/)
  await run('notices', 'preferences', person, '--digest', 'immediate', '--topic', 'registration')
  expect(await waiting()).toMatchObject({ rhythm: null })
  await expect(
    run('notices', 'preferences', person, '--topic', 'weather', '--channels', 'email'),
  ).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  await expect(run('notices', 'preferences', person, '--channels', 'slack')).rejects.toMatchObject({
    code: 'CW_REQUEST_INVALID',
  })
  await run('notices', 'preferences', person, '--clear')
  expect(await rig.db.select().from(noticePreferences)).toEqual([])
})
