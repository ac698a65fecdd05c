/** A worker that reads everything until it is killed, by a back-fill or as its stream's first reading: told by each page, that its killer may begin. */
import { MockActivityEnvironment } from '@temporalio/testing'
import { streamActivities } from '../../activities/stream.ts'
import { silentLog } from '../../connectors/log.ts'
import { backFill } from '../../src/intake/back-fill.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { countedSystem, countedVendor } from '../setup/counted-vendor.ts'

const [url = '', total = '', way] = process.argv.slice(2)
const { db } = openDatabase(url, 4)
const vendor = countedVendor(Number(total), 50, 3)
const { name } = countedSystem
const { signal } = new AbortController()
const tell = () => process.send?.('page')
/** A portal's partners, which are kept in a CRM too: each plans a write. */
const partners = {
  ...countedSystem,
  capabilities: countedSystem.capabilities.map((one) => ({ ...one, kinds: ['partner' as const] })),
  mappings: countedSystem.mappings.map(({ object, fields }) => ({
    object,
    kind: 'partner' as const,
    fields: fields.filter(({ field }) => field !== 'country'),
  })),
}
const systems = new Map([
  [name, { ...partners, role: 'portal' as const }],
  ['alpha', { ...partners, name: 'alpha' }],
])
const streams = streamActivities({
  db,
  programme: { policy: policySchema.parse({}), systems, route: () => 'alpha' },
  connectors: new Map([
    [
      name,
      {
        ...vendor,
        // The list, told as changes.
        async changes({ object, cursor, fields }, ctx) {
          if (vendor.list === undefined) throw new Error('it lists')
          const page = await vendor.list({ object, cursor, fields }, ctx)
          const end = String(Number(cursor ?? 0) + page.records.length)
          return { ...page, more: page.cursor !== null, cursor: end, coveredThrough: new Date().toISOString() }
        },
      },
    ],
  ]),
  kick: () => undefined,
  log: silentLog,
})
const pull = (): Promise<{ waitMs: number }> =>
  new MockActivityEnvironment().run((c: string, o: string) => streams.pull(c, o), name, 'accounts')
const turn = async () =>
  way === 'stream'
    ? (await pull()).waitMs === 0
    : (await backFill(db, countedSystem, vendor, 'accounts', signal, tell)).more
process.send?.('ready')
while (await turn());
process.send?.('done')
process.disconnect()
process.exit(0)
