import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '../../test/setup/database.ts'
import { openDatabase, type Database } from '../db/connection.ts'
import { attachments, events, partners, registrations } from '../db/schema/index.ts'
import { attach, detach, tidy, type AttachmentRules } from './attach.ts'
import { directoryStore } from './directory.ts'

const rules: AttachmentRules = { maxSize: 100_000, perRegistration: 3, types: ['pdf', 'txt'] }

let testDatabase: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
let folder: string
const actor = 'key:1'

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase(testDatabase.url, 4)
  folder = await mkdtemp(join(tmpdir(), 'causeway-files-'))
})
afterAll(async () => {
  await database.close()
  await testDatabase.drop()
  await rm(folder, { recursive: true, force: true })
})

async function registered(state: 'in-review' | 'declined' = 'in-review'): Promise<string> {
  const [partner] = await database.db.insert(partners).values({ name: 'Aurora' }).returning()
  const [made] = await database.db
    .insert(registrations)
    .values({ partnerId: partner?.id ?? '', company: 'Hafen AG', state })
    .returning()
  return made?.id ?? ''
}

async function* parts(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text))
}

const pdf = '%PDF-1.7\n'
const store = () => directoryStore(folder)
const held = (registrationId: string) =>
  database.db.select().from(attachments).where(eq(attachments.registrationId, registrationId))
const filesThere = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length

describe('attach', () => {
  it('keeps the file outside the database, under a name of ours that only this user may read', async () => {
    const registrationId = await registered()
    const content = parts(pdf, 'one', 'two')
    const made = await attach(database.db, store(), rules, { registrationId, name: '../offer.pdf', content, actor })
    expect(made).toMatchObject({ name: 'offer.pdf', mediaType: 'application/pdf', size: 15, actor })
    expect(made.sha256).toMatch(/^[0-9a-f]{64}$/)
    const path = join(folder, made.id.slice(-2), made.id)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await new Response(await store().open(made.id)).text()).toBe('%PDF-1.7\nonetwo')
    const told = await database.db.select().from(events).where(eq(events.subjectId, registrationId))
    expect(told).toMatchObject([{ what: 'attachment.added', actor, detail: { attachmentId: made.id, size: 15 } }])
  })

  it('keeps a file once that is sent twice, also at the same time', async () => {
    const registrationId = await registered()
    const send = () =>
      attach(database.db, store(), rules, { registrationId, name: 'a.txt', content: parts('same'), actor })
    const before = await filesThere()
    const [first, second] = await Promise.all([send(), send()])
    expect(second.id).toBe(first.id)
    expect((await send()).id).toBe(first.id)
    expect(await held(registrationId)).toHaveLength(1)
    expect(await filesThere()).toBe(before + 1)
  })

  it('keeps the content of a row whose commit was not answered', async () => {
    const registrationId = await registered()
    let transactions = 0
    // The second transaction is committed, and its answer is lost on the way.
    const unanswered = new Proxy(database.db, {
      get: (db, name) =>
        name === 'transaction'
          ? async (work: Parameters<typeof db.transaction>[0]) => {
              const done: unknown = await db.transaction(work)
              transactions += 1
              if (transactions === 2) throw new Error('Connection terminated unexpectedly')
              return done
            }
          : (Reflect.get(db, name) as unknown),
    })
    const sent = attach(unanswered, store(), rules, { registrationId, name: 'a.txt', content: parts('kept'), actor })
    await expect(sent).rejects.toThrow('Connection terminated')
    const [row] = await held(registrationId)
    expect(await new Response(await store().open(row?.id ?? '')).text()).toBe('kept')
  })

  it('stops reading at the limit and keeps nothing', async () => {
    const registrationId = await registered()
    let read = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read += 10_000
        yield await Promise.resolve(Buffer.alloc(10_000, 'a'))
      }
    }
    const before = await filesThere()
    const sent = attach(database.db, store(), rules, { registrationId, name: 'a.txt', content: endless(), actor })
    await expect(sent).rejects.toMatchObject({ code: 'CW_FILE_TOO_LARGE', detail: { limit: 100_000 } })
    expect(read).toBeLessThanOrEqual(110_000)
    expect(await filesThere()).toBe(before)
    expect(await held(registrationId)).toEqual([])
  })

  it.each([
    ['a program that is called a PDF', 'offer.pdf', 'MZ\u0000\u0001', 'unknown-content'],
    ['a type that is not allowed', 'p.gif', 'GIF89a', 'not-allowed'],
    ['a name that says otherwise', 'offer.pdf', 'hello', 'name-differs'],
  ])('refuses %s and keeps nothing of it', async (_, name, content, why) => {
    const registrationId = await registered()
    const before = await filesThere()
    const sent = attach(database.db, store(), rules, { registrationId, name, content: parts(content), actor })
    await expect(sent).rejects.toMatchObject({ code: 'CW_FILE_REFUSED', detail: { why, types: 'pdf txt' } })
    expect(await filesThere()).toBe(before)
  })

  it('takes as many as it may, however many come at once', async () => {
    const registrationId = await registered()
    const sent = await Promise.allSettled(
      [1, 2, 3, 4, 5].map((n) =>
        attach(database.db, store(), rules, { registrationId, name: 'a.txt', content: parts(`file ${n}`), actor }),
      ),
    )
    expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await held(registrationId)).toHaveLength(3)
    const refused = sent.find(({ status }) => status === 'rejected')
    expect(refused).toMatchObject({ reason: { code: 'CW_FILES_TOO_MANY', detail: { limit: 3 } } })
  })

  it('takes nothing for a registration that has ended, or that is none', async () => {
    const ended = { registrationId: await registered('declined'), name: 'a.txt', content: parts('a'), actor }
    await expect(attach(database.db, store(), rules, ended)).rejects.toMatchObject({ code: 'CW_TRANSITION_ILLEGAL' })
    const none = { registrationId: '019ab3f2-0000-7000-8000-000000000000', name: 'a.txt', content: parts('a'), actor }
    await expect(attach(database.db, store(), rules, none)).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
  })
})

it('takes a file away with its content, once, and only from its own registration', async () => {
  const registrationId = await registered()
  const made = await attach(database.db, store(), rules, {
    registrationId,
    name: 'a.txt',
    content: parts('gone soon'),
    actor,
  })
  const of = { registrationId, attachmentId: made.id, actor: 'key:2' }
  await expect(detach(database.db, store(), { ...of, registrationId: await registered() })).rejects.toMatchObject({
    code: 'CW_NOT_FOUND',
  })
  await detach(database.db, store(), of)
  expect(await store().open(made.id)).toBeNull()
  await expect(detach(database.db, store(), of)).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
  const told = await database.db.select().from(events).where(eq(events.subjectId, registrationId))
  expect(told.map(({ what }) => what)).toEqual(['attachment.added', 'attachment.removed'])
})

it('removes what no row tells of once it is old, and nothing else', async () => {
  const registrationId = await registered()
  const kept = await attach(database.db, store(), rules, {
    registrationId,
    name: 'a.txt',
    content: parts('kept'),
    actor,
  })
  const lost = '00000000-0000-4000-8000-0000000000ab'
  await store().put(lost, parts('nobody’s'), 100)
  const young = '00000000-0000-4000-8000-0000000000cd'
  await store().put(young, parts('arriving'), 100)
  const long = new Date(Date.now() - 2 * 60 * 60_000)
  await utimes(join(folder, 'ab', lost), long, long)
  await utimes(join(folder, kept.id.slice(-2), kept.id), long, long)
  expect(await tidy(database.db, store())).toBe(1)
  expect(await store().open(lost)).toBeNull()
  expect(await store().open(young)).not.toBeNull()
  expect(await new Response(await store().open(kept.id)).text()).toBe('kept')
})

it('keeps no file under a name that is a path', async () => {
  await expect(store().put('../x', parts('a'), 9)).rejects.toThrow('no name of a file of ours')
})
