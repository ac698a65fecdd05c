/** The partner's pages over real HTTP: what works, what is refused at its field, and that nobody sees or does what is not theirs. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crm, startBench, type Bench } from '../../../test/setup/bench.ts'
import { doorSettings } from '../../../test/setup/files.ts'
import { serveBench, type Served } from '../../../test/setup/served.ts'
import { createKey } from '../../db/api-keys.ts'
import {
  attachments,
  contacts,
  events,
  notices,
  partners,
  registrations,
  signedLinks,
  streams,
  tasks,
} from '../../db/schema/index.ts'
import { policySchema } from '../../domain/policy/policy.ts'
import { messageOf } from '../../process/notices/gather.ts'
import { withPartnerLink } from '../../process/notices/partner-link.ts'
import { plainSettings } from '../../process/notices/settings.ts'
import type { Programme } from '../../process/programme.ts'
import { decide } from '../../process/decide.ts'
import { steps } from '../../process/registration-steps.ts'
import { issueLink, revokeLinks } from '../../process/signed-links.ts'
import { next, take } from '../../process/step.ts'

const farFuture = '2999-01-01T00:00:00.000Z'
const HOUR = 3_600_000

let bench: Bench
let served: Served
let programme: Programme
let aurora: string
let borealis: string
let token: string

beforeAll(async () => {
  bench = await startBench({ alpha: crm })
  programme = {
    policy: policySchema.parse({ version: '9', exclusivity: { extension: { askFrom: null } } }),
    systems: bench.systems,
    route: () => 'alpha',
  }
  served = await serveBench(bench, { programme })
  const read = ['accounts', 'deals'].map((object) => ({
    connection: 'alpha',
    object,
    coveredThrough: farFuture,
    readAt: farFuture,
  }))
  await bench.db.insert(streams).values(read)
  aurora = await partner('Aurora')
  borealis = await partner('Borealis')
  token = await link(aurora)
}, 60_000)
afterAll(async () => {
  await served.close()
  await bench.close()
})

async function partner(name: string): Promise<string> {
  const email = `desk@${name.toLowerCase()}.example`
  const [made] = await bench.db.insert(partners).values({ name, email, managerEmail: 'mia@vendor.example' }).returning()
  return made?.id ?? ''
}

async function link(partnerId: string, more: { registrationId?: string; validMs?: number } = {}): Promise<string> {
  const { registrationId = null, validMs = HOUR } = more
  const address = 'kai@aurora.example'
  const made = await issueLink(
    bench.db,
    { purpose: 'partner', partnerId, address, contactId: null, registrationId },
    validMs,
  )
  return made.token
}

/** As a browser sees it. */
const inOneLine = (text: string) => text.replaceAll(/\s+/g, ' ')

async function get(path: string, by = token) {
  const response = await fetch(`${served.url}/partner/${by}${path}`, { redirect: 'manual' })
  return { status: response.status, headers: response.headers, text: inOneLine(await response.text()) }
}

async function post(
  path: string,
  fields: Record<string, string> | FormData,
  by = token,
  headers: Record<string, string> = {},
) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields)
  const response = await fetch(`${served.url}/partner/${by}${path}`, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers,
  })
  return { status: response.status, to: response.headers.get('location') ?? '', text: inOneLine(await response.text()) }
}

/** Takes steps until the registration waits. */
async function settle(id: string): Promise<void> {
  let instruction = await next(bench.db, programme, id)
  while (instruction.do !== 'wait' && instruction.do !== 'end')
    instruction = await take(bench.db, programme, id, instruction.do, steps[instruction.do])
}

let count = 0
async function once(): Promise<string> {
  const { text } = await get('/new')
  return /name="once" value="([\w-]+)"/.exec(text)?.[1] ?? ''
}

/** A registration of Aurora's, submitted by the form. */
async function submitted(more: Record<string, string> = {}): Promise<string> {
  count += 1
  const fields = { once: await once(), company: `Company ${count}`, domain: `company-${count}.com`, ...more }
  const { to } = await post('/new', fields)
  const id = /registrations\/([\w-]+)\?done=submitted/.exec(to)?.[1]
  if (id === undefined) throw new Error(`not submitted: ${to}`)
  await settle(id)
  return id
}

async function decided(id: string, decision: 'approve' | 'ask-info', reason: string | null = null): Promise<void> {
  const asked = await bench.db.select().from(tasks).where(eq(tasks.subjectId, id))
  const task = asked.find(({ state }) => state === 'open')
  await decide(bench.db, { taskId: task?.id ?? '', decision, reason, by: { label: 'Mia', email: null, door: 'api' } })
  await settle(id)
}

const row = async (id: string) => (await bench.db.select().from(registrations).where(eq(registrations.id, id)))[0]

function fileForm(name: string, content: string | Uint8Array): FormData {
  const form = new FormData()
  form.set('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), name)
  return form
}

describe('submitting', () => {
  it('takes in a registration in whatever letters it is written, and shows it', async () => {
    const company = 'חברת הנמל 🚢 <script>alert(1)</script>'
    const id = await submitted({ company, amount: '48000.50', currency: 'eur', closeDate: '2099-03-31' })
    expect(await row(id)).toMatchObject({
      partnerId: aurora,
      company,
      amount: '48000.5',
      currency: 'EUR',
      submittedBy: 'kai@aurora.example',
      onBehalfBy: null,
      state: 'in-review',
    })
    const { status, text } = await get(`/registrations/${id}?done=submitted`)
    expect(status).toBe(200)
    expect(text).toContain('חברת הנמל 🚢 &lt;script&gt;alert(1)&lt;/script&gt;')
    expect(text).toContain('Your registration is received')
    expect(text).toContain('Being decided')
    expect(text).not.toContain('<script')
    expect((await get('')).text).toContain('חברת הנמל')
  })

  it('takes in once what is submitted twice, also at the same moment', async () => {
    const fields = { once: await once(), company: 'Twice Ltd', domain: 'twice-ltd.com' }
    const answers = await Promise.all([post('/new', fields), post('/new', fields)])
    const again = await post('/new', fields)
    expect(new Set([...answers, again].map(({ to }) => to)).size).toBe(1)
    const made = await bench.db.select().from(registrations).where(eq(registrations.company, 'Twice Ltd'))
    expect(made).toHaveLength(1)
  })

  it.each([
    [{ company: '' }, 'Please fill this in.'],
    [{ company: 'N'.repeat(500) }, 'Please use at most 300 letters.'],
    [{ domain: 'not a domain' }, 'is no domain; expected one such as example.com'],
    [{ contactEmail: 'kai at aurora' }, 'This is no e-mail address. Write it as name@example.com.'],
    [{ amount: 'much', currency: 'EUR' }, 'This is no amount.'],
    [{ amount: '100' }, 'An amount and its currency belong together.'],
    [{ amount: '100', currency: 'XQZ' }, '“XQZ” is no currency that we know.'],
    [{ closeDate: '31.12.2099' }, 'This is no date.'],
    [{ dealType: 'gift' }, 'Please choose one of these.'],
  ])('says at the field what is wrong with %j, and keeps everything that was typed', async (bad, says) => {
    const typed = { once: await once(), company: 'Kept & Söhne', products: 'Two of "these"', ...bad }
    const { status, text } = await post('/new', typed)
    expect(status).toBe(422)
    expect(text).toContain(says)
    expect(text).toContain('aria-invalid="true"')
    expect(text).toContain('Two of &quot;these&quot;')
    expect(text).toContain(`value="${typed.company.replace('&', '&amp;')}"`)
    // A choice that there is not is none.
    const kept = Object.entries(bad).filter(([field]) => field !== 'dealType')
    for (const [, value] of kept) expect(text).toContain(value)
    // The same form, mended, is taken.
    expect(text).toContain(`name="once" value="${typed.once}"`)
  })

  it('warns of a close date in the past, which a person will look at', async () => {
    const { to } = await post('/new', { once: await once(), company: 'Past Ltd', closeDate: '2020-01-31' })
    expect(to).toContain('done=submitted-past')
    expect((await get(to.replace(`/partner/${token}`, ''))).text).toContain('Its close date is in the past')
  })

  it('refuses a form without its token', async () => {
    expect(await post('/new', { company: 'No token Ltd' })).toMatchObject({ status: 422 })
  })
})

describe('working on a registration', () => {
  it('answers a question, and shows both afterwards', async () => {
    const id = await submitted()
    await decided(id, 'ask-info', 'Which subsidiary do you mean?')
    expect((await get(`/registrations/${id}`)).text).toContain('Which subsidiary do you mean?')
    expect(await post(`/registrations/${id}/answer`, { answer: ' ' })).toMatchObject({ status: 422 })
    const { to } = await post(`/registrations/${id}/answer`, { answer: 'The one in Kiel.' })
    expect(to).toContain('done=answered')
    await settle(id)
    expect(await row(id)).toMatchObject({ state: 'in-review' })
    expect((await get(`/registrations/${id}`)).text).toContain('The one in Kiel.')
    const late = await post(`/registrations/${id}/answer`, { answer: 'Once more' })
    expect(late).toMatchObject({ status: 409 })
    expect(late.text).not.toContain('CW_')
  })

  it('attaches a file that is streamed to its folder, and fetches it so that no browser runs it', async () => {
    const id = await submitted()
    const { to } = await post(`/registrations/${id}/files`, fileForm('Angebot für Kiel 🙂.pdf', '%PDF-1.7\nhello'))
    expect(to).toContain('done=attached')
    const { text } = await get(`/registrations/${id}`)
    expect(text).toContain('Angebot für Kiel 🙂.pdf')
    const [file] = await bench.db.select().from(attachments).where(eq(attachments.registrationId, id))
    expect(file).toMatchObject({ mediaType: 'application/pdf', size: 14 })
    const fetched = await get(`/registrations/${id}/files/${file?.id ?? ''}`)
    expect(fetched.text).toBe('%PDF-1.7 hello')
    expect(fetched.headers.get('content-disposition')).toMatch(
      /^attachment; filename="Angebot f_r Kiel .*\.pdf"; filename\*=UTF-8''Angebot%20f%C3%BCr/,
    )
    expect(fetched.headers.get('x-content-type-options')).toBe('nosniff')
    const [told] = await bench.db
      .select()
      .from(events)
      .where(eq(events.stepKey, `attach:${file?.id ?? ''}`))
    expect(told?.actor).toMatch(/^link:/)
  })

  it.each([
    ['of another type than its name says', 'offer.pdf', 'just text', 415, 'its content is not what its name says'],
    ['of a type that is not taken', 'p.gif', 'GIF89a', 415, 'files of its type are not taken'],
    ['that is too large', 'big.txt', 'a'.repeat(doorSettings.attachments.maxSize + 1), 413, 'larger than 293 KB'],
    ['that was not chosen', '', '', 422, 'Choose a file first'],
  ])('says at the field why a file %s is refused', async (_, name, content, status, says) => {
    const id = await submitted()
    const answer = await post(`/registrations/${id}/files`, fileForm(name, content))
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(says)
    expect(await bench.db.select().from(attachments).where(eq(attachments.registrationId, id))).toEqual([])
  })

  it('changes a claim, which is checked again; once it is approved what is locked is proposed', async () => {
    const id = await submitted()
    const typed = { company: 'Renamed Ltd', domain: 'renamed-ltd.com' }
    expect((await post(`/registrations/${id}/edit`, typed)).to).toContain('done=rescreened')
    await settle(id)
    expect(await row(id)).toMatchObject({ state: 'in-review', company: 'Renamed Ltd', round: 2 })
    await decided(id, 'approve')
    expect((await get(`/registrations/${id}/edit`)).text).toContain(
      'a change of these is looked at before it is in force',
    )
    const later = { ...typed, company: 'Renamed Again Ltd' }
    expect((await post(`/registrations/${id}/edit`, later)).to).toContain('done=proposed')
    await settle(id)
    expect(await row(id)).toMatchObject({ company: 'Renamed Ltd' })
    expect((await get(`/registrations/${id}`)).text).toContain('Renamed Ltd → Renamed Again Ltd')
    expect((await post(`/registrations/${id}/edit`, typed)).to).toContain('done=unchanged')
    const wrong = await post(`/registrations/${id}/edit`, { ...typed, domain: 'no domain' })
    expect(wrong).toMatchObject({ status: 422 })
    expect(wrong.text).toContain('value="no domain"')
  })

  it('asks for a longer protection, with its reason', async () => {
    const id = await submitted()
    expect(await post(`/registrations/${id}/extension`, { reason: 'Soon.' })).toMatchObject({ status: 409 })
    await decided(id, 'approve')
    expect(await post(`/registrations/${id}/extension`, { reason: '' })).toMatchObject({ status: 422 })
    expect((await post(`/registrations/${id}/extension`, { reason: 'They sign in May.' })).to).toContain('done=asked')
    expect((await get(`/registrations/${id}`)).text).toContain('it is being decided')
  })

  it('withdraws only after a question, and then nothing more is offered', async () => {
    const id = await submitted()
    expect((await get(`/registrations/${id}/withdraw`)).text).toContain('This cannot be undone')
    expect(await row(id)).toMatchObject({ withdrawnAt: null })
    expect((await post(`/registrations/${id}/withdraw`, {})).to).toContain('done=withdrawn')
    await settle(id)
    expect(await row(id)).toMatchObject({ state: 'withdrawn', withdrawnBy: 'kai@aurora.example' })
    const { text } = await get(`/registrations/${id}`)
    for (const offer of ['Add a file', '/edit"', '/withdraw"']) expect(text).not.toContain(offer)
  })
})

describe('a link', () => {
  it('opens nothing when it is forged, expired or revoked, and says what to do', async () => {
    expect(await get('', 'x'.repeat(43))).toMatchObject({ status: 404 })
    expect(await get('', await link(aurora, { validMs: -1 }))).toMatchObject({ status: 410 })
    const revoked = await link(aurora)
    await bench.db.transaction((tx) => revokeLinks(tx, { partnerId: aurora }))
    for (const path of ['', '/new']) {
      const { status, text } = await get(path, revoked)
      expect(status).toBe(410)
      expect(text).toContain('Ask your contact with us for a new link')
    }
    const [old] = await bench.db.select().from(signedLinks).limit(1)
    expect(await post('/new', { once: 'x'.repeat(20), company: 'Revoked Ltd' }, revoked)).toMatchObject({ status: 410 })
    expect(old).toBeDefined()
    token = await link(aurora)
  })

  it('lets nobody in who has left the partner, nor anybody once the partnership has ended', async () => {
    const cumulus = await partner('Cumulus')
    const people = await bench.db
      .insert(contacts)
      .values(['lea', 'tom'].map((name) => ({ partnerId: cumulus, name, email: `${name}@cumulus.example` })))
      .returning()
    const of = async (address: string, contactId: string | null) =>
      (
        await issueLink(
          bench.db,
          { purpose: 'partner', partnerId: cumulus, address, contactId, registrationId: null },
          HOUR,
        )
      ).token
    const [lea, leaByAddress, tom, stranger] = await Promise.all([
      of('lea@cumulus.example', people[0]?.id ?? ''),
      of('LEA@cumulus.example', null),
      of('tom@cumulus.example', people[1]?.id ?? ''),
      of('desk@cumulus.example', null),
    ])
    for (const open of [lea, leaByAddress, tom, stranger]) expect((await get('', open)).status).toBe(200)

    await bench.db
      .update(contacts)
      .set({ state: 'left' })
      .where(eq(contacts.id, people[0]?.id ?? ''))
    for (const [who, status] of [
      [lea, 410],
      [leaByAddress, 410],
      [tom, 200],
      [stranger, 200],
    ] as const)
      expect((await get('', who)).status).toBe(status)
    expect(await post('/new', { once: 'x'.repeat(20), company: 'Taken along Ltd' }, lea)).toMatchObject({ status: 410 })
    // Who went to another partner has left this one.
    await bench.db
      .update(contacts)
      .set({ partnerId: borealis })
      .where(eq(contacts.id, people[1]?.id ?? ''))
    expect((await get('', tom)).status).toBe(410)

    await bench.db.update(partners).set({ state: 'offboarded' }).where(eq(partners.id, cumulus))
    expect(await get('', stranger)).toMatchObject({ status: 410 })
    expect(await bench.db.select().from(registrations).where(eq(registrations.partnerId, cumulus))).toEqual([])
  })

  it('of another partner sees and does nothing with this one’s registration', async () => {
    const id = await submitted({ company: 'Secret of Aurora' })
    await post(`/registrations/${id}/files`, fileForm('a.txt', 'secret'))
    const [file] = await bench.db.select().from(attachments).where(eq(attachments.registrationId, id))
    const other = await link(borealis)
    const before = await row(id)
    for (const path of ['', '/edit', '/withdraw', `/files/${file?.id ?? ''}`]) {
      const { status, text } = await get(`/registrations/${id}${path}`, other)
      expect(status).toBe(404)
      expect(text).not.toContain('Secret of Aurora')
    }
    for (const path of ['answer', 'edit', 'extension', 'withdraw'])
      expect(
        await post(`/registrations/${id}/${path}`, { company: 'Mine', answer: 'x', reason: 'x' }, other),
      ).toMatchObject({ status: 404 })
    expect(await post(`/registrations/${id}/files`, fileForm('b.txt', 'b'), other)).toMatchObject({ status: 404 })
    expect((await get('', other)).text).not.toContain('Secret of Aurora')
    expect(await row(id)).toEqual(before)
  })

  it('for one registration opens that one alone', async () => {
    const [mine, another] = [await submitted(), await submitted()]
    const narrow = await link(aurora, { registrationId: mine })
    expect(await get('', narrow)).toMatchObject({ status: 303 })
    expect(await get(`/registrations/${mine}`, narrow)).toMatchObject({ status: 200 })
    expect(await get(`/registrations/${another}`, narrow)).toMatchObject({ status: 404 })
    expect(await get('/new', narrow)).toMatchObject({ status: 404 })
    expect(await post('/new', { once: 'x'.repeat(20), company: 'x' }, narrow)).toMatchObject({ status: 404 })
  })

  it('is kept by nothing: no cache, no referrer, no frame, no script, no log', async () => {
    const { headers } = await get('/new')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    )
    expect(headers.get('x-frame-options')).not.toBeNull()
    expect(served.logged.join('\n')).not.toContain(token)
    expect(served.logged.join('\n')).toContain('registration submitted')
  })

  it('takes no form that another site sent', async () => {
    const fields = { once: await once(), company: 'Cross Ltd' }
    expect(await post('/new', fields, token, { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 })
    expect(await post('/new', fields, token, { 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 303 })
  })

  it('takes so many forms in a minute, and shows its pages all the same', async () => {
    const hasty = await serveBench(bench, { programme, partnerDoor: { ...doorSettings, perMinute: 2 } })
    const own = await link(aurora)
    const send = (by: string) =>
      fetch(`${hasty.url}/partner/${by}/new`, { method: 'POST', body: new URLSearchParams({ company: 'Hasty Ltd' }) })
    expect([(await send(own)).status, (await send(own)).status]).toEqual([422, 422])
    const refused = await send(own)
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect(await refused.text()).toContain('Wait a minute')
    expect((await fetch(`${hasty.url}/partner/${own}/new`)).status).toBe(200)
    expect((await send(await link(aurora))).status, 'another link').toBe(422)
    await hasty.close()
  })

  it('shows no page that is none, and takes no form that is too long', async () => {
    expect(await get('/anything')).toMatchObject({ status: 404 })
    expect(await post('/new', { company: 'x'.repeat(70_000) })).toMatchObject({ status: 413 })
  })
})

describe('how a partner gets its link', () => {
  it('is made by staff, opens the pages, is listed without its token, and revoked', async () => {
    const made = await served.causeway([
      'partners',
      'link',
      borealis,
      '--for',
      'bo@borealis.example',
      '--valid-for',
      '2h',
    ])
    expect(made).toMatchObject({ code: 0 })
    const [, given = ''] = /\/partner\/([\w-]+)/.exec(made.out) ?? []
    expect((await get('', given)).text).toContain('You have no registration yet.')
    const listed = await served.causeway(['partners', 'links', borealis], { role: 'manager' })
    expect(listed.out).toContain('bo@borealis.example')
    expect(listed.out).not.toContain(given)
    expect(await served.causeway(['partners', 'unlink', borealis])).toMatchObject({ code: 0 })
    expect(await get('', given)).toMatchObject({ status: 410 })
    const wrong = await served.causeway([
      'partners',
      'link',
      borealis,
      '--for',
      'bo@borealis.example',
      '--valid-for',
      'ever',
    ])
    expect(wrong.err).toContain('expected a duration')
  })

  it('stands in what the partner is told by mail, and leads to that registration', async () => {
    const id = await submitted()
    await decided(id, 'approve')
    const planned = await bench.db.select().from(notices).where(eq(notices.subjectId, id))
    const settings = { ...plainSettings, partnerDoor: { url: 'https://deals.example.com', linkForMs: HOUR } }
    const messageFor = async (notice: (typeof planned)[number] | undefined) => {
      if (notice === undefined) throw new Error('nobody is told')
      const told = await messageOf(bench.db, settings, notice)
      if (typeof told === 'string') throw new Error(told)
      return (await withPartnerLink(bench.db, settings, notice, told)).message
    }
    const toPartner = planned.find(({ audience }) => audience === 'partner')
    const part = (await messageFor(toPartner)).parts.find(({ kind }) => kind === 'link')
    const url = part !== undefined && part.kind === 'link' ? part.url : ''
    const [, given = '', path = ''] =
      /^https:\/\/deals\.example\.com\/partner\/([\w-]+)(\/registrations\/[\w-]+)$/.exec(url) ?? []
    expect((await get(path, given)).text).toContain('Approved')
    // Who is the partner's own sees all; an address that nobody knows sees this one.
    expect((await get('/new', given)).status).toBe(200)
    const stranger = { ...toPartner, recipient: 'stranger@elsewhere.example' }
    const narrow = await messageFor(toPartner === undefined ? undefined : { ...toPartner, ...stranger })
    const [, few = ''] = /partner\/([\w-]+)/.exec(JSON.stringify(narrow.parts)) ?? []
    expect((await get('/new', few)).status).toBe(404)
    const manager = await messageFor(planned.find(({ audience }) => audience === 'manager'))
    expect(JSON.stringify(manager)).not.toContain('/partner/')
  })
})

const call = async (method: string, path: string, by: string, body?: string, more: Record<string, string> = {}) => {
  const headers = { authorization: `Bearer ${by}`, ...more }
  const response = await fetch(`${served.url}/api/v1/registrations${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, text: await response.text() }
}

it('does the same by a key of the partner', async () => {
  const id = await submitted()
  const { key } = await createKey(bench.db, { label: 'Portal of Aurora', role: 'partner', partnerId: aurora })
  const other = await createKey(bench.db, { label: 'Portal of Borealis', role: 'partner', partnerId: borealis })
  const json = { 'content-type': 'application/json' }
  expect(await call('PATCH', `/${id}`, key, '{"products":"Three"}', json)).toMatchObject({
    status: 200,
    text: '{"applied":["products"],"proposed":[]}',
  })
  expect(await call('PATCH', `/${id}`, other.key, '{"products":"Mine"}', json)).toMatchObject({ status: 404 })
  expect(await call('PATCH', `/${id}`, key, '{"contactEmail":"none"}', json)).toMatchObject({ status: 400 })
  const file = await call('POST', `/${id}/attachments?name=a.txt`, key, 'hello')
  expect(file.status).toBe(201)
  const fileId = /"id":"([^"]+)"/.exec(file.text)?.[1] ?? ''
  expect(await call('GET', `/${id}/attachments/${fileId}`, key)).toEqual({ status: 200, text: 'hello' })
  expect(await call('GET', `/${id}/attachments/${fileId}`, other.key)).toMatchObject({ status: 404 })
  expect(await call('POST', `/${id}/attachments?name=b.txt`, other.key, 'b')).toMatchObject({ status: 404 })
  expect(await call('DELETE', `/${id}/attachments/${fileId}`, key)).toMatchObject({ status: 403 })
  const large = await call(
    'POST',
    `/${id}/attachments?name=b.txt`,
    key,
    'a'.repeat(doorSettings.attachments.maxSize + 1),
  )
  expect(large).toMatchObject({ status: 413 })
  expect(large.text).toContain('CW_FILE_TOO_LARGE')
  const twice = { ...json, 'idempotency-key': 'order-4711' }
  const first = await call('POST', '', key, '{"company":"By key Ltd"}', twice)
  expect(await call('POST', '', key, '{"company":"By key Ltd"}', twice)).toEqual(first)
  const timeline = await call('GET', `/${id}/timeline/document?form=markdown&timeZone=Europe/Berlin`, key)
  expect(timeline.text).toContain('All times are in Europe/Berlin.')
  expect(await call('GET', `/${id}/timeline`, other.key)).toMatchObject({ status: 404 })
})
