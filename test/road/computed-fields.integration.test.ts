import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FieldSchema } from '../../connectors/contract.ts'
import { crm, crmCapabilities, field, startBench, type Bench } from '../setup/bench.ts'

const theirs = { create: 'in', update: 'in' } as const
let bench: Bench
beforeAll(async () => {
  const [accounts, deals] = crmCapabilities
  if (accounts === undefined || deals === undefined) throw new Error('the bench changed')
  bench = await startBench({
    alpha: {
      ...crm,
      capabilities: [accounts, deals, { ...accounts, object: 'claims', kinds: ['registration'] }],
      mappings: [
        {
          object: 'accounts',
          kind: 'account',
          fields: [field('name', 'Name'), field('custom.health', 'Health', theirs)],
        },
      ],
    },
  })
  bench.system('alpha').refreshMs = 86_400_000
})
afterAll(() => bench.close())

const column = (name: string, computed: boolean): FieldSchema => ({
  name,
  label: name,
  type: 'string',
  required: false,
  writable: !computed,
  values: null,
  computed,
})
const healths = async () => {
  const rows = await bench.rows<{ health: string }>(`select custom ->> 'health' as health from accounts order by name`)
  return rows.map(({ health }) => health)
}
const reads = (kind: 'list' | 'read') => bench.vendor('alpha').requests.filter((request) => request.kind === kind)

it('reads what is held anew when the time of its computed fields has come, and nothing else', async () => {
  const alpha = bench.vendor('alpha')
  alpha.described = [column('Name', false), column('Health', true)]
  const ids = Array.from({ length: 3 }, (_, n) => alpha.put('accounts', { Name: `A${String(n)}`, Health: 'good' }))
  await bench.settle()
  expect(await healths()).toEqual(['good', 'good', 'good'])

  // A formula's value moves no modification date, so that no list of changes tells of it.
  alpha.plant(ids[1] ?? '', { Health: 'poor' })
  await bench.settle()
  expect(await healths()).toEqual(['good', 'good', 'good'])

  await bench.rows(`update runs set started_at = now() - interval '25 hours'`)
  const asked = reads('read').length
  await bench.settle()
  expect(await healths()).toEqual(['good', 'poor', 'good'])
  expect(reads('read').slice(asked)).toMatchObject([{ object: 'accounts', size: 3 }])
  expect(reads('list')).toEqual([])
  expect(
    await bench.rows(
      `select kind, state, done from runs where started_at > now() - interval '1 hour' and kind = 'back-fill'`,
    ),
  ).toEqual([{ kind: 'back-fill', state: 'done', done: 3 }])

  // Not again before its time.
  alpha.plant(ids[2] ?? '', { Health: 'poor' })
  await bench.settle()
  expect(await healths()).toEqual(['good', 'poor', 'good'])
})

it('reads nothing of an object that nobody has mapped', async () => {
  const alpha = bench.vendor('alpha')
  alpha.put('claims', { Name: 'C' })
  expect((await bench.pull('alpha', 'claims')).waitMs).toBeGreaterThan(0)
  expect(alpha.requests.filter(({ object }) => object === 'claims')).toEqual([])
  expect(await bench.rows(`select from changes where object = 'claims'`)).toEqual([])
})
