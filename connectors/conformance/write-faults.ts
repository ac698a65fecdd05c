import { describe, expect, it } from 'vitest'
import { errors } from '../../src/errors.ts'
import type { Outcome, Write } from '../contract.ts'
import {
  arrangeWrites,
  BAD_DAY_MS,
  ctx,
  forObjects,
  nameOf,
  passingFaults,
  stalls,
  taken,
  warm,
  writeAll,
} from './bench.ts'
import type { ConformanceCase, InjectedFault, ObjectHands, Subject } from './subject.ts'

const modes: Write['mode'][] = ['update', 'upsert', 'create']

/** Writing on a bad day: every outcome is true, compared with what the sandbox holds. */
export function writeFaultTests(given: ConformanceCase): void {
  describe.concurrent.each(modes)('write on a bad day: %s', { timeout: BAD_DAY_MS }, (mode) => {
    const each = (test: (subject: Subject, hands: ObjectHands) => Promise<void>) =>
      forObjects(given, test, (hands) => hands.change !== null && hands.modes.includes(mode))

    it.each(passingFaults.map((fault) => [nameOf(fault), fault] as const))(
      'is never wrong about what the vendor took: %s',
      (_, fault) =>
        each(async (subject, hands) => {
          expect(await tryFault(subject, hands, mode, fault, 5000)).toEqual([])
        }),
    )

    it.each(stalls.map((fault) => [nameOf(fault), fault] as const))(
      'is never wrong about what the vendor took, and ends at its deadline: %s',
      (_, fault) =>
        each(async (subject, hands) => {
          const started = performance.now()
          expect(await tryFault(subject, hands, mode, fault, 1000)).toEqual([])
          expect(performance.now() - started).toBeLessThan(8000)
        }),
    )

    it.each([
      ['with Retry-After', 1],
      ['without Retry-After', null],
    ])('is patient with 429 %s and sends nothing twice', (_, retryAfterS) =>
      each(async (subject, hands) => {
        const writes = await arrangeWrites(subject, hands, mode, 1)
        await subject.inject({ kind: 'throttle', retryAfterS }, { class: 'write', times: 1 })
        const outcomes = await writeAll(subject.connect(), writes)
        await subject.clearFaults()
        expect(outcomes).toMatchObject([{ status: 'done' }])
        expect(await taken(hands, writes)).toEqual([1])
      }),
    )

    it('proves that a long 429 took nothing, and says how long to wait', () =>
      each(async (subject, hands) => {
        const writes = await arrangeWrites(subject, hands, mode, 1)
        await subject.inject({ kind: 'throttle', retryAfterS: 60 }, { class: 'write', times: 50 })
        const outcomes = await writeAll(subject.connect(), writes)
        const fault = { code: 'CW_VENDOR_THROTTLED', retryAfterMs: 60_000 }
        expect(outcomes).toMatchObject([{ status: 'retry', fault }])
        expect(await taken(hands, writes)).toEqual([0])
        await subject.clearFaults()
      }))

    it('has a true outcome for every record when its caller gives up', () =>
      each(async (subject, hands) => {
        const connector = subject.connect({ deadlineMs: 20_000 })
        const writes = await arrangeWrites(subject, hands, mode, 2)
        await subject.inject({ kind: 'stall', part: 'headers', when: 'after' }, { class: 'write', times: 50 })
        const caller = new AbortController()
        setTimeout(() => caller.abort(), 300)
        const started = performance.now()
        const outcomes = await writeAll(connector, writes, caller.signal)
        expect(performance.now() - started).toBeLessThan(6000)
        expect(lies(outcomes, await taken(hands, writes))).toEqual([])
        await subject.clearFaults()
      }))
  })
}

/**
 * Lets one request of a batch of three fail, compares the outcomes with the sandbox, then repeats what may be repeated: sets and
 * upserts always, creates only when proven not done. Answers everything that was not as promised.
 */
async function tryFault(
  subject: Subject,
  hands: ObjectHands,
  mode: Write['mode'],
  fault: InjectedFault,
  deadlineMs: number,
): Promise<string[]> {
  const connector = subject.connect({ deadlineMs })
  const writes = await arrangeWrites(subject, hands, mode, 3)
  await warm(connector, hands)
  await subject.inject(fault, { class: 'write', times: 1 })
  const outcomes = await writeAll(connector, writes)
  await subject.clearFaults()
  const found = lies(outcomes, await taken(hands, writes))
  if (outcomes.map(({ ref }) => ref).join() !== writes.map(({ ref }) => ref).join()) found.push('the order is not kept')

  const open = writes.filter((_, n) => outcomes[n]?.status !== 'done')
  const again = mode === 'create' ? writes.filter((_, n) => outcomes[n]?.status === 'retry') : open
  await subject.settle?.()
  const repeated = again.length === 0 ? [] : await subject.connect().write(again, ctx())
  for (const outcome of repeated)
    if (outcome.status !== 'done') found.push(`the repeat of ${outcome.ref} is ${outcome.status}`)
  const counts = await taken(hands, writes)
  if (counts.some((count) => count > 1)) found.push(`a record is there twice: ${counts.join()}`)
  if (mode !== 'create' && counts.includes(0)) found.push(`a record is not there after the repeat: ${counts.join()}`)
  return found
}

/** Done means there, retry means not there, unclear means anything; a fault of the way is never the record's fault. */
function lies(outcomes: Outcome[], counts: number[]): string[] {
  return outcomes.flatMap((outcome, n) => {
    const count = counts[n] ?? 0
    const truth = `${outcome.ref} is ${outcome.status} and there ${count} times`
    if (outcome.status === 'done') return count === 1 ? [] : [truth]
    const ofRecord = errors[outcome.fault.code].class === 'record'
    if (ofRecord || outcome.status === 'rejected') return [`${truth}, by ${outcome.fault.code}`]
    const possible = outcome.status === 'retry' ? count === 0 : count <= 1
    return possible ? [] : [truth]
  })
}
