/** The API on a real database with two partners, one connection that takes webhooks, and a key for each role. */
import { createHmac } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { createTestDatabase } from '../../test/setup/database.ts'
import { doorSettings, temporaryFiles } from '../../test/setup/files.ts'
import { ConnectorError, faultOf, type Connector } from '../../connectors/contract.ts'
import { createKey } from '../db/api-keys.ts'
import { openDatabase } from '../db/connection.ts'
import { knowConnections } from '../db/connections.ts'
import * as tables from '../db/schema/index.ts'
import { policySchema } from '../domain/policy/policy.ts'
import { createApi } from './api.ts'
import type { ApiDeps } from './deps.ts'

export const hookSecret = 'hook-secret'
export const publicUrl = 'https://causeway.example.com'

/** Texts that belong to partner B alone, or to staff; partner A must never be shown one. */
export const secretsOfB = {
  partner: 'Borealis Channel GmbH',
  company: 'Bellweather Foods',
  domain: 'bellweather-foods.com',
  contact: 'bea@bellweather-foods.com',
  amount: '77123.45',
  submitter: 'Bruno of Borealis',
  staff: 'Sigrid of the partner desk',
  reason: 'Because Borealis was late',
}

export async function openRig() {
  const testDatabase = await createTestDatabase()
  const database = openDatabase(testDatabase.url, 5)
  const { db } = database
  const logged: { message: string; fields: Record<string, unknown> }[] = []
  const note = (message: string, fields: Record<string, unknown> = {}) => void logged.push({ message, fields })
  let kicks = 0
  const { files, remove } = temporaryFiles()
  const deps: ApiDeps = {
    db,
    programme: { policy: policySchema.parse({}), systems: new Map(), route: () => 'sales' },
    connectors: new Map([
      ['portal', connector(true)],
      ['sales', connector(false)],
    ]),
    connections: new Map([
      ['portal', { vendor: 'acme', role: 'portal', limits: { window: null, daily: null } }],
      ['sales', { vendor: 'acme', role: 'crm', limits: { window: { requests: 9, windowMs: 1000 }, daily: 500 } }],
    ]),
    authorizers: new Map(),
    files,
    partnerDoor: doorSettings,
    kick: () => (kicks += 1),
    publicUrl,
    log: { info: note, warn: note, error: note },
    nowMs: Date.now,
    health: () => Promise.resolve([{ part: 'database', ok: true, code: null, message: null }]),
  }
  const app = createApi(deps)
  await knowConnections(db, [
    { name: 'portal', mode: 'live' },
    { name: 'sales', mode: 'live' },
  ])
  const seeded = await seed(db)
  const keys = {
    admin: (await createKey(db, { label: 'Admin', role: 'admin', partnerId: null })).key,
    manager: (await createKey(db, { label: secretsOfB.staff, role: 'manager', partnerId: null })).key,
    a: (await createKey(db, { label: 'A', role: 'partner', partnerId: seeded.a.partnerId })).key,
    b: (await createKey(db, { label: 'B', role: 'partner', partnerId: seeded.b.partnerId })).key,
  }

  async function call(key: keyof typeof keys | null, method: string, path: string, body?: unknown) {
    const response = await app.request(path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${keys[key]}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    // Documents are no JSON, and have nothing in common with answers.
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, text, headers: response.headers, json: readAnswer(isJson ? text : '{}') }
  }

  return {
    app,
    db,
    deps,
    url: testDatabase.url,
    call,
    keys,
    logged,
    seeded,
    kicks: () => kicks,
    async close() {
      await database.close()
      await testDatabase.drop()
      remove()
    },
  }
}

export type Rig = Awaited<ReturnType<typeof openRig>>

/** What answers have in common, for tests to look into; what an answer does not have is empty. */
const answerSchema = z.looseObject({
  id: z.string().default(''),
  items: z.array(z.record(z.string(), z.unknown())).default([]),
  next: z.string().nullable().default(null),
  count: z.number().default(-1),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      remedy: z.string(),
      detail: z.record(z.string(), z.unknown()).default({}),
      requestId: z.string(),
    })
    .default({ code: '', message: '', remedy: '', detail: {}, requestId: '' }),
})

export function readAnswer(text: string): z.infer<typeof answerSchema> {
  return answerSchema.parse(JSON.parse(text))
}

async function seed(db: ApiDeps['db']) {
  const a = await claim(db, {
    partner: 'Aurora Partners',
    company: 'Alder Foods',
    domain: 'alder-foods.com',
    contact: 'al@alder-foods.com',
    amount: '1000.00',
    submitter: 'Ann of Aurora',
  })
  const b = await claim(db, secretsOfB)
  await db
    .insert(tables.conflicts)
    .values([
      conflictOf(a.registrationId, a.partnerId, b.registrationId),
      conflictOf(b.registrationId, b.partnerId, a.registrationId),
    ])
  return { a, b }
}

function conflictOf(registrationId: string, partnerId: string, otherId: string) {
  const evidence = { matchedOn: ['name' as const], score: 70 }
  return {
    registrationId,
    partnerId,
    otherId,
    round: 0,
    kind: 'registration' as const,
    score: 70,
    evidence,
    blocks: 'ask' as const,
  }
}

async function claim(
  db: ApiDeps['db'],
  names: { partner: string; company: string; domain: string; contact: string; amount: string; submitter: string },
) {
  const [partner] = await db
    .insert(tables.partners)
    .values({ name: names.partner, email: `desk@${names.domain}`, state: 'active' })
    .returning()
  if (partner === undefined) throw new Error('no partner')
  const [registration] = await db
    .insert(tables.registrations)
    .values({
      partnerId: partner.id,
      submittedBy: names.submitter,
      onBehalfBy: secretsOfB.staff,
      submittedAt: '2026-01-02T03:04:05.000Z',
      company: names.company,
      domain: names.domain,
      contactEmail: names.contact,
      amount: names.amount,
      currency: 'EUR',
      state: 'in-review',
      round: 1,
    })
    .returning()
  if (registration === undefined) throw new Error('no registration')
  const [task] = await db
    .insert(tables.tasks)
    .values({
      kind: 'approve-registration',
      subjectId: registration.id,
      round: 1,
      why: ['conflict'],
      dueAt: sql`now()`,
      reason: null,
    })
    .returning()
  const [event] = await db
    .insert(tables.events)
    .values([
      {
        subjectId: registration.id,
        partnerId: partner.id,
        stepKey: 'receive',
        what: 'registration.received',
        actor: 'system',
      },
      {
        subjectId: registration.id,
        partnerId: partner.id,
        stepKey: 'ask:1',
        what: 'task.opened',
        actor: secretsOfB.staff,
      },
    ])
    .returning()
  if (task === undefined || event === undefined) throw new Error('no task')
  const [notice] = await db
    .insert(tables.notices)
    .values({
      eventId: event.id,
      subjectId: registration.id,
      template: 'task.opened',
      channel: 'email',
      recipient: `desk@${names.domain}`,
      status: 'parked',
      code: '550',
    })
    .returning()
  const [link] = await db
    .insert(tables.links)
    .values({
      connection: 'sales',
      object: 'deals',
      kind: 'registration',
      recordId: registration.id,
      externalId: names.domain,
    })
    .returning()
  if (link === undefined || notice === undefined) throw new Error('no link')
  await db.insert(tables.writes).values({
    linkId: link.id,
    connection: 'sales',
    object: 'deals',
    desired: 1,
    status: 'parked',
    code: 'CW_RECORD_INVALID',
    detail: { message: names.company },
  })
  const [clash] = await db
    .insert(tables.clashes)
    .values({
      linkId: link.id,
      recordId: registration.id,
      kind: 'registration',
      field: 'amount',
      ours: names.amount,
      theirs: '5',
      rule: 'ask',
      winner: 'open',
    })
    .returning()
  const [change] = await db
    .insert(tables.changes)
    .values({
      connection: 'portal',
      object: 'deals',
      externalId: names.domain,
      version: '1',
      bodyHash: names.domain,
      body: { key: null, deleted: false, mergedInto: null, modifiedAt: null, fields: {} },
      status: 'parked',
      code: 'CW_PARTNER_UNKNOWN',
      detail: { company: names.company },
    })
    .returning()
  const [attachment] = await db
    .insert(tables.attachments)
    .values({
      registrationId: registration.id,
      partnerId: partner.id,
      name: `${names.company}.txt`,
      mediaType: 'text/plain',
      size: 1,
      sha256: names.domain,
      actor: 'system',
    })
    .returning()
  if (change === undefined || clash === undefined || attachment === undefined) throw new Error('no change')
  return {
    partnerId: partner.id,
    registrationId: registration.id,
    taskId: task.id,
    changeId: change.id,
    clashId: clash.id,
    linkId: link.id,
    noticeId: notice.id,
    attachmentId: attachment.id,
  }
}

const never = () => Promise.reject(new Error('the API calls no vendor'))

/** A vendor that signs its webhooks over address and body; its body is `{ "id": … }`. */
function connector(takesHooks: boolean): Connector {
  return {
    capabilities: [],
    check: never,
    describe: never,
    changes: never,
    read: never,
    write: never,
    ...(takesHooks ? { webhooks: { verify, hints } } : {}),
  }
}

export function signatureOf(url: string, body: string): string {
  return createHmac('sha256', hookSecret).update(url).update(body).digest('hex')
}

const verify: NonNullable<Connector['webhooks']>['verify'] = ({ url, headers, body }) =>
  headers['x-signature'] === signatureOf(url, Buffer.from(body).toString()) ? 'valid' : 'invalid'

const hints: NonNullable<Connector['webhooks']>['hints'] = (body) => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString())
    if (typeof parsed === 'object' && parsed !== null && 'id' in parsed)
      return [{ object: 'deals', id: String(parsed.id) }]
  } catch {
    // Told below.
  }
  throw new ConnectorError(faultOf('CW_WEBHOOK_BODY', 'The body is not ours'), 'no')
}
