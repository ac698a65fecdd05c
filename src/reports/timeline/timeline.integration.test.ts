/** The timeline of a life with everything in it: nothing that the rows tell is left out, and a partner is told only what is its own. */
import { eq, inArray, or, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFiles } from '../../../test/setup/files.ts'
import { attach } from '../../attachments/attach.ts'
import { createKey } from '../../db/api-keys.ts'
import { recordAudit } from '../../db/audit.ts'
import { asPartner, databaseNow } from '../../db/connection.ts'
import { keepClashes } from '../../db/clashes.ts'
import {
  attachments,
  audit,
  changes,
  conflicts,
  events,
  links,
  notices,
  proposedChanges,
  registrations,
  tasks,
  writes,
} from '../../db/schema/index.ts'
import { timelinePage } from '../../http/pages/timeline.ts'
import { decide } from '../../process/decide.ts'
import { startRig, type Rig } from '../../process/rig.test-support.ts'
import { documentOf } from './document.ts'
import { markdownOf } from './markdown.ts'
import { readOwnTimeline } from './own.ts'
import { readTimeline } from './read.ts'

const policy = { version: '7', decision: { approver: 'desk@vendor.example', within: '2h', remindAfter: '1h' } }
const rival = { partner: 'Borealis Channel GmbH', company: 'Hafen AG', amount: '77123.45' }

let rig: Rig
let id: string
let partnerId: string
const { files, remove } = temporaryFiles()
beforeAll(async () => {
  rig = await startRig(policy)
  const borealis = await rig.partner(rival.partner)
  const other = await rig.claim(borealis, { amount: rival.amount, domain: null })
  await rig.settle(other)
  await rig.directDeal({ name: 'Hafen AG', domain: 'hafen.com' }, '2026-03-04T05:06:07.000Z')
  partnerId = await rig.partner('Aurora & Söhne <b>', { email: 'desk@aurora.example' })
  id = await rig.claim(partnerId, { company: 'Hafen AG', contactEmail: 'kai@hafen.com' })
  await rig.settle(id)
  await rig.pass(id, 60 * 60_000)
  await rig.settle(id)
  const { db } = rig
  const key = await createKey(db, { label: 'Portal of Aurora', role: 'partner', partnerId })
  const content = new Blob(['the offer']).stream()
  const rules = { maxSize: 1000, perRegistration: 3, types: ['txt'] as const }
  await attach(db, files, rules, { registrationId: id, name: 'offer.txt', content, actor: `key:${key.id}` })
  const [task] = await db.select().from(tasks).where(eq(tasks.subjectId, id))
  await decide(db, {
    taskId: task?.id ?? '',
    decision: 'approve',
    reason: 'A note of ours.',
    by: { label: 'Mia of the partner desk', email: null, door: 'api' },
  })
  await rig.settle(id)
  const { dealId } = await rig.row(id)
  await db.insert(proposedChanges).values({
    registrationId: id,
    partnerId,
    round: 1,
    fields: { company: { from: 'Hafen AG', to: 'Hafen SE' } },
    actor: 'portal',
  })
  const link = { connection: 'portal', object: 'registrations', kind: 'registration' as const, recordId: id }
  const [made] = await db
    .insert(links)
    .values({ ...link, externalId: 'p-1' })
    .returning()
  const linkId = made?.id ?? ''
  await db.insert(writes).values({
    linkId,
    connection: 'portal',
    object: 'registrations',
    desired: 1,
    status: 'parked',
    code: 'CW_RECORD_INVALID',
  })
  const change = (version: string, status: 'applied' | 'no-op') => ({
    connection: 'portal',
    object: 'registrations',
    externalId: 'p-1',
    version,
    bodyHash: version,
    body: { key: null, deleted: false, mergedInto: null, modifiedAt: '2026-03-01T09:00:00.000Z', fields: {} },
    status,
    recordId: id,
  })
  await db.insert(changes).values([change('1', 'applied'), change('2', 'no-op'), change('3', 'no-op')])
  await db.transaction((tx) =>
    keepClashes(tx, [
      {
        linkId,
        recordId: id,
        kind: 'registration',
        field: 'amount',
        base: '1',
        ours: '2',
        theirs: '3',
        rule: 'vendor',
        winner: 'theirs',
      },
    ]),
  )
  const write = { what: 'write', actor: 'system', connection: 'crm', object: 'deals', externalId: 'd-1', created: true }
  await recordAudit(db, [
    { ...write, recordId: dealId, fields: ['Amount'], values: { before: {}, after: { Amount: '1000' } } },
    { ...write, created: false, recordId: id, object: 'registrations', externalId: 'p-1', fields: ['state'] },
  ])
  await db
    .update(notices)
    .set({ status: 'sent', sentAt: sql`now()` })
    .where(eq(notices.subjectId, id))
  await db
    .update(registrations)
    .set({ protectedUntil: sql`now() - interval '1 second'`, expiryRemindAt: null })
    .where(eq(registrations.id, id))
  await rig.settle(id)
}, 60_000)
afterAll(async () => {
  await rig.close()
  remove()
})

async function whole(timeZone = 'UTC') {
  const timeline = await readTimeline(rig.db, id)
  if (timeline === undefined) throw new Error('no timeline')
  return documentOf(timeline, timeZone, await databaseNow(rig.db))
}

const idsOf = async (rows: Promise<{ id: string | number }[]>) => (await rows).map((row) => String(row.id))

describe('the document', () => {
  it('has every row that tells of the registration', async () => {
    const { db } = rig
    const { dealId } = await rig.row(id)
    const expected = [
      ...(await idsOf(db.select({ id: events.id }).from(events).where(eq(events.subjectId, id)))),
      ...(await idsOf(db.select({ id: notices.id }).from(notices).where(eq(notices.subjectId, id)))),
      ...(await idsOf(db.select({ id: tasks.id }).from(tasks).where(eq(tasks.subjectId, id)))),
      ...(await idsOf(db.select({ id: conflicts.id }).from(conflicts).where(eq(conflicts.registrationId, id)))),
      ...(await idsOf(
        db
          .select({ id: audit.id })
          .from(audit)
          .where(inArray(audit.recordId, [id, dealId ?? ''])),
      )),
      ...(await idsOf(db.select({ id: attachments.id }).from(attachments).where(eq(attachments.registrationId, id)))),
      ...(await idsOf(
        db.select({ id: proposedChanges.id }).from(proposedChanges).where(eq(proposedChanges.registrationId, id)),
      )),
      ...(await idsOf(db.select({ id: changes.id }).from(changes).where(eq(changes.status, 'applied')))),
      ...(await idsOf(db.select({ id: writes.linkId }).from(writes).where(eq(writes.status, 'parked')))),
    ]
    expect(expected.length).toBeGreaterThan(15)
    const document = await whole()
    const markdown = markdownOf(document)
    const html = String(await timelinePage(document))
    for (const row of expected) {
      expect(markdown).toContain(row)
      expect(html).toContain(row)
    }
  })

  it('says by which rule and edition of the policy, by whom and why', async () => {
    const markdown = markdownOf(await whole())
    expect(markdown).toMatch(
      /\*\*It was checked for conflicts\*\* – .* \(by Causeway; rule “conflict-check”, policy version 7\)/,
    )
    expect(markdown).toMatch(/\*\*Asked whether to approve the registration\*\* .*\(of manager@vendor\.example\)/)
    expect(markdown).toContain('Why a person is asked: direct deal; registration by name')
    // When the CRM's people opened the deal, which is not when we heard of it.
    expect(markdown).toContain('Since: 4 Mar 2026, 05:06:07 UTC')
    expect(markdown).toMatch(
      /\*\*Decided: approve\*\* .*\(by Mia of the partner desk\)[^\n]*\n *- Reason: A note of ours\./,
    )
    expect(markdown).toMatch(/\*\*Approved\*\* .*\(by Mia of the partner desk; rule “decision”, policy version 7\)/)
    expect(markdown).toContain('**A file was attached: offer.txt**')
    expect(markdown).toContain('(by Portal of Aurora)')
    expect(markdown).toContain('Amount: (none) → 1000')
    expect(markdown).toContain('Company: Hafen AG → Hafen SE')
    expect(markdown).toContain('systems were read 2 times and said what was known already')
    expect(markdown).toContain('Protected until: ')
  })

  it('puts what followed from an event at once under it', async () => {
    const { steps } = await whole()
    const screened = steps.find(({ title }) => title === 'It was checked for conflicts')
    expect(screened?.under.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Beside it: a direct deal', 'Beside it: another registration']),
    )
    const opened = steps.find(({ title }) => title === 'A person was asked to decide')
    expect(opened?.under.map(({ title }) => title)).toEqual([
      'Asked whether to approve the registration',
      'Told by email: “task opened”',
    ])
  })

  it('tells its times in the zone that it names, and in no other', async () => {
    expect((await whole('Asia/Kolkata')).steps[0]?.at).toMatch(/GMT\+5:30$/)
    await expect(whole('Mars/Olympus')).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  })

  it('lets no name from outside be taken for markup', async () => {
    const document = await whole()
    expect(String(await timelinePage(document))).toContain('Aurora &amp; Söhne &lt;b&gt;')
    expect(markdownOf(document)).toContain('Aurora & Söhne \\<b\\>')
  })
})

const own = () => asPartner(rig.db, partnerId, (tx) => readOwnTimeline(tx, id))

describe('what the partner sees', () => {
  it('is its own story: steps, what it was told, its files and changes', async () => {
    const timeline = await own()
    if (timeline === undefined) throw new Error('no timeline')
    const markdown = markdownOf(documentOf(timeline, 'UTC', await databaseNow(rig.db)))
    for (const told of ['taken in', 'Approved', 'lapsed', 'offer.txt', 'Hafen SE', 'Told by email'])
      expect(markdown).toContain(told)
  })

  it('names neither the other partner, nor an amount, a person of staff, a note, a finding, a task or a write', async () => {
    const timeline = JSON.stringify(await own())
    const hidden = [rival.partner, rival.amount, 'Mia', 'note of ours', 'manager@', 'task.', 'finding', 'write', 'crm']
    for (const secret of hidden) expect(timeline).not.toContain(secret)
    const seen = new Set((await own())?.entries.map(({ kind }) => kind))
    expect(seen).toEqual(new Set(['event', 'notice', 'proposal']))
  })

  it('is refused by the database to another partner, and addresses of notices to all', async () => {
    const other = await rig.partner('Cirrus')
    expect(await asPartner(rig.db, other, (tx) => readOwnTimeline(tx, id))).toBeUndefined()
    const rows = await asPartner(rig.db, other, (tx) =>
      tx
        .select({ id: notices.id })
        .from(notices)
        .where(or(eq(notices.subjectId, id), sql`true`)),
    )
    expect(rows).toEqual([])
    const addresses = asPartner(rig.db, partnerId, (tx) => tx.select({ to: notices.recipient }).from(notices))
    await expect(addresses).rejects.toMatchObject({ cause: { code: '42501' } })
  })
})
