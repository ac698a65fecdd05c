import { describe, expect, it } from 'vitest'
import {
  BAD_DAY_MS,
  ctx,
  capabilityOf,
  connectorError,
  forObjects,
  keyOf,
  nameOf,
  passingFaults,
  walk,
  warm,
  withSubject,
  writeOf,
} from './bench.ts'
import type { Connector } from '../contract.ts'
import type { ConformanceCase, InjectedFault, ObjectHands } from './subject.ts'

/** Reading records by id and key, and what becomes of reads when the way to the vendor is bad. */
export function readingTests(given: ConformanceCase): void {
  describe('read', () => {
    it('answers by id in the order asked, absent ones and repeats included', () =>
      forObjects(given, async (subject, hands) => {
        const ids = await hands.create(60)
        await subject.settle?.()
        const asked = [ids[2], absentId(hands), ids[0], ids[2], ...ids].filter((id) => id !== undefined)
        const reads = await subject.connect().read(byId(hands, asked), hands.fields, ctx())
        const found = reads.map((read) => (read.status === 'found' ? read.record.id : read.status))
        expect(found).toEqual(asked.map((id) => (id === absentId(hands) ? 'absent' : id)))
      }))

    it('answers by key in the order asked', () =>
      forObjects(
        given,
        async (subject, hands) => {
          const connector = subject.connect()
          const ids = await hands.create(3)
          await subject.settle?.()
          const writes = ids.map((id, n) => writeOf(hands, 'update', n, { id, key: keyOf(n) }))
          const outcomes = await connector.write(writes, ctx())
          expect(outcomes.map(({ status }) => status)).toEqual(['done', 'done', 'done'])
          await subject.settle?.()
          const refs = [2, 99, 0].map((n) => ({ object: hands.object, by: 'key' as const, value: keyOf(n) }))
          const reads = await connector.read(refs, hands.fields, ctx())
          expect(reads).toMatchObject([
            { status: 'found', record: { id: ids[2], key: keyOf(2) } },
            { status: 'absent' },
            { status: 'found', record: { id: ids[0], key: keyOf(0) } },
          ])
        },
        (hands, subject) => {
          const capability = capabilityOf(subject.connect(), hands.object)
          return capability.key !== null && capability.update && hands.change !== null
        },
      ))

    it('answers nothing for nothing', () =>
      forObjects(given, async (subject, hands) => {
        expect(await subject.connect().read([], hands.fields, ctx())).toEqual([])
      }))
  })

  describe.concurrent('read on a bad day', { timeout: BAD_DAY_MS }, () => {
    it.each(passingFaults.map((fault) => [nameOf(fault), fault] as const))(
      'never takes a fault for an answer: %s',
      (_, fault) =>
        forObjects(given, async (subject, hands) => {
          const [id = ''] = await hands.create(1)
          await subject.settle?.()
          const connector = subject.connect()
          await walk(connector, hands, null) // a token is there, so that the fault strikes the read
          await subject.inject(fault, { class: 'read', times: 1 })
          const read = await readOne(connector, hands, id)
          expect(['found', 'failed']).toContain(read)
          await subject.clearFaults()
          await subject.inject(fault, { class: 'read', times: 1 })
          const page = await walk(connector, hands, null).catch(async (error: unknown) => {
            await connectorError(Promise.reject(error))
            await subject.clearFaults()
            return walk(connector, hands, null)
          })
          expect(page.records.map((record) => record.id)).toContain(id)
        }),
    )

    it('does not take a page that says 404 for the absence of a record', () =>
      forObjects(given, async (subject, hands) => {
        const [id = ''] = await hands.create(1)
        await subject.settle?.()
        const connector = subject.connect()
        await walk(connector, hands, null)
        await subject.inject({ kind: 'html', status: 404, when: 'before' }, { class: 'read', times: 50 })
        expect(await readOne(connector, hands, id)).toBe('failed')
        await subject.clearFaults()
      }))

    it('is patient with 429, with and without Retry-After', () =>
      forObjects(given, async (subject, hands) => {
        const [id = ''] = await hands.create(1)
        await subject.settle?.()
        for (const retryAfterS of [1, null]) {
          await subject.inject({ kind: 'throttle', retryAfterS }, { class: 'read', times: 1 })
          expect(await readOne(subject.connect(), hands, id)).toBe('found')
          await subject.clearFaults()
        }
      }))

    it('passes on a long Retry-After at once', () =>
      withSubject(given, async (subject) => {
        const [hands] = subject.objects
        if (hands === undefined) throw new Error('the subject has no objects')
        const connector = subject.connect()
        await walk(connector, hands, null)
        await subject.inject({ kind: 'throttle', retryAfterS: 60 }, { class: 'read', times: 50 })
        const started = performance.now()
        const error = await connectorError(walk(connector, hands, null))
        expect(error.fault).toMatchObject({ code: 'CW_VENDOR_THROTTLED', retryAfterMs: 60_000 })
        expect(performance.now() - started).toBeLessThan(6000)
      }))

    const stalled: InjectedFault[] = [
      { kind: 'stall', part: 'headers', when: 'before' },
      { kind: 'stall', part: 'body', when: 'before' },
    ]
    it.each(stalled.map((fault) => [nameOf(fault), fault] as const))('ends at its deadline: %s', (_, fault) =>
      forObjects(given, async (subject, hands) => {
        const connector = subject.connect({ deadlineMs: 1000 })
        await warm(connector, hands)
        await subject.inject(fault, { class: 'read', times: 50 })
        const started = performance.now()
        const error = await connectorError(walk(connector, hands, null))
        expect(error.fault.code).toBe('CW_VENDOR_TIMEOUT')
        expect(performance.now() - started).toBeLessThan(6000)
        await subject.clearFaults()
      }),
    )

    it('stops at once when its caller gives up', () =>
      forObjects(given, async (subject, hands) => {
        const connector = subject.connect({ deadlineMs: 20_000 })
        await walk(connector, hands, null)
        await subject.inject({ kind: 'stall', part: 'headers', when: 'before' }, { class: 'read', times: 50 })
        const caller = new AbortController()
        setTimeout(() => caller.abort(), 100)
        const started = performance.now()
        const query = { object: hands.object, cursor: null, from: null, fields: hands.fields }
        await connectorError(connector.changes(query, ctx(caller.signal)))
        expect(performance.now() - started).toBeLessThan(6000)
        await subject.clearFaults()
      }))
  })
}

function absentId(hands: ObjectHands): string {
  return hands.absentId ?? 'conformance-absent'
}

function byId(hands: ObjectHands, ids: string[]) {
  return ids.map((value) => ({ object: hands.object, by: 'id' as const, value }))
}

/** The status of a read; a throw in the contract's way is a failed read as well. */
async function readOne(connector: Connector, hands: ObjectHands, id: string): Promise<string> {
  try {
    const [read] = await connector.read(byId(hands, [id]), hands.fields, ctx())
    return read?.status ?? 'nothing'
  } catch (error) {
    await connectorError(Promise.reject(error))
    return 'failed'
  }
}
