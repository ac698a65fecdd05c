/** Direct deals and foreign accounts come in and never reach a portal, whatever is planned and whatever refers to them. */
import { afterEach, expect, it } from 'vitest'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { capability, field, startBench, type Bench, type Side } from '../setup/bench.ts'
import { crm, portal, recordOf } from './sides.ts'

let bench: Bench
afterEach(() => bench.close())

/** A portal that would take customers and opportunities, and whose leads refer to them. */
const greedy: Side = {
  ...portal,
  capabilities: [
    ...portal.capabilities,
    capability('customers', ['account'], { roles: ['portal'] }),
    capability('opportunities', ['deal'], { roles: ['portal'] }),
    capability('leads', ['lead'], { roles: ['portal'] }),
  ],
  mappings: [
    ...portal.mappings,
    {
      object: 'customers',
      kind: 'account',
      fields: [field('name', 'name'), field('domain', 'site', { conversion: { as: 'domain' } })],
    },
    {
      object: 'opportunities',
      kind: 'deal',
      fields: [
        field('name', 'name'),
        field('accountId', 'customer', { conversion: { as: 'lookup', of: 'account', object: 'customers' } }),
      ],
    },
    {
      object: 'leads',
      kind: 'lead',
      fields: [
        field('company', 'company'),
        field('dealId', 'deal', { conversion: { as: 'lookup', of: 'deal', object: 'opportunities' } }),
      ],
    },
  ],
}

it('makes no link of an account or a deal at a portal, nor a record there', async () => {
  bench = await startBench({ portal: greedy, alpha: crm, beta: crm })
  const [alpha, beta] = [bench.vendor('alpha'), bench.vendor('beta')]
  alpha.put('users', { Name: 'Ada', Mail: 'ada@corp.example', State: 'active' }, null, 'u1')
  for (let i = 0; i < 20; i += 1) {
    const id = String(i)
    alpha.put('companies', { Name: `Foreign ${id}`, Site: `foreign${id}.com`, Owner: 'u1' }, null, `c${id}`)
    alpha.put('deals', { Title: `Direct ${id}`, Company: `c${id}`, Owner: 'u1' }, null, `d${id}`)
    beta.put('companies', { Name: `Foreign ${id}`, Site: `foreign${id}.com` }, null, `b${id}`)
  }
  bench.vendor('portal').put('partners', { name: 'Nord', email: 'x@nord.com', site: 'nord.com' }, null, 'p1')
  await bench.settle()

  // A lead that the portal keeps and that became a direct deal: the reference waits for ever, and a person is told.
  const deal = await recordOf(bench, 'alpha', 'd1')
  const [lead] = await bench.rows<{ id: string }>(
    `insert into leads (company, deal_id, state) values ('Foreign 1', '${deal}', 'converted') returning id::text`,
  )
  if (lead === undefined) throw new Error('no lead')
  const everything = await bench.rows<{ id: string }>(
    `select id::text from accounts union select id::text from deals union select id::text from leads union select id::text from partners`,
  )
  for (let round = 0; round < 3; round += 1) {
    await bench.db.transaction(async (tx) => {
      await ensureLinks(tx, [{ connection: 'portal', object: 'leads', kind: 'lead', recordId: lead.id }])
      await planWrites(
        tx,
        everything.map(({ id }) => id),
      )
    })
    alpha.edit(`d${String(round)}`, { Title: `Direct again ${String(round)}` })
    alpha.edit(`c${String(round)}`, { Name: `Foreign again ${String(round)}` })
    await bench.settle()
  }
  expect(
    await bench.rows(`select kind, count(*)::int as n from links where connection = 'portal' group by 1 order by 1`),
  ).toEqual([
    { kind: 'lead', n: 1 },
    { kind: 'partner', n: 1 },
  ])
  expect(bench.vendor('portal').of('customers')).toEqual([])
  expect(bench.vendor('portal').of('opportunities')).toEqual([])
  expect(await bench.rows(`select code from writes where connection = 'portal' and status = 'parked'`)).toEqual([
    { code: 'CW_PARENT_PARKED' },
  ])
})
