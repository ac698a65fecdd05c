/** What all parts of the suite share: one subject a test, contexts, walks over pages, and the faults to try. */
import { expect } from 'vitest'
import { ConnectorError, type Connector, type Ctx, type Outcome, type VendorRecord, type Write } from '../contract.ts'
import { errors } from '../../src/errors.ts'
import type { ConformanceCase, InjectedFault, ObjectHands, Subject } from './subject.ts'

export function ctx(signal: AbortSignal = new AbortController().signal): Ctx {
  return { signal, priority: 'sync' }
}

/** Tests of a bad day mostly wait, each with a subject of its own: several wait at once, and one may take longer for it. */
export const BAD_DAY_MS = 60_000

/** Runs a test with a fresh subject and stops it whatever comes. */
export async function withSubject(given: ConformanceCase, test: (subject: Subject) => Promise<void>): Promise<void> {
  const subject = await given.start()
  try {
    await test(subject)
  } finally {
    await subject.stop()
  }
}

/** Runs a test for each object of a fresh subject that fits. */
export async function forObjects(
  given: ConformanceCase,
  test: (subject: Subject, hands: ObjectHands) => Promise<void>,
  fits: (hands: ObjectHands, subject: Subject) => boolean = () => true,
): Promise<void> {
  await withSubject(given, async (subject) => {
    for (const hands of subject.objects) if (fits(hands, subject)) await test(subject, hands)
  })
}

export interface Walk {
  records: VendorRecord[]
  cursor: string
  coveredThrough: string
  pages: number
}

/** Reads pages until there are no more, from `cursor` or from the start. */
export async function walk(connector: Connector, hands: ObjectHands, cursor: string | null): Promise<Walk> {
  const records: VendorRecord[] = []
  let at = cursor
  for (let pages = 1; pages <= 200; pages += 1) {
    const page = await connector.changes({ object: hands.object, cursor: at, from: null, fields: hands.fields }, ctx())
    records.push(...page.records)
    at = page.cursor
    if (!page.more) return { records, cursor: page.cursor, coveredThrough: page.coveredThrough, pages }
  }
  throw new Error(`${hands.object} had more than 200 pages: the walk does not end`)
}

/**
 * Asks until it is answered, so that a token is there before a fault strikes: with a short deadline a busy machine may need more than
 * one try.
 */
export async function warm(connector: Connector, hands: ObjectHands): Promise<void> {
  const nobody = [{ object: hands.object, by: 'id' as const, value: hands.absentId ?? 'conformance-absent' }]
  for (let tries = 1; tries <= 20; tries += 1) {
    const [read] = await connector.read(nobody, [], ctx()).catch((error: unknown) => {
      if (error instanceof ConnectorError && error.fault.code === 'CW_VENDOR_TIMEOUT') return []
      throw error
    })
    if (read !== undefined && (read.status !== 'failed' || read.fault.code !== 'CW_VENDOR_TIMEOUT')) return
  }
  throw new Error('the vendor was not reached in twenty tries')
}

export function capabilityOf(connector: Connector, object: string) {
  const capability = connector.capabilities.find((one) => one.object === object)
  if (capability === undefined) throw new Error(`the connector has no capability for ${object}`)
  return capability
}

/** `n` says which change is written; each is different. */
export function writeOf(hands: ObjectHands, mode: Write['mode'], n: number, target: Partial<Write> = {}): Write {
  const fields = { ...(mode === 'update' ? {} : hands.createFields?.(n)), ...hands.change?.(n).fields }
  return {
    ref: `write-${n}`,
    object: hands.object,
    mode,
    id: null,
    key: null,
    parent: null,
    ifVersion: null,
    fields,
    ...target,
  }
}

/** Writes to try in a mode: updates of new records, or new records, with keys of ours where the vendor has a field for them. */
export async function arrangeWrites(
  subject: Subject,
  hands: ObjectHands,
  mode: Write['mode'],
  count: number,
): Promise<Write[]> {
  const keyed = capabilityOf(subject.connect(), hands.object).key !== null
  const numbers = Array.from({ length: count }, (_, n) => n + 1)
  const ids = mode === 'update' ? await hands.create(count) : []
  await subject.settle?.()
  return numbers.map((n) =>
    writeOf(hands, mode, n, {
      id: ids[n - 1] ?? null,
      key: mode === 'upsert' || (keyed && mode === 'create') ? keyOf(n) : null,
    }),
  )
}

export function keyOf(n: number): string {
  return `conformance-key-${n}`
}

/** Which of the writes the sandbox took: for each, whether a record with its mark is there, and how many. */
export async function taken(hands: ObjectHands, writes: Write[]): Promise<number[]> {
  const marks = (await hands.state()).map((record) => record.mark)
  return writes.map((write) => {
    const mark = hands.change?.(Number(write.ref.replace('write-', ''))).mark
    return marks.filter((one) => one === mark).length
  })
}

/** Writes, and takes a throw before sending for the same as a `retry` of every write. */
export async function writeAll(connector: Connector, writes: Write[], signal?: AbortSignal): Promise<Outcome[]> {
  try {
    return await connector.write(writes, ctx(signal))
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    expect(error.effect, `write threw after sending: ${error.message}`).toBe('no')
    return writes.map(({ ref }) => ({ ref, status: 'retry', fault: error.fault }))
  }
}

/** The error of a call that must fail in the contract's way. */
export async function connectorError(call: Promise<unknown>): Promise<ConnectorError> {
  const outcome: unknown = await call.then(
    () => 'no error',
    (error: unknown) => error,
  )
  if (!(outcome instanceof ConnectorError)) throw new Error('expected a ConnectorError', { cause: outcome })
  expect(Object.keys(errors)).toContain(outcome.fault.code)
  return outcome
}

/** Every fault of the way, before and after the vendor did what was asked. Stalls are tried apart: they cost a deadline each. */
export const passingFaults: InjectedFault[] = (['before', 'after'] as const).flatMap((when): InjectedFault[] => [
  { kind: 'reset', part: 'headers', when },
  { kind: 'reset', part: 'body', when },
  ...([500, 502, 503, 504] as const).map((status): InjectedFault => ({ kind: 'status', status, when })),
  { kind: 'html', status: 200, when },
])

export const stalls: InjectedFault[] = (['before', 'after'] as const).flatMap((when): InjectedFault[] => [
  { kind: 'stall', part: 'headers', when },
  { kind: 'stall', part: 'body', when },
])

export function nameOf(fault: InjectedFault): string {
  return Object.values(fault).join(' ')
}
