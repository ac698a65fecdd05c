/**
 * What would happen without the suppression of echoes: the same two CRMs, with one of its two layers taken out at a time. The tests
 * of the road at rest could not fail if these did not run for ever.
 */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { insertRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import type * as Translate from '../../src/mapping/translate.ts'
import { crm, startBench, type Bench } from '../setup/bench.ts'

/** `forms`: the vendor's form of a value of ours counts as ours. `shadow`: only what differs from the shadow is sent. */
const suppression = vi.hoisted(() => ({ forms: true, shadow: true }))

vi.mock('../../src/mapping/translate.ts', async (load) => {
  const actual = await load<typeof Translate>()
  return {
    ...actual,
    restore: (...[fields, answers]: Parameters<typeof actual.restore>) =>
      suppression.forms ? actual.restore(fields, answers) : fields,
    difference: (...[mapping, record, shadow, ...rest]: Parameters<typeof actual.difference>) =>
      actual.difference(mapping, record, suppression.shadow || shadow === null ? shadow : {}, ...rest),
  }
})

let bench: Bench
beforeEach(() => Object.assign(suppression, { forms: true, shadow: true }))
afterEach(() => bench.close())

/** Two CRMs that hold one account; one of them keeps names in capitals. Answers how many writes each round of the road made. */
async function roundsOf(rounds: number): Promise<number[]> {
  bench = await startBench({ alpha: crm, beta: crm })
  bench.vendor('alpha').keeps = (fields) =>
    'Name' in fields ? { ...fields, Name: String(fields['Name']).toUpperCase() } : fields
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id, values: { name: 'Acme' } }])
    await ensureLinks(
      tx,
      ['alpha', 'beta'].map((connection) => ({ connection, object: 'accounts', kind: 'account', recordId: id })),
    )
    await planWrites(tx, [id])
  })
  const counts: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const before = written()
    await bench.round()
    counts.push(written() - before)
  }
  return counts
}

const written = () => bench.vendor('alpha').count('write') + bench.vendor('beta').count('write')

describe('a change that comes back', () => {
  it('ends as a no-op: two writes, and none in all rounds that follow', async () => {
    const counts = await roundsOf(10)
    expect(counts[0]).toBe(2)
    expect(counts.slice(1)).toEqual(counts.slice(1).map(() => 0))
    expect(await bench.rows(`select status, count(*)::int as n from changes group by status order by status`)).toEqual([
      { status: 'no-op', n: 2 },
    ])
  })

  it.each(['forms', 'shadow'] as const)('would be written for ever without the %s', async (layer) => {
    suppression[layer] = false
    const counts = await roundsOf(20)
    expect(counts.slice(1).every((count) => count >= 1)).toBe(true)
    // The second ten rounds cost as much as the first: it does not die down.
    const [early, late] = [counts.slice(0, 10), counts.slice(10)].map((half) => half.reduce((a, b) => a + b, 0))
    expect(late).toBeGreaterThanOrEqual((early ?? 0) - 2)
  })
})
