/** A record that another one takes the place of may be kept in other systems too. */
import { afterEach, expect, it } from 'vitest'
import { relink } from '../../src/apply/decide-match.ts'
import type { ObjectMapping } from '../../src/mapping/definition.ts'
import { crm, crmMappings, startBench, type Bench } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())

/** What this CRM says gives way to ours. */
const leftToUs = (mapping: ObjectMapping): ObjectMapping => ({
  ...mapping,
  fields: mapping.fields.map((one) => ({ ...one, wins: 'ledger' })),
})

it('compares what the other CRM holds with the record that takes the place, and brings both in step', async () => {
  bench = await startBench({ alpha: crm, beta: { ...crm, mappings: crmMappings.map(leftToUs) } })
  const [alpha, beta] = [bench.vendor('alpha'), bench.vendor('beta')]
  const here = alpha.put('accounts', { Name: 'Quartz', Site: 'quartz.com', Country: 'DE' })
  await bench.settle()
  const there = beta.put('accounts', { Name: 'Quartz', Site: 'quartz.com', Country: 'DE' })
  const other = beta.put('accounts', { Name: 'Zephyr', Site: null, Country: 'AT' })
  await bench.settle()
  beta.erase(other)
  await bench.settle()
  const link = await bench.rows<{ id: string }>(`select id::text from links where external_id = '${there}'`)
  const target = await bench.rows<{ id: string }>(
    `select record_id::text as id from links where external_id = '${other}'`,
  )
  const wish = { linkId: link[0]?.id ?? '', recordId: target[0]?.id ?? '', by: { actor: 'key:1', label: 'Ada' } }
  await relink(bench.db, bench.systems, wish)
  await bench.settle()
  const [record] = await bench.rows<{ name: string; country: string }>(
    `select name, country from accounts where id = '${wish.recordId}'`,
  )
  // Alpha's own say prevails over what the ledger held, as at any first sight.
  expect(record).toEqual({ name: 'Quartz', country: 'DE' })
  for (const held of [alpha.one(here), beta.one(there)])
    expect({ name: held.fields['Name'], country: held.fields['Country'] }).toEqual(record)
})
