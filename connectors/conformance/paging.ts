import { describe, expect, it } from 'vitest'
import type { VendorRecord } from '../contract.ts'
import { capabilityOf, ctx, forObjects, walk } from './bench.ts'
import type { ConformanceCase, ObjectHands, Subject } from './subject.ts'

/** More than any vendor's page. */
const many = 320

/** Reading changes: nothing is missing, whatever the clocks and the users do meanwhile. */
export function pagingTests(given: ConformanceCase): void {
  const each = (test: (subject: Subject, hands: ObjectHands) => Promise<void>) => forObjects(given, test, readable)

  describe('changes', () => {
    it('reads all of hundreds of records with one modification time', () =>
      each(async (subject, hands) => {
        const ids = await hands.create(many, { sameInstant: true })
        await subject.settle?.()
        const { records } = await walk(subject.connect(), hands, null)
        expect(missing(ids, records)).toEqual([])
      }))

    it('misses nothing that is created or edited during a scan', () =>
      each(async (subject, hands) => {
        const ids = await hands.create(many)
        await subject.settle?.()
        const connector = subject.connect()
        const query = { object: hands.object, cursor: null, from: null, fields: hands.fields }
        const first = await connector.changes(query, ctx())
        const created = await hands.create(3)
        const edited = [ids[0], ids[many - 1], first.records[0]?.id].filter((id) => id !== undefined)
        for (const id of edited) await hands.edit(id)
        const rest = await walk(connector, hands, first.cursor)
        await subject.settle?.()
        const next = await walk(connector, hands, rest.cursor)
        const seen = [...first.records, ...rest.records, ...next.records]
        expect(missing([...ids, ...created], seen)).toEqual([])
        await expectLatest(subject, hands, edited, seen)
      }))

    it('finds in the next scan what happened at the very instant of the last', () =>
      each(async (subject, hands) => {
        const before = await hands.create(5, { sameInstant: true })
        await subject.settle?.()
        const connector = subject.connect()
        const first = await walk(connector, hands, null)
        expect(missing(before, first.records)).toEqual([])
        const after = await hands.create(5, { sameInstant: true })
        await hands.edit(before[0] ?? '')
        await subject.settle?.()
        const second = await walk(connector, hands, first.cursor)
        expect(missing([...after, ...before.slice(0, 1)], second.records)).toEqual([])
        await expectLatest(subject, hands, before.slice(0, 1), second.records)
      }))

    it('does not lose what becomes visible late', () =>
      each(async (subject, hands) => {
        const connector = subject.connect()
        const first = await walk(connector, hands, null)
        const ids = await hands.create(5)
        // Scans go on while the records are still hidden, so that the lower bound moves past their modification time.
        const seen: VendorRecord[] = []
        let { cursor } = first
        for (let scan = 0; scan < 4; scan += 1) {
          await subject.pass?.(capabilityOf(connector, hands.object).visibleAfterMs * 0.3)
          const next = await walk(connector, hands, cursor)
          seen.push(...next.records)
          cursor = next.cursor
        }
        await subject.settle?.()
        const last = await walk(connector, hands, cursor)
        expect(missing(ids, [...seen, ...last.records])).toEqual([])
      }))

    it('goes on from its cursor in another process, and says how far it is covered', () =>
      each(async (subject, hands) => {
        const ids = await hands.create(many)
        await subject.settle?.()
        const query = { object: hands.object, cursor: null, from: null, fields: hands.fields }
        const first = await subject.connect().changes(query, ctx())
        const rest = await walk(subject.connect(), hands, first.cursor)
        expect(missing(ids, [...first.records, ...rest.records])).toEqual([])
        const next = await walk(subject.connect(), hands, rest.cursor)
        expect(new Date(rest.coveredThrough).toISOString()).toBe(rest.coveredThrough)
        expect(next.coveredThrough >= rest.coveredThrough).toBe(true)
      }))

    it('shapes every record as the contract says', () =>
      each(async (subject, hands) => {
        const [id = ''] = await hands.create(1)
        await subject.settle?.()
        const { records } = await walk(subject.connect(), hands, null)
        const record = records.find((one) => one.id === id)
        expect(record).toMatchObject({ object: hands.object, id, deleted: false, mergedInto: null })
        expect(record?.version).not.toBe('')
        expect(Object.keys(record?.fields ?? {})).toEqual(expect.arrayContaining(hands.fields))
        const { modifiedAt = null } = record ?? {}
        expect(modifiedAt === null ? null : new Date(modifiedAt).toISOString()).toBe(modifiedAt)
      }))
  })
}

function readable(hands: ObjectHands, subject: Subject): boolean {
  return capabilityOf(subject.connect(), hands.object).read === 'changes'
}

function missing(ids: string[], records: VendorRecord[]): string[] {
  const seen = new Set(records.map((record) => record.id))
  return ids.filter((id) => !seen.has(id))
}

/** The last edit of each record is among what was seen: its version is the one that a read finds now. */
async function expectLatest(subject: Subject, hands: ObjectHands, ids: string[], seen: VendorRecord[]): Promise<void> {
  const refs = ids.map((value) => ({ object: hands.object, by: 'id' as const, value }))
  const reads = await subject.connect().read(refs, hands.fields, ctx())
  for (const read of reads) {
    if (read.status !== 'found') throw new Error(`an edited record is ${read.status}`)
    const versions = seen.filter((record) => record.id === read.record.id).map((record) => record.version)
    expect(versions).toContain(read.record.version)
  }
}
