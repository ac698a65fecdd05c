/** Partners' parts in deals as records of their own: what is linked and unlinked at the CRM, with its webhooks and without. */
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Connector } from '../../connectors/contract.ts'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig, type Rig } from '../../connectors/hubspot/rig.test-support.ts'
import { idFor } from '../../src/db/ids.ts'
import { insertRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { receiveHints } from '../../src/intake/hints.ts'
import { startBench, type Bench } from '../setup/bench.ts'

let rig: Rig
let bench: Bench
afterEach(async () => {
  await bench.close()
  await rig.close()
})

async function start(wrap: (connector: Connector) => Connector = (connector) => connector): Promise<void> {
  rig = await startRig({ searchPerSecond: 1000 }, { searchesPerSecond: 1000 })
  const settings = rig.settings()
  const connector = wrap(rig.connect())
  const side = { role: 'crm' as const, capabilities: [...connector.capabilities], mappings: hubspot.mappings(settings) }
  bench = await startBench({ growth: { ...side, connector } })
}

const seeded = z.object({ created: z.array(z.string()) })
const deal = { dealname: 'D', dealstage: 'contractsent', pipeline: 'default' }
const company = (name: string, type: string) => ({ type: 'companies', properties: { name, type } })
async function seed(document: Record<string, unknown>): Promise<string[]> {
  await rig.tick(10)
  return seeded.parse(await rig.sandbox.control.seed(document)).created
}
const link = (dealId: string, companyId: string, label: string, remove = false) =>
  seed({
    associate: [{ from: { type: 'deals', id: dealId }, to: { type: 'companies', id: companyId }, label, remove }],
  })
const edit = (dealId: string, n: number) =>
  seed({ update: [{ type: 'deals', id: dealId, properties: { amount: String(n) } }] })

const parts = () =>
  bench.rows<{ role: string; of: string; gone: boolean }>(`
    select p.role, coalesce(a.name, r.name) as of, l.gone from parties p
    join links l on l.record_id = p.id left join accounts a on a.id = p.account_id left join partners r on r.id = p.partner_id
    order by p.role, 2`)
const open = () => bench.rows(`select object, code, external_id from changes where status not in ('applied', 'no-op')`)

describe('parts in deals', () => {
  it('come in with their roles, several partners a deal, and a customer', async () => {
    await start()
    const [acme = '', north = '', south = '', d = ''] = await seed({
      labels: [{ from: 'deals', to: 'companies', label: 'Influencing partner' }],
      create: [
        company('Acme', 'PROSPECT'),
        company('North', 'PARTNER'),
        company('South', 'PARTNER'),
        { type: 'deals', properties: deal },
      ],
    })
    await link(d, acme, 'Primary')
    await link(d, north, 'Sourcing partner')
    await link(d, south, 'Sourcing partner')
    await link(d, south, 'Influencing partner')
    await bench.round()
    expect(await parts()).toEqual([
      { role: 'customer', of: 'Acme', gone: false },
      { role: 'influencing', of: 'South', gone: false },
      { role: 'sourcing', of: 'North', gone: false },
      { role: 'sourcing', of: 'South', gone: false },
    ])
    expect(await open()).toEqual([])
  })

  it('go when a label is taken away: noticed with the deal’s next edit, and come back with the label', async () => {
    await start()
    const [north = '', d = ''] = await seed({
      create: [company('North', 'PARTNER'), { type: 'deals', properties: deal }],
    })
    await link(d, north, 'Sourcing partner')
    await bench.round()
    await link(d, north, 'Sourcing partner', true)
    await edit(d, 1)
    await bench.round()
    expect(await parts()).toEqual([{ role: 'sourcing', of: 'North', gone: true }])
    await link(d, north, 'Sourcing partner')
    await edit(d, 2)
    await bench.round()
    await bench.round()
    expect(await parts()).toEqual([{ role: 'sourcing', of: 'North', gone: false }])
    expect(await open()).toEqual([])
  })

  it('go at once with the webhook, although the deal was not edited', async () => {
    await start()
    const [north = '', d = ''] = await seed({
      create: [company('North', 'PARTNER'), { type: 'deals', properties: deal }],
    })
    await link(d, north, 'Sourcing partner')
    await bench.round()
    await link(d, north, 'Sourcing partner', true)
    const event = { subscriptionType: 'deal.associationChange', associationType: 'DEAL_TO_COMPANY' }
    const body = JSON.stringify([{ ...event, fromObjectId: Number(d), toObjectId: Number(north) }])
    const pointed = rig.connect().webhooks?.hints(Buffer.from(body)) ?? []
    // Long after the deal was last read.
    await rig.tick(3_600_000)
    await receiveHints(bench.db, 'growth', body, pointed)
    await bench.round()
    expect(await parts()).toEqual([{ role: 'sourcing', of: 'North', gone: true }])
  })

  it('wait for a partner who is not known yet', async () => {
    await start()
    const [north = '', d = ''] = await seed({
      create: [company('North', 'PARTNER'), { type: 'deals', properties: deal }],
    })
    await link(d, north, 'Sourcing partner')
    await bench.pull('growth', 'deals')
    while ((await bench.pull('growth', 'deal-companies')).waitMs === 0);
    expect(await open()).toMatchObject([{ object: 'deal-companies', code: 'CW_PARTNER_UNKNOWN' }])
    await bench.round()
    await bench.round()
    expect(await parts()).toEqual([{ role: 'sourcing', of: 'North', gone: false }])
    expect(await open()).toEqual([])
  })

  it('are not doubled when HubSpot tells of our own link before we have its answer', async () => {
    let told = ''
    await start((connector) => ({
      ...connector,
      async write(batch, ctx) {
        const outcomes = await connector.write(batch, ctx)
        if (told !== '' && batch[0]?.object === 'deal-companies') {
          const pointed = connector.webhooks?.hints(Buffer.from(told)) ?? []
          await receiveHints(bench.db, 'growth', told, pointed)
          while ((await bench.pull('growth', 'deal-companies')).waitMs === 0);
        }
        return outcomes
      },
    }))
    const [north = '', d = ''] = await seed({
      create: [company('North', 'PARTNER'), { type: 'deals', properties: deal }],
    })
    await bench.round()
    const event = { subscriptionType: 'deal.associationChange', associationType: 'DEAL_TO_COMPANY' }
    told = JSON.stringify([{ ...event, fromObjectId: Number(d), toObjectId: Number(north) }])
    await bench.db.transaction(async (tx) => {
      const [ids] = (
        await tx.execute<{ deal: string; partner: string }>(
          sql`select (select id from deals) as deal, (select id from partners) as partner`,
        )
      ).rows
      const recordId = idFor('registration', 'sourcing', d)
      const values = { dealId: ids?.deal ?? null, accountId: null, partnerId: ids?.partner ?? null, role: 'sourcing' }
      await insertRecords(tx, 'party', [{ id: recordId, values }])
      await ensureLinks(tx, [{ connection: 'growth', object: 'deal-companies', kind: 'party', recordId }])
      await planWrites(tx, [recordId])
    })
    await bench.settle()
    expect(await parts()).toEqual([{ role: 'sourcing', of: 'North', gone: false }])
    expect(await open()).toEqual([])
    expect(await bench.rows(`select status, code from writes where object = 'deal-companies'`)).toEqual([
      { status: 'done', code: null },
    ])
  })
})
