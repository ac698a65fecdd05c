/** Slack, Teams, webhooks, CRM tasks and the portal beside mail: over real HTTP, each once by its id, each failing by itself. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Client } from 'pg'
import { z } from 'zod'
import { unlimitedBudget } from '../../../connectors/budget.ts'
import type { Delivery } from '../../../connectors/channels/contract.ts'
import { mailChannel } from '../../../connectors/channels/smtp.ts'
import { slackChannel } from '../../../connectors/channels/slack.ts'
import { teamsChannel } from '../../../connectors/channels/teams.ts'
import { webhookChannel } from '../../../connectors/channels/webhook.ts'
import type { Comment } from '../../../connectors/contract.ts'
import { createHttp } from '../../../connectors/http.ts'
import { silentLog } from '../../../connectors/log.ts'
import { startSandbox, type RunningSandbox } from '../../../sandbox/framework/start.ts'
import { startMailbox, type RunningMailbox } from '../../../sandbox/mailbox/index.ts'
import { botToken, hookPath, slackSandbox } from '../../../sandbox/slack/index.ts'
import { links, noticeCircuits, noticePreferences, notices, registrations } from '../../db/schema/index.ts'
import type { Choice } from '../../domain/notice.ts'
import type { Programme } from '../programme.ts'
import { one, startRig, type Rig } from '../rig.test-support.ts'
import { record } from '../step.ts'
import type { AudienceOf, TemplateName } from './catalogue.ts'
import { untilDue } from './claim.ts'
import { crmTaskChannel } from './crm-task.ts'
import type { Told } from './people.ts'
import { portalCommentChannel } from './portal-comment.ts'
import { sendDue, type Channels } from './send.ts'
import { plainSettings, type NoticeSettings } from './settings.ts'
import { tell } from './tell.ts'

const manager = 'manager@vendor.example'
const secret = 'sixteen-letters-or-more'

interface Got {
  path: string
  headers: IncomingMessage['headers']
  body: string
}

/** Answers as it is told, and keeps what came: workflows of Teams and programs of the customer's own. */
function startReceiver() {
  const got: Got[] = []
  let answers: { status: number; headers?: Record<string, string> }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body })
      const { status, headers } = answers.shift() ?? { status: 202 }
      response.writeHead(status, headers).end()
    })
  })
  return new Promise<{
    url: string
    got: Got[]
    answerWith(...next: typeof answers): void
    close(): Promise<unknown>
  }>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      resolve({
        url: `http://127.0.0.1:${String(address.port)}`,
        got,
        answerWith: (...next) => void (answers = next),
        close: () => new Promise((done) => server.close(done)),
      })
    })
  })
}

let rig: Rig
let mailbox: RunningMailbox
let slack: RunningSandbox
let receiver: Awaited<ReturnType<typeof startReceiver>>
let mail: ReturnType<typeof mailChannel>
let channels: Channels
const said: Comment[] = []
const http = createHttp({ connection: 'notices', budget: unlimitedBudget, log: silentLog })

beforeAll(async () => {
  ;[rig, mailbox, slack, receiver] = await Promise.all([
    startRig(),
    startMailbox(),
    startSandbox(slackSandbox),
    startReceiver(),
  ])
  mail = mailChannel({ smtp: mailbox.smtpUrl, from: 'Causeway <partners@vendor.example>' })
  const place = `${receiver.url}/teams`
  const portal = {
    comment: (comment: Comment) => {
      said.push(comment)
      return Promise.resolve({ id: 'c1' })
    },
  }
  channels = {
    email: mail,
    slack: slackChannel(http, () => ({
      token: botToken,
      api: `${slack.url}/api`,
      places: { desk: 'C0DESK', hook: `${slack.url}/services/${hookPath}` },
    })),
    teams: teamsChannel(http, () => ({ team: place })),
    webhook: webhookChannel(http, () => ({ warehouse: { url: `${receiver.url}/hook`, secret } })),
    'crm-task': crmTaskChannel(rig.db, rig.programme),
    'portal-comment': portalCommentChannel(rig.db, new Map([['portal', portal]])),
  }
  await slack.control.seed({ people: [{ id: 'U0MANAGER', email: manager, name: 'Manager' }] })
}, 60_000)
afterAll(async () => {
  mail.close()
  http.close()
  await Promise.all([rig.close(), mailbox.close(), slack.close(), receiver.close()])
})
beforeEach(async () => {
  for (const table of [notices, noticeCircuits, noticePreferences]) await rig.db.delete(table)
  receiver.got.length = 0
  receiver.answerWith()
  said.length = 0
  await slack.control.faults.clear()
  await fetch(`${mailbox.url}/messages`, { method: 'DELETE' })
})

const available: NoticeSettings['available'] = new Set(['email', 'slack', 'crm-task', 'portal-comment'])
const settings = (more: Partial<NoticeSettings> = {}): NoticeSettings => ({ ...plainSettings, available, ...more })
const place = (channel: 'slack' | 'teams' | 'webhook', name: string, topics: string[] = []) => ({
  channel,
  name,
  topics,
  audiences: ['manager', 'director'] as const,
  language: 'en-GB',
  timeZone: 'UTC',
})
const by = (more: Partial<NoticeSettings>): Programme => ({ ...rig.programme, notices: settings(more) })

let count = 0
/** Tells the people of a claim of its own by these settings. */
async function tellOf<T extends TemplateName>(
  more: Partial<NoticeSettings>,
  template: T,
  told: readonly Told<AudienceOf<T>>[],
): Promise<string> {
  count += 1
  const n = String(count)
  const partner = await rig.partner(`Nordwind ${n}`)
  const id = await rig.claim(partner, { company: `Werft ${n}`, domain: `werft${n}.com` })
  const programme = by(more)
  const row = await rig.row(id)
  await rig.db.transaction(async (tx) => {
    const event = await record(tx, programme, row, { what: template, stepKey: template })
    await tell(tx, programme, row, event, template, told)
  })
  return id
}

const send = (more: Partial<Channels> = {}, told = settings()) =>
  sendDue({ db: rig.db, channels: { ...channels, ...more }, settings: told })
const drain = async (told = settings()) => {
  while ((await send({}, told)) > 0);
}
const rows = () => rig.db.select().from(notices).orderBy(notices.id)
const short = async () => (await rows()).map(({ channel, status, code }) => [channel, status, code])
const pauseEnds = async () => {
  const past = sql`now() - interval '1 second'`
  await rig.db.update(notices).set({ notBefore: past }).where(eq(notices.status, 'planned'))
  await rig.db.update(noticeCircuits).set({ openUntil: past })
}
const prefer = (recipient: string, choices: Record<string, Choice>, more = {}) =>
  rig.db.insert(noticePreferences).values({ recipient, choices, ...more })

const slackMessages = async () =>
  z
    .looseObject({
      messages: z.array(
        z.looseObject({ channel: z.string(), text: z.string(), blocks: z.array(z.unknown()), metadata: z.unknown() }),
      ),
    })
    .parse(await slack.control.state()).messages
const mails = async () =>
  z
    .object({
      messages: z.array(
        z.object({
          to: z.array(z.string()),
          subject: z.string(),
          text: z.string(),
          headers: z.record(z.string(), z.string()),
        }),
      ),
    })
    .parse(await (await fetch(`${mailbox.url}/messages`)).json()).messages

const people = (channel: 'slack' | 'crm-task') => ({ ...plainSettings.people, manager: [channel] })

describe('Slack', () => {
  it('finds a person by their address and tells them once, under the id of the notice', async () => {
    await tellOf({ people: people('slack') }, 'task.opened', ['manager'])
    await drain()
    const [notice] = await rows()
    expect(notice).toMatchObject({ channel: 'slack', recipient: manager, status: 'sent', route: 'slack' })
    const message = one((await slackMessages()).slice(-1))
    expect(message).toMatchObject({
      channel: 'D0MANAGER',
      metadata: { event_type: 'causeway_notice', event_payload: { id: notice?.id, template: 'task.opened' } },
    })
    expect(notice?.reference).toMatch(/^D0MANAGER\/\d/)
    expect(JSON.stringify(message.blocks)).toContain('Decision needed: Nordwind')
    expect(await mails()).toEqual([])
  })

  it('says why it knows nobody, and the person is told by mail', async () => {
    await tellOf({ people: people('slack') }, 'registration.won', [{ as: 'manager', to: 'gone@vendor.example' }])
    await drain()
    expect(await short()).toEqual([
      ['slack', 'parked', 'users_not_found'],
      ['email', 'sent', null],
    ])
    expect(one(await mails()).to).toEqual(['gone@vendor.example'])
  })

  it('is not given up before the mail in its place is kept', async () => {
    await tellOf({ people: people('slack') }, 'registration.won', [{ as: 'manager', to: 'gone@vendor.example' }])
    const owner = new Client({ connectionString: rig.url })
    await owner.connect()
    try {
      // The database fails just there.
      await owner.query(`alter table notices add constraint no_mail check (channel <> 'email') not valid`)
      await expect(send()).rejects.toThrow('Failed query')
      await owner.query('alter table notices drop constraint no_mail')
    } finally {
      await owner.end()
    }
    await rig.db.update(notices).set({ notBefore: sql`now() - interval '1 second'` })
    await drain()
    expect(await short()).toEqual([
      ['slack', 'parked', 'users_not_found'],
      ['email', 'sent', null],
    ])
  })

  it('posts to a channel by the bot and to another by its webhook, and keeps names from being markup', async () => {
    const places = [place('slack', 'desk'), place('slack', 'hook', ['registration'])]
    const before = (await slackMessages()).length
    const id = await tellOf({ places }, 'registration.lost', ['manager'])
    await rig.db
      .update(registrations)
      .set({ company: '<!channel> & <https://x.example|Werft>' })
      .where(eq(registrations.id, id))
    await tellOf({ places }, 'task.opened', ['manager'])
    await drain(settings({ places }))
    const posted = (await slackMessages()).slice(before)
    expect(posted).toHaveLength(3)
    expect(new Set(posted.map(({ channel }) => channel)).size).toBe(2)
    // The heading is plain text, which Slack never reads as markup.
    const read = posted.map(({ text, blocks }) => JSON.stringify([text, blocks.slice(1)])).join('')
    expect(read).not.toMatch(/<!channel>|<https/)
    expect(read).toContain('&lt;!channel&gt; &amp;')
  })

  it('is left alone while its token is refused, and mail goes on', async () => {
    await slack.control.seed({ revoke: ['users:read.email'] })
    for (let i = 0; i < 4; i += 1) await tellOf({ people: people('slack') }, 'registration.won', ['manager'])
    await tellOf({}, 'registration.won', ['partner'])
    await drain()
    expect((await mails()).length).toBe(1)
    const circuit = one(await rig.db.select().from(noticeCircuits))
    expect(circuit).toMatchObject({ route: 'slack', failures: 3, code: 'missing_scope' })
    // The fourth was not tried, and none was lost.
    expect((await rows()).filter(({ channel }) => channel === 'slack').map(({ attempt }) => attempt)).toEqual([
      1, 1, 1, 0,
    ])
    await slack.control.reset()
    await slack.control.seed({ people: [{ id: 'U0MANAGER', email: manager, name: 'Manager' }] })
    await pauseEnds()
    await drain()
    expect((await rows()).map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'sent'))
    expect(await rig.db.select().from(noticeCircuits)).toEqual([])
  })
})

describe('a webhook', () => {
  const places = [place('webhook', 'warehouse')]

  it('is signed with its instant, under the same id in every try', async () => {
    receiver.answerWith({ status: 500 })
    const id = await tellOf({ places }, 'task.opened', ['manager'])
    await drain(settings({ places }))
    expect(await short()).toContainEqual(['webhook', 'planned', 'HTTP 500'])
    await pauseEnds()
    await drain(settings({ places }))
    expect(receiver.got).toHaveLength(2)
    const ids = receiver.got.map(({ headers }) => headers['idempotency-key'])
    const notice = (await rows()).find(({ channel }) => channel === 'webhook')
    expect(ids).toEqual([notice?.id, notice?.id])
    for (const { headers, body } of receiver.got) {
      const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['causeway-signature'])) ?? []
      expect(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')).toBe(v1)
      expect(Math.abs(Date.now() / 1000 - Number(t))).toBeLessThan(300)
    }
    const body: unknown = JSON.parse(receiver.got[0]?.body ?? '')
    expect(body).toMatchObject({
      id: notice?.id,
      template: 'task.opened',
      audience: 'manager',
      subjectId: id,
      facts: { partner: expect.stringMatching(/^Nordwind/) as unknown, amount: { amount: '1000', currency: 'USD' } },
    })
  })

  it('that was taken by a worker who died is sent again under the same id', async () => {
    await tellOf({ places }, 'task.opened', ['manager'])
    const { webhook } = channels
    const dying = {
      show: () => ({ type: 'text/plain' as const, body: '' }),
      async send(delivery: Delivery) {
        await webhook?.send(delivery)
        throw new Error('the process ends here')
      },
    }
    await expect(send({ webhook: dying }, settings({ places }))).rejects.toThrow('ends here')
    // Another route was not held up by it.
    expect(await mails()).toHaveLength(1)
    await rig.db.update(notices).set({ notBefore: sql`now() - interval '1 second'` })
    await drain(settings({ places }))
    expect(receiver.got).toHaveLength(2)
    expect(new Set(receiver.got.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  })

  it.each([400, 404, 410])('is parked after a %i', async (status) => {
    receiver.answerWith({ status })
    await tellOf({ places }, 'task.opened', ['manager'])
    await drain(settings({ places }))
    expect(await short()).toContainEqual(['webhook', 'parked', `HTTP ${String(status)}`])
    expect(receiver.got).toHaveLength(1)
  })
})

describe('Teams', () => {
  const places = [place('teams', 'team')]

  it('gets a card', async () => {
    await tellOf({ places }, 'registration.approved', ['manager'])
    await drain(settings({ places }))
    const card: unknown = JSON.parse(receiver.got[0]?.body ?? '')
    expect(card).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            body: [{ text: expect.stringMatching(/^Approved: Werft/) as unknown }, {}, {}],
          },
        },
      ],
    })
  })

  it('that asks for time gets it, and the others go on meanwhile', async () => {
    // Longer than the request may take, so that it is not waited for there.
    receiver.answerWith({ status: 429, headers: { 'retry-after': '90' } })
    await tellOf({ places }, 'task.opened', ['manager'])
    await tellOf({ places }, 'task.opened', ['manager'])
    await drain(settings({ places }))
    expect(receiver.got).toHaveLength(1)
    expect((await short()).map((row) => row.join(' ')).toSorted()).toEqual([
      'email sent ',
      'email sent ',
      'teams planned ',
      'teams planned HTTP 429',
    ])
    expect(await untilDue(rig.db)).toBeGreaterThan(80_000)
    await pauseEnds()
    await drain(settings({ places }))
    expect((await rows()).every(({ status }) => status === 'sent')).toBe(true)
  })
})

describe('the record’s own places', () => {
  it('a portal that takes comments is told beside the registration, else only the person', async () => {
    const told = { ...plainSettings.people, partner: ['email', 'portal-comment'] as const }
    const portal = rig.programme.systems.get('portal')
    if (portal === undefined) throw new Error('the rig has no portal')
    const commented = { ...portal, capabilities: portal.capabilities.map((c) => ({ ...c, comment: true })) }
    const partner = await rig.partner('Lotse')
    const id = await rig.claim(partner, { company: 'Turm', domain: 'turm.com', portal: 'portal' })
    await rig.db
      .insert(links)
      .values({ connection: 'portal', object: 'registrations', kind: 'registration', recordId: id, externalId: 'R1' })
    const row = await rig.row(id)
    for (const [step, systems] of [
      ['with', new Map([...rig.programme.systems, ['portal', commented]])],
      ['without', rig.programme.systems],
    ] as const)
      await rig.db.transaction(async (tx) => {
        const programme = { ...by({ people: told }), systems }
        const event = await record(tx, programme, row, { what: 'registration.won', stepKey: step })
        await tell(tx, programme, row, event, 'registration.won', ['partner'])
      })
    await drain()
    const told2 = (await rows()).map(({ channel, recipient, status }) => [channel, recipient, status])
    expect(told2).toEqual([
      ['email', 'desk@lotse.example', 'sent'],
      ['portal-comment', 'portal', 'sent'],
      ['email', 'desk@lotse.example', 'sent'],
    ])
    const notice = (await rows()).find(({ channel }) => channel === 'portal-comment')
    expect(one(said)).toMatchObject({ object: 'registrations', id: 'R1', key: notice?.id })
    expect(one(said).text).toContain('The deal with Turm that you registered is won.')
  })

  it('whom no CRM knows is told by mail in the place of a task', async () => {
    await tellOf({ people: people('crm-task') }, 'registration.won', ['manager'])
    await drain()
    expect(await short()).toEqual([
      ['crm-task', 'parked', 'no-such-user-in-crm'],
      ['email', 'sent', null],
    ])
  })
})

describe('a person’s wishes', () => {
  it('decide the channel by topic, and nobody is kept from what has to be told', async () => {
    await prefer(manager, { registration: { channels: [] }, '*': { channels: ['slack'] }, task: { channels: [] } })
    await tellOf({}, 'registration.won', ['manager'])
    await tellOf({}, 'exclusivity.ending', ['manager'])
    await tellOf({}, 'task.opened', ['manager'])
    await drain()
    expect((await rows()).map(({ template, channel, status, code }) => [template, channel, status, code])).toEqual([
      ['registration.won', 'email', 'skipped', 'switched-off'],
      ['exclusivity.ending', 'slack', 'sent', null],
      ['task.opened', 'email', 'sent', null],
    ])
  })

  it('collect to one mail what was due, each told once and listed on its record, also when it fails first', async () => {
    await prefer(manager, { '*': { rhythm: 'daily' } }, { timeZone: 'Europe/Berlin', hour: 8 })
    const ids: string[] = []
    for (let i = 0; i < 3; i += 1) ids.push(await tellOf({}, 'registration.won', ['manager', 'partner']))
    await tellOf({}, 'task.opened', ['manager'])
    await drain()
    // The partners and the decision at once, the rest at eight in the morning there.
    expect((await mails()).filter(({ to }) => to.includes(manager)).map(({ subject }) => subject)).toEqual([
      expect.stringContaining('Decision needed'),
    ])
    const waiting = (await rows()).filter(({ status }) => status === 'planned')
    expect(waiting).toHaveLength(3)
    for (const { notBefore } of waiting) {
      const wall = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', timeStyle: 'short', hourCycle: 'h23' })
      expect(wall.format(new Date(notBefore))).toBe('08:00')
    }
    await fetch(`${mailbox.url}/messages`, { method: 'DELETE' })
    await fetch(`${mailbox.url}/faults`, { method: 'POST', body: JSON.stringify({ kind: 'drop-after-data' }) })
    await pauseEnds()
    await send()
    // What comes while it is tried again is not in it.
    await tellOf({}, 'registration.lost', ['manager'])
    await pauseEnds()
    await drain()
    const got = await mails()
    expect(got.map(({ subject }) => subject)).toEqual([
      '3 notices of the day',
      '3 notices of the day',
      '1 notice of the day',
    ])
    expect(new Set(got.map(({ headers }) => headers['message-id'])).size).toBe(2)
    for (const id of ids) {
      const [told] = await rig.db
        .select()
        .from(notices)
        .where(sql`${notices.subjectId} = ${id} and ${notices.recipient} = ${manager}`)
      expect(told).toMatchObject({ status: 'sent', rhythm: 'daily' })
    }
    const text = got[0]?.text ?? ''
    expect(text.match(/Won: Werft/g)).toHaveLength(3)
  })
})
