import { describe, expect, it } from 'vitest'
import { errors } from '../../src/errors.ts'
import type { Outcome, Write } from '../contract.ts'
import { arrangeWrites, capabilityOf, ctx, forObjects, keyOf, taken, writeOf } from './bench.ts'
import type { ConformanceCase, ObjectHands, Subject } from './subject.ts'

const modes: Write['mode'][] = ['update', 'upsert', 'create']

/** Writing on a good day: an outcome for every record, in order, and what was written is there. */
export function writingTests(given: ConformanceCase): void {
  describe.each(modes)('write: %s', (mode) => {
    const each = (test: (subject: Subject, hands: ObjectHands) => Promise<void>) =>
      forObjects(given, test, (hands) => hands.change !== null && hands.modes.includes(mode))

    it('writes a full batch and gives back every outcome in order', () =>
      each(async (subject, hands) => {
        const connector = subject.connect()
        const writes = await arrangeWrites(subject, hands, mode, capabilityOf(connector, hands.object).batch)
        const outcomes = await connector.write(writes, ctx())
        expect(outcomes.map(({ ref, status }) => [ref, status])).toEqual(writes.map(({ ref }) => [ref, 'done']))
        expect(await taken(hands, writes)).toEqual(writes.map(() => 1))
        await subject.settle?.()
        expect(await notAsStored(subject, hands, writes, outcomes)).toEqual([])
      }))

    it('tells of a refused record and writes the others', () =>
      each(async (subject, hands) => {
        if (hands.refused === null) return
        const writes = await arrangeWrites(subject, hands, mode, 3)
        const spoilt = { ...writes[1]?.fields, ...hands.refused }
        const batch = writes.map((write, n) => (n === 1 ? { ...write, fields: spoilt } : write))
        const outcomes = await subject.connect().write(batch, ctx())
        expect(outcomes).toMatchObject([
          { status: 'done' },
          { status: 'rejected', fault: { scope: 'record' } },
          { status: 'done' },
        ])
        const classes = outcomes.map((outcome) => (outcome.status === 'done' ? null : errors[outcome.fault.code].class))
        expect(classes).toEqual([null, 'record', null])
        expect(await taken(hands, writes)).toEqual([1, 0, 1])
      }))
  })

  it('says that a record to update is gone, makes none, and writes the others', () =>
    forObjects(given, async (subject, hands) => {
      if (!can(hands, 'update')) return
      const writes = await arrangeWrites(subject, hands, 'update', 2)
      const gone = writeOf(hands, 'update', 3, { id: hands.absentId ?? 'conformance-absent' })
      const count = (await hands.state()).length
      const outcomes = await subject.connect().write([...writes.slice(0, 1), gone, ...writes.slice(1)], ctx())
      expect(outcomes).toMatchObject([
        { status: 'done' },
        { status: 'rejected', fault: { code: 'CW_RECORD_GONE' } },
        { status: 'done' },
      ])
      expect(await hands.state()).toHaveLength(count)
    }))

  it('sets our key beside an update', () =>
    forObjects(given, async (subject, hands) => {
      if (!can(hands, 'update') || capabilityOf(subject.connect(), hands.object).key === null) return
      const [id = ''] = await hands.create(1)
      await subject.settle?.()
      await subject.connect().write([writeOf(hands, 'update', 1, { id, key: keyOf(1) })], ctx())
      expect((await hands.state()).find((record) => record.id === id)?.key).toBe(keyOf(1))
    }))

  it('upserts one record of each key, however often', () =>
    forObjects(given, async (subject, hands) => {
      if (!can(hands, 'upsert')) return
      const connector = subject.connect()
      const writes = await arrangeWrites(subject, hands, 'upsert', 2)
      const first = await connector.write(writes, ctx())
      await subject.settle?.()
      const second = await connector.write(writes, ctx())
      expect(second.map(idOf)).toEqual(first.map(idOf))
      expect(await countOfKeys(hands, writes)).toEqual([1, 1])
    }))

  it('creates no second record with a key that is taken', () =>
    forObjects(given, async (subject, hands) => {
      const connector = subject.connect()
      if (!can(hands, 'create') || capabilityOf(connector, hands.object).key === null) return
      const writes = await arrangeWrites(subject, hands, 'create', 2)
      const first = await connector.write(writes, ctx())
      expect(first.map(idOf)).not.toContain(null)
      await subject.settle?.()
      // With other values, to see that neither record takes them.
      const others = writes.map((write, n) => ({
        ...write,
        fields: { ...write.fields, ...hands.change?.(n + 7).fields },
      }))
      const before = await marksOf(hands, writes)
      const second = await connector.write(others, ctx())
      const refusal = { status: 'rejected', fault: { code: 'CW_RECORD_DUPLICATE' } }
      expect(second).toMatchObject([refusal, refusal])
      expect(await countOfKeys(hands, writes)).toEqual([1, 1])
      expect(await marksOf(hands, writes)).toEqual(before)
    }))
}

function can(hands: ObjectHands, mode: Write['mode']): boolean {
  return hands.change !== null && hands.modes.includes(mode)
}

async function countOfKeys(hands: ObjectHands, writes: Write[]): Promise<number[]> {
  const state = await hands.state()
  return writes.map(({ key }) => state.filter((record) => record.key === key).length)
}

/** What the records with these keys hold. */
async function marksOf(hands: ObjectHands, writes: Write[]): Promise<unknown[]> {
  const state = await hands.state()
  return writes.map(({ key }) => state.filter((record) => record.key === key).map((record) => record.mark))
}

function idOf(outcome: Outcome): string | null {
  return outcome.status === 'done' ? outcome.id : null
}

/** Where what a write answered differs from what a read finds. */
async function notAsStored(
  subject: Subject,
  hands: ObjectHands,
  writes: Write[],
  outcomes: Outcome[],
): Promise<unknown[]> {
  const refs = outcomes.map((outcome) => ({ object: hands.object, by: 'id' as const, value: idOf(outcome) ?? '' }))
  const reads = await subject.connect().read(refs, hands.fields, ctx())
  return reads.flatMap((read, n): unknown[] => {
    const outcome = outcomes[n]
    if (read.status !== 'found' || outcome?.status !== 'done') return [{ n, read: read.status }]
    const { record } = read
    const key = writes[n]?.key ?? record.key
    const different: unknown[] = record.key === key ? [] : [{ n, wrote: key, read: record.key }]
    if (outcome.stored === null) return different
    if (outcome.stored.version !== record.version)
      different.push({ n, stored: outcome.stored.version, read: record.version })
    for (const name of hands.fields) {
      const [stored, found] = [outcome.stored.fields[name], record.fields[name]]
      if (stored !== undefined && JSON.stringify(stored) !== JSON.stringify(found))
        different.push({ n, name, stored, found })
    }
    return different
  })
}
