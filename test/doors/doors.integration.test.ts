/** Every door by which a person decides, on a real server: mail, chat, API and command line all meet in one compare-and-set. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { unlimitedBudget } from '../../connectors/budget.ts'
import { mailChannel } from '../../connectors/channels/smtp.ts'
import { slackChannel } from '../../connectors/channels/slack.ts'
import { slackChat } from '../../connectors/channels/slack-interactive.ts'
import { createHttp } from '../../connectors/http.ts'
import { silentLog } from '../../connectors/log.ts'
import { startSandbox, type RunningSandbox } from '../../sandbox/framework/start.ts'
import { startMailbox, type RunningMailbox } from '../../sandbox/mailbox/index.ts'
import { botToken, signed, slackSandbox } from '../../sandbox/slack/index.ts'
import { createKey } from '../../src/db/api-keys.ts'
import { contacts, links, notices, partners, signedLinks, tasks, users } from '../../src/db/schema/index.ts'
import type { ChannelName, Preference } from '../../src/domain/notice.ts'
import { chatRoutes } from '../../src/http/chat.ts'
import { decide } from '../../src/process/decide.ts'
import { delegate } from '../../src/process/delegations.ts'
import { passOnFromLeavers } from '../../src/process/fallback.ts'
import { sendDue } from '../../src/process/notices/send.ts'
import { noPreference, preferencesOf } from '../../src/process/notices/preferences.ts'
import { setPreference } from '../../src/process/notices/set-preference.ts'
import { plainSettings } from '../../src/process/notices/settings.ts'
import { tell } from '../../src/process/notices/tell.ts'
import { one, startRig, type Rig } from '../../src/process/rig.test-support.ts'
import { issueLink } from '../../src/process/signed-links.ts'
import { record } from '../../src/process/step.ts'
import { serveBench, type Served } from '../setup/served.ts'
import { until } from '../setup/until.ts'

const manager = 'manager@vendor.example'
const secret = 'signing-secret'
const HOUR = 3_600_000

let rig: Rig
let mailbox: RunningMailbox
let slack: RunningSandbox
let served: Served
const http = createHttp({ connection: 'chat', budget: unlimitedBudget, log: silentLog })
let mail: ReturnType<typeof mailChannel>
let count = 0

beforeAll(async () => {
  ;[rig, mailbox, slack] = await Promise.all([
    startRig({ decision: { approver: 'desk@vendor.example' } }),
    startMailbox(),
    startSandbox(slackSandbox),
  ])
  rig.programme.notices = {
    ...plainSettings,
    people: { ...plainSettings.people, manager: ['email', 'slack'] },
    available: new Set<ChannelName>(['email', 'slack']),
  }
  const settings = { token: botToken, signingSecret: secret, places: {}, api: `${slack.url}/api` }
  mail = mailChannel({ smtp: mailbox.smtpUrl, from: 'Causeway <partners@vendor.example>' })
  served = await serveBench(
    { db: rig.db, vendors: {}, systems: new Map(rig.programme.systems) },
    { chat: slackChat(http, () => settings), programme: rig.programme },
  )
  await slack.control.seed({
    people: [
      { id: 'U0MANAGER', email: manager, name: 'manager' },
      { id: 'U0STRANGER', email: 'stranger@vendor.example', name: 'stranger' },
    ],
  })
  await slack.control.webhooks.setTarget({ url: `${served.url}/hooks/slack/interactive`, secret })
}, 120_000)
afterAll(async () => {
  mail.close()
  http.close()
  await served.close()
  await Promise.all([slack.close(), mailbox.close(), rig.close()])
})

/** A claim in review; its task is told of by mail and in the chat. */
async function asked(): Promise<{ taskId: string; company: string }> {
  count += 1
  const company = `Werft ${String(count)}`
  const partner = await rig.partner(`Nordwind ${String(count)}`)
  const id = await rig.claim(partner, { company, domain: `werft${String(count)}.com` })
  await rig.settle(id)
  const settings = { token: botToken, places: {}, api: `${slack.url}/api` }
  const channels = { email: mail, slack: slackChannel(http, () => settings) }
  const doors = { publicUrl: served.url, buttons: true }
  while ((await sendDue({ db: rig.db, channels, settings: rig.programme.notices, doors })) > 0);
  return { taskId: one(await rig.tasks(id)).id, company }
}

const taskOf = async (id: string) => one(await rig.db.select().from(tasks).where(eq(tasks.id, id)))
const refusals = async (taskId: string) =>
  (
    await rig.db.execute<{ rule: string; door: string }>(
      sql`select rule, detail ->> 'door' as door from audit where what = 'task.refused' and detail ->> 'taskId' = ${taskId}`,
    )
  ).rows
    .map(({ rule, door }) => `${door} ${rule}`)
    .toSorted()

const noticesOf = (id: string) => rig.db.select().from(notices).where(eq(notices.subjectId, id))

const open = (url: string) => fetch(url, { redirect: 'manual' })
const send = (url: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual', headers })

describe('the link in a mail', () => {
  const mailSchema = z.object({
    messages: z.array(z.object({ to: z.array(z.string()), subject: z.string(), text: z.string() })),
  })
  async function linkIn(company: string): Promise<string> {
    const { messages } = mailSchema.parse(await (await fetch(`${mailbox.url}/messages`)).json())
    const found = messages.find(({ subject }) => subject.includes(company))
    return /http\S+\/decide\/[\w-]{43}/.exec(found?.text ?? '')?.[0] ?? ''
  }
  it('shows the facts and decides nothing, however often it is opened', async () => {
    const { taskId, company } = await asked()
    const link = await linkIn(company)
    for (let i = 0; i < 3; i += 1) expect((await open(link)).status).toBe(200)
    const opened = await open(link)
    const text = await opened.text()
    expect(text).toContain(company)
    expect(text).toContain('Opening this page decided nothing')
    // Codes are for programs.
    expect(text).toContain('The policy approves nothing by itself.')
    expect(text).not.toContain('no-automatic-approval')
    expect(text).not.toContain('<script')
    expect(Object.fromEntries(opened.headers)).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'") as unknown,
    })
    expect(await taskOf(taskId)).toMatchObject({ state: 'open' })
  })

  it('decides by its form, once: a second try learns who was first and when', async () => {
    const { taskId, company } = await asked()
    const link = await linkIn(company)
    const lacking = await send(link, { decision: 'decline' })
    const said = await lacking.text()
    expect([lacking.status, said]).toEqual([400, expect.stringContaining('“Decline” needs a reason')])
    // The summary at the top leads to the field, which is marked.
    expect(said).toMatch(/role="alert"[^]*<a href="#reason">[^]*id="reason"[^]*aria-invalid="true"/)
    expect((await send(link, { decision: 'approve' }, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await send(link, { decision: 'grant' })).status).toBe(400)
    expect(await taskOf(taskId)).toMatchObject({ state: 'open' })

    const done = await send(link, { decision: 'decline', reason: 'We sell <b>there</b>.' })
    expect([done.status, done.headers.get('location')]).toEqual([303, new URL(link).pathname])
    expect(await taskOf(taskId)).toMatchObject({
      decision: 'decline',
      reason: 'We sell <b>there</b>.',
      decidedBy: manager,
      decidedDoor: 'mail',
    })
    expect(await (await open(link)).text()).toMatch(
      new RegExp(`Decline[^]*${manager}[^]* UTC[^]*by the link in a mail`),
    )
    const again = await send(link, { decision: 'approve' })
    expect(await again.text()).toContain('This task is over')
    expect(await taskOf(taskId)).toMatchObject({ decision: 'decline' })
    expect(served.logged.join('\n')).not.toContain(link.split('/').at(-1))
  })

  it('shows who left a partner and where their access is to be removed, and takes the word that it is', async () => {
    const { db } = rig
    const partnerId = await rig.partner('Nordwind of Ben')
    const ben = { partnerId, name: 'Ben Moreau', email: 'ben@nordwind.example', state: 'left' } as const
    const { id: recordId } = one(await db.insert(contacts).values(ben).returning())
    const place = { connection: 'portal', object: 'members', externalId: 'nordwind/memb_1' }
    const member = one(
      await db
        .insert(links)
        .values({ ...place, kind: 'contact', recordId })
        .returning(),
    )
    const about = { kind: 'deactivate-contact' as const, subjectId: member.id, round: 1, why: ['has-left'] }
    const asks = { ...about, assignee: manager, dueAt: '2031-07-19T11:13:00.000Z' }
    const { id: taskId } = one(await db.insert(tasks).values(asks).returning())
    const { token } = await issueLink(db, { purpose: 'decide', taskId, address: manager }, HOUR)
    const text = await (await open(`${served.url}/decide/${token}`)).text()
    for (const fact of ['Ben Moreau, ben@nordwind.example', 'Nordwind of Ben', 'portal', 'nordwind/memb_1'])
      expect(text).toContain(fact)
    expect(text).toContain('The person has left the partner.')
    expect((await send(`${served.url}/decide/${token}`, { decision: 'revoke' })).status).toBe(303)
    expect(await taskOf(taskId)).toMatchObject({ state: 'decided', decision: 'revoke', decidedDoor: 'mail' })
  })

  it('that is forged, expired, revoked, or of somebody who is not asked opens nothing', async () => {
    const { taskId, company } = await asked()
    const link = await linkIn(company)
    const forged = await send(`${served.url}/decide/${'A'.repeat(43)}`, { decision: 'approve' })
    expect([forged.status, await forged.text()]).toEqual([404, expect.stringContaining('This link is not known')])

    const other = await issueLink(rig.db, { purpose: 'decide', taskId, address: 'stranger@vendor.example' }, HOUR)
    const theirs = `${served.url}/decide/${other.token}`
    const shown = await open(theirs)
    expect(shown.status).toBe(403)
    expect(await shown.text()).not.toContain(company)
    expect((await send(theirs, { decision: 'approve' })).status).toBe(403)
    expect(await refusals(taskId)).toEqual(['mail CW_DECIDER_NOT_ALLOWED'])

    await rig.db
      .update(signedLinks)
      .set({ expiresAt: sql`now() - interval '1 second'` })
      .where(eq(signedLinks.taskId, taskId))
    expect((await open(link)).status).toBe(410)
    expect((await send(link, { decision: 'approve' })).status).toBe(410)
    const fresh = await issueLink(rig.db, { purpose: 'decide', taskId, address: manager }, HOUR)
    await rig.db
      .update(signedLinks)
      .set({ revokedAt: sql`now()` })
      .where(eq(signedLinks.id, fresh.id))
    expect((await open(`${served.url}/decide/${fresh.token}`)).status).toBe(410)
    expect(await taskOf(taskId)).toMatchObject({ state: 'open' })
  })
})

const click = (ts: string, decision: string, user = 'U0MANAGER') =>
  slack.control.seed({ click: [{ user, channel: 'D0MANAGER', ts, actionId: `decide:${decision}` }] })

describe('a message in the chat', () => {
  const stateSchema = z.looseObject({
    messages: z.array(
      z.looseObject({ channel: z.string(), ts: z.string(), text: z.string(), blocks: z.array(z.unknown()) }),
    ),
    modals: z.array(z.looseObject({ id: z.string(), userId: z.string() })),
  })
  const state = async () => stateSchema.parse(await slack.control.state())
  const messageOf = async (company: string) =>
    until(async () => (await state()).messages.find(({ text }) => text.includes(`${company}\n`)) ?? null)
  const said = (words: string) =>
    until(async () => (await state()).messages.find(({ text }) => text.includes(words)) ?? null)

  const refused = async () => (await state()).messages.filter(({ text }) => text.includes('does not stand in')).length

  it('decides by a button, and stands with how it ended', async () => {
    const { taskId, company } = await asked()
    const { ts } = await messageOf(company)
    await click(ts, 'approve')
    await until(async () => (await taskOf(taskId)).state === 'decided' || null)
    expect(await taskOf(taskId)).toMatchObject({ decision: 'approve', decidedBy: manager, decidedDoor: 'chat' })
    const replaced = await until(async () => {
      const found = (await state()).messages.find((m) => m.ts === ts)
      return found?.text.startsWith('Decided: approve') === true ? found : null
    })
    expect(JSON.stringify(replaced.blocks)).not.toContain('decide:')
  })

  it('asks for the reason in a form, and shows there what is wrong', async () => {
    const { taskId, company } = await asked()
    const { ts } = await messageOf(company)
    const before = (await state()).modals.length
    await click(ts, 'decline')
    const modal = await until(async () => (await state()).modals[before] ?? null)
    expect(await taskOf(taskId)).toMatchObject({ state: 'open' })
    const values = { reason: { reason: { type: 'plain_text_input', value: 'We sell there.' } } }
    await slack.control.seed({ submit: [{ user: 'U0MANAGER', view: modal.id, values }] })
    await until(async () => (await taskOf(taskId)).state === 'decided' || null)
    expect(await taskOf(taskId)).toMatchObject({ decision: 'decline', reason: 'We sell there.', decidedDoor: 'chat' })
  })

  it('tells the second decider who was first, and refuses who is not asked', async () => {
    const { taskId, company } = await asked()
    const { ts } = await messageOf(company)
    await click(ts, 'approve', 'U0STRANGER')
    await said('does not stand in for them')
    expect(await refusals(taskId)).toEqual(['chat CW_DECIDER_NOT_ALLOWED'])
    const by = { label: 'Channel desk', email: null, door: 'api' } as const
    await decide(rig.db, { taskId, decision: 'approve', reason: null, by })
    await click(ts, 'approve')
    await said('already decided (approve) by Channel desk')
  })

  it('says in the chat what became of a form that could not be answered in time', async () => {
    const { taskId, company } = await asked()
    const { ts } = await messageOf(company)
    await click(ts, 'approve', 'U0STRANGER')
    await said('does not stand in for them')
    const before = await refused()

    const [delivered] = (await slack.control.webhooks.deliveries()).slice(-1)
    const pressed: unknown = JSON.parse(new URLSearchParams(delivered?.body).get('payload') ?? '')
    const { response_url: responseUrl } = z.looseObject({ response_url: z.string() }).parse(pressed)
    const held = { decision: 'approve', taskId, responseUrl, title: company }
    const view = { callback_id: 'decide', private_metadata: JSON.stringify(held), state: { values: {} } }
    const body = new URLSearchParams({
      payload: JSON.stringify({ type: 'view_submission', user: { id: 'U0STRANGER' }, view }),
    }).toString()
    const settings = { token: botToken, signingSecret: secret, api: `${slack.url}/api` }
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const impatient = chatRoutes(
      { db: rig.db, kick: () => undefined, log, nowMs: Date.now },
      { ...slackChat(http, () => settings), answerWithinMs: 0 },
    )
    const answer = await impatient.request('/interactive', {
      method: 'POST',
      headers: signed(secret, body, Date.now()),
      body,
    })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    await until(async () => (await refused()) > before || null)
    expect(await taskOf(taskId)).toMatchObject({ state: 'open' })
  })

  it('is answered at once, however long the decision takes, which then takes the place of the message', async () => {
    const pressed = await asked()
    const { ts } = await messageOf(pressed.company)
    const filled = await asked()
    const declined = await messageOf(filled.company)
    const before = (await state()).modals.length
    await click(declined.ts, 'decline')
    const modal = await until(async () => (await state()).modals[before] ?? null)
    const known = (await slack.control.webhooks.deliveries()).length
    const accepted = async (wanted: number) =>
      until(async () => {
        const later = (await slack.control.webhooks.deliveries()).slice(known)
        expect(later.filter(({ state: s }) => s === 'failed')).toEqual([])
        return (later.length === wanted && later.every(({ state: s }) => s === 'accepted')) || null
      })
    await rig.db.transaction(async (tx) => {
      // Nobody can so much as read a task.
      await tx.execute(sql`lock table tasks in access exclusive mode`)
      await click(ts, 'approve')
      await accepted(1)
      const values = { reason: { reason: { type: 'plain_text_input', value: 'We sell there.' } } }
      await slack.control.seed({ submit: [{ user: 'U0MANAGER', view: modal.id, values }] })
      await accepted(2)
      expect((await messageOf(pressed.company)).text).not.toContain('Decided')
    })
    const textOf = async (wanted: string) => (await state()).messages.find((m) => m.ts === wanted)?.text ?? ''
    await until(async () => (await textOf(ts)).startsWith('Decided: approve') || null)
    await until(async () => (await textOf(declined.ts)).startsWith('Decided: decline') || null)
    expect(await taskOf(filled.taskId)).toMatchObject({ decision: 'decline', reason: 'We sell there.' })
  })

  it('that is sent again within the minutes that a signature holds decides nothing twice', async () => {
    const { taskId, company } = await asked()
    const { ts } = await messageOf(company)
    await click(ts, 'approve')
    await until(async () => (await taskOf(taskId)).state === 'decided' || null)
    const first = await taskOf(taskId)
    const again = (await slack.control.webhooks.deliveries()).at(-1)
    const replayed = await fetch(`${served.url}/hooks/slack/interactive`, {
      method: 'POST',
      headers: again?.headers ?? {},
      body: again?.body ?? '',
    })
    expect(replayed.status).toBe(200)
    await said(`already decided (approve) by ${manager}`)
    expect(await taskOf(taskId)).toEqual(first)
  })

  it('is believed only with a signature of now', async () => {
    const body = new URLSearchParams({ payload: JSON.stringify({ type: 'block_actions' }) }).toString()
    const knock = (headers: Record<string, string>) =>
      fetch(`${served.url}/hooks/slack/interactive`, { method: 'POST', headers, body })
    expect((await knock(signed(secret, body, Date.now()))).status).toBe(200)
    expect((await knock(signed(secret, body, Date.now() - 24 * HOUR))).status, 'of yesterday').toBe(401)
    expect((await knock(signed('another', body, Date.now()))).status).toBe(401)
    expect((await knock(signed(secret, `${body}x`, Date.now()))).status).toBe(401)
    expect((await knock({})).status).toBe(401)
  })
})

const call = async (key: string, taskId: string, decision: unknown) => {
  const answer = await fetch(`${served.url}/api/v1/tasks/${taskId}/decision`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(decision),
  })
  return { status: answer.status, body: z.looseObject({}).parse(await answer.json()) }
}
const keyFor = async (email: string, role: 'manager' | 'admin' = 'manager') =>
  (await createKey(rig.db, { label: email, role, partnerId: null, email })).key

describe('a key', () => {
  it('that stands for a person decides what that person is asked, and no more', async () => {
    const { taskId } = await asked()
    const stranger = await call(await keyFor('grace@vendor.example'), taskId, { decision: 'approve' })
    expect([stranger.status, stranger.body]).toEqual([
      403,
      { error: expect.objectContaining({ code: 'CW_DECIDER_NOT_ALLOWED' }) as unknown },
    ])
    expect(await refusals(taskId)).toEqual(['api CW_DECIDER_NOT_ALLOWED'])

    // Whoever stands in for them may, while they do.
    const until1 = new Date(Date.now() + HOUR).toISOString()
    await delegate(rig.db, { address: manager, to: 'grace@vendor.example', from: null, until: until1 }, 'key:1')
    const standIn = await call(await keyFor('grace@vendor.example'), taskId, { decision: 'approve' })
    expect(standIn.status).toBe(200)
    expect(await taskOf(taskId)).toMatchObject({ decidedBy: 'grace@vendor.example', decidedDoor: 'api' })
    await rig.db.execute(sql`update delegations set ended_at = now()`)

    const late = await call(await keyFor('root@vendor.example', 'admin'), taskId, { decision: 'decline', reason: 'x' })
    expect([late.status, late.body]).toEqual([
      409,
      {
        error: expect.objectContaining({
          code: 'CW_TASK_DECIDED',
          detail: expect.objectContaining({ decidedBy: 'grace@vendor.example', decidedDoor: 'api' }) as unknown,
        }) as unknown,
      },
    ])
  })

  it('of the command line decides by its own door, and gives decisions away for a time', async () => {
    const { taskId } = await asked()
    const added = await served.causeway([
      'delegations',
      'add',
      '--for',
      'ada@example.com',
      '--to',
      'grace@example.com',
      '--until',
      '2999-01-01T00:00:00Z',
    ])
    expect([added.code, added.out]).toEqual([
      0,
      expect.stringContaining('grace@example.com decides for ada@example.com'),
    ])
    const approved = await served.causeway(['tasks', 'approve', taskId], { role: 'manager' })
    expect([approved.code, approved.err]).toEqual([0, ''])
    expect(await taskOf(taskId)).toMatchObject({ decision: 'approve', decidedDoor: 'cli' })
    const second = await served.causeway(['tasks', 'approve', taskId])
    expect([second.code, second.err]).toEqual([1, expect.stringContaining('already decided (approve) by Ada, manager')])
  }, 60_000)
})

/** How the manager is asked by mail of a new claim. */
const byMail = async () =>
  (await noticesOf((await taskOf((await asked()).taskId)).subjectId))
    .filter(({ channel, template }) => channel === 'email' && template === 'task.opened')
    .map(({ rhythm }) => rhythm)

describe('the way out of a mail', () => {
  const https = 'https://causeway.example.com'
  const mailSchema = z.object({
    messages: z.array(
      z.object({
        to: z.array(z.string()),
        subject: z.string(),
        text: z.string(),
        html: z.string().nullish(),
        headers: z.record(z.string(), z.string()),
      }),
    ),
  })
  const mailTo = async (address: string, subject: string) => {
    const { messages } = mailSchema.parse(await (await fetch(`${mailbox.url}/messages`)).json())
    return messages.filter(({ to, subject: about }) => to.includes(address) && about.includes(subject))
  }
  const here = (url: string) => url.replace(https, served.url)
  const wayOut = (headers: Record<string, string>) =>
    here(/^<(.+)>$/.exec(headers['list-unsubscribe'] ?? '')?.[1] ?? '')

  /** Tells the manager and the partner of a claim of its own that it was won, and sends what is due. */
  async function won(): Promise<{ id: string; company: string; partner: string }> {
    count += 1
    const company = `Ausbau ${String(count)}`
    const name = `Ostwind ${String(count)}`
    const partnerId = await rig.partner(name)
    const partner = `desk@ostwind${String(count)}.example`
    await rig.db.update(partners).set({ email: partner }).where(eq(partners.id, partnerId))
    const id = await rig.claim(partnerId, { company, domain: `ausbau${String(count)}.com` })
    const row = await rig.row(id)
    await rig.db.transaction(async (tx) => {
      const event = await record(tx, rig.programme, row, { what: 'registration.won', stepKey: 'won' })
      await tell(tx, rig.programme, row, event, 'registration.won', [
        { as: 'manager', to: reader },
        { as: 'partner', to: partner },
      ])
    })
    const { notices: settings, policy } = rig.programme
    const slackSettings = { token: botToken, places: {}, api: `${slack.url}/api` }
    const channels = { email: mail, slack: slackChannel(http, () => slackSettings) }
    while ((await sendDue({ db: rig.db, channels, settings, policy, doors: { publicUrl: https, buttons: true } })) > 0);
    return { id, company, partner }
  }
  const reader = 'reader@vendor.example'
  const chosen = async () => (await preferencesOf(rig.db, [reader])).get(reader)
  const rowsOf = async (id: string) =>
    (await noticesOf(id)).filter(({ recipient }) => recipient === reader).map(({ channel }) => channel)

  it('ends mails of a kind by one request of the mail program, and by no opening', async () => {
    const { company, partner } = await won()
    const { headers, text, html: page } = one(await mailTo(reader, company))
    expect(headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
    const url = wayOut(headers)
    expect(url).toMatch(/\/preferences\/[\w-]{43}\/off\/registration$/)
    const link = /Choose how you are told, or stop these mails:\n(\S+)/.exec(text)?.[1] ?? ''
    expect(here(link)).toBe(url.replace(/\/off\/.*/, ''))
    expect(page).toContain('Choose how you are told')
    // The partner has a link of its own.
    expect(wayOut(one(await mailTo(partner, company)).headers)).not.toBe(url)

    for (let i = 0; i < 2; i += 1) {
      const opened = await open(url)
      expect([opened.status, await opened.text()]).toEqual([200, expect.stringContaining('Stop these mails?')])
    }
    expect(await chosen()).toBeUndefined()
    const ended = await send(url, { 'List-Unsubscribe': 'One-Click' }, { 'sec-fetch-site': 'cross-site' })
    expect([ended.status, await ended.text()]).toEqual([
      200,
      expect.stringContaining('You get no more mails about: What becomes of registrations.'),
    ])
    expect((await chosen())?.choices).toEqual({ registration: { channels: ['slack'] } })
    const next = await won()
    // Not even where the chat does not know them.
    expect(await mailTo(reader, next.company)).toEqual([])
    expect(await rowsOf(next.id)).toEqual(['slack'])
    // As a form, which some programs send it as.
    const form = new FormData()
    form.set('List-Unsubscribe', 'One-Click')
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(200)
  })

  it('is not in a mail that has to come', async () => {
    const { company } = await asked()
    const { headers, text } = one(await mailTo(manager, company))
    expect(headers['list-unsubscribe']).toBeUndefined()
    expect(text).not.toContain('/preferences/')
  })

  it('lets its reader choose in their language, topic by topic, and keeps what was typed', async () => {
    const { company, partner } = await won()
    const page = wayOut(one(await mailTo(partner, company)).headers).replace(/\/off\/.*/, '')
    const first = await (await open(page)).text()
    expect(first).toContain('<html lang="en" dir="ltr">')
    expect(first).toContain('Ends of protection')
    // What concerns staff alone is not named to a partner, and what always comes is no choice.
    expect(first).not.toMatch(/Audits of conflicts|Deals without a source|Several claims/)

    const typed = { 'topic.exclusivity': 'weekly', 'topic.registration': 'off', language: 'de', weekday: '5' }
    const wrong = await send(page, { ...typed, timeZone: 'Berlin' })
    const again = await wrong.text()
    expect([wrong.status, again]).toEqual([422, expect.stringContaining('This is no time zone')])
    expect(again).toMatch(/<option value="weekly"[^>]*selected/)
    expect(await preferencesOf(rig.db, [partner])).toEqual(new Map())

    const saved = await send(page, { ...typed, timeZone: 'Europe/Berlin', hour: '7' })
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `${new URL(page).pathname}?done=saved`])
    expect((await preferencesOf(rig.db, [partner])).get(partner)).toMatchObject({
      language: 'de',
      timeZone: 'Europe/Berlin',
      hour: 7,
      weekday: 5,
      choices: { exclusivity: { rhythm: 'weekly' }, registration: { channels: [] } },
    })
    const german = await (await open(`${page}?done=saved`)).text()
    expect(german).toContain('<html lang="de" dir="ltr">')
    expect(german).toMatch(/Gespeichert\.[^]*Freitag/)
  })

  it('opens only by a link that was issued for it', async () => {
    const forged = await open(`${served.url}/preferences/${'A'.repeat(43)}`)
    expect([forged.status, await forged.text()]).toEqual([404, expect.stringContaining('This link opens nothing')])
    const { taskId } = await asked()
    const other = await issueLink(rig.db, { purpose: 'decide', taskId, address: manager }, HOUR)
    expect((await open(`${served.url}/preferences/${other.token}`)).status).toBe(404)
    const old = await issueLink(rig.db, { purpose: 'preferences', address: manager }, -1)
    expect((await send(`${served.url}/preferences/${old.token}/off/registration`, {})).status).toBe(410)
    const mine = await issueLink(rig.db, { purpose: 'preferences', address: manager }, HOUR)
    // Decisions that are asked can be switched off by no address.
    expect((await send(`${served.url}/preferences/${mine.token}/off/task`, {})).status).toBe(404)
    expect(await preferencesOf(rig.db, [manager])).toEqual(new Map())
    expect(served.logged.join('\n')).not.toContain(mine.token)
  })

  it('moves decisions to a daily mail only where the policy lets it', async () => {
    const { policy } = rig.programme
    const wish: Preference = { ...noPreference, choices: { '*': { rhythm: 'daily', channels: [] } } }
    await setPreference(rig.db, manager, wish, 'test', rig.programme)
    expect(await byMail()).toEqual([null])
    rig.programme.policy = { ...policy, notices: { digest: ['decisions'] } }
    expect(await byMail()).toEqual(['daily'])
    rig.programme.policy = policy
    await setPreference(rig.db, manager, null, 'test', rig.programme)
  })
})

it('refuses an approver who has left by every door, and asks the fallback', async () => {
  const { taskId } = await asked()
  await rig.db.insert(users).values({ name: 'Manager', email: manager, state: 'left' })
  const link = await issueLink(rig.db, { purpose: 'decide', taskId, address: manager }, HOUR)
  const shown = await fetch(`${served.url}/decide/${link.token}`)
  expect([shown.status, await shown.text()]).toEqual([403, expect.stringContaining('you work here no more')])
  for (const door of ['api', 'crm', 'chat'] as const) {
    const by = { label: manager, email: manager, door }
    await expect(decide(rig.db, { taskId, decision: 'approve', reason: null, by })).rejects.toMatchObject({
      code: 'CW_DECIDER_LEFT',
    })
  }
  expect(await refusals(taskId)).toEqual(['api CW_DECIDER_LEFT', 'chat CW_DECIDER_LEFT', 'crm CW_DECIDER_LEFT'])

  const { subjectId } = await taskOf(taskId)
  const dueAt = new Date(Date.now() + HOUR).toISOString()
  await rig.db
    .insert(tasks)
    .values({ kind: 'extend-protection', subjectId, round: 1, why: ['extension-wished'], assignee: manager, dueAt })
  expect(await passOnFromLeavers(rig.db, rig.programme)).toBeGreaterThan(0)
  const { assignee } = await taskOf(taskId)
  expect(assignee).toBe('desk@vendor.example')
  const anew = (await rig.notices(subjectId)).filter(({ recipient }) => recipient === 'desk@vendor.example')
  expect(new Set(anew.map(({ template }) => template))).toEqual(new Set(['extension.asked', 'task.opened']))
  expect(await rig.events(subjectId)).toContain('task.passed-on')
  expect(await passOnFromLeavers(rig.db, rig.programme)).toBe(0)
})
