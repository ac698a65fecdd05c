/** The same back-fill with one, two and four worker processes: the end is the same, nothing is doubled, and the rate is printed. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { until } from '../demo/until.ts'
import type { Section } from './report.ts'
import { setSyncStage, type SyncStage } from './sync-stage.ts'
import { configuration, mirrored, seed } from './sync.ts'

const COUNTS = [1, 2, 4]

interface End {
  workers: number
  seconds: number
  deals: number
  keys: number
  digest: string
}

export async function horizontalSection(wish: {
  dataDir: string
  records: number
  say: (line: string) => void
}): Promise<Section> {
  const ends: End[] = []
  for (const workers of COUNTS) {
    wish.say(`back-fill of ${String(wish.records)} deals with ${String(workers)} worker processes`)
    ends.push(await run(join(wish.dataDir, `workers-${String(workers)}`), wish.records, workers))
  }
  const [one] = ends
  return {
    name: 'horizontal',
    title: 'Several worker processes',
    notes: [
      `${String(wish.records)} deals of Salesforce are mirrored in HubSpot by one, two and four worker processes on one database and one Temporal server, all on the same two cores. The end state is a digest over every deal that HubSpot holds: its key, name, amount, date and company.`,
    ],
    tables: [
      {
        caption: 'The same back-fill',
        head: ['workers', 'records/s', 'against one', 'deals in HubSpot', 'doubled', 'end state'],
        rows: ends.map((end) => [
          end.workers,
          (wish.records / end.seconds).toFixed(0),
          one === undefined ? '' : `${(one.seconds / end.seconds).toFixed(2)} times`,
          end.deals,
          end.deals - end.keys,
          end.digest === one?.digest && end.deals === wish.records ? 'identical' : `DIFFERS: ${end.digest}`,
        ]),
      },
    ],
  }
}

async function run(dataDir: string, records: number, workers: number): Promise<End> {
  const stage = await setSyncStage(dataDir, configuration)
  try {
    await seed(stage, records)
    const began = performance.now()
    await stage.startWorkers(workers)
    await stage.whileWorking(
      until('all are mirrored', async () => (await mirrored(stage, records)) >= records, 1_800_000),
    )
    await stage.whileWorking(stage.quiet(600_000))
    const seconds = (performance.now() - began) / 1_000
    return { workers, seconds, ...(await endState(stage)) }
  } finally {
    await stage.close()
  }
}

const page = z.object({
  results: z.array(z.object({ properties: z.record(z.string(), z.string().nullable()) })),
  paging: z.object({ next: z.object({ after: z.string() }) }).nullish(),
})

/** What HubSpot holds, read through its own API. */
async function endState(stage: SyncStage): Promise<Pick<End, 'deals' | 'keys' | 'digest'>> {
  const { serviceKey } = await import('../sandbox/hubspot/world.ts')
  const names = ['causeway_id', 'dealname', 'amount', 'closedate']
  const held: string[] = []
  const keys = new Set<string | null>()
  for (let after: string | undefined; ;) {
    const query = new URLSearchParams({
      limit: '100',
      properties: names.join(','),
      ...(after === undefined ? {} : { after }),
    })
    const answer = await fetch(`${stage.url.hubspot}/crm/v3/objects/deals?${query.toString()}`, {
      headers: { authorization: `Bearer ${serviceKey}` },
    })
    if (answer.status === 429) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      continue
    }
    const { results, paging } = page.parse(await answer.json())
    for (const { properties } of results) {
      keys.add(properties['causeway_id'] ?? null)
      // Keys follow from ids of the org, which are new in every run.
      held.push(JSON.stringify(names.slice(1).map((name) => properties[name])))
    }
    if (paging === undefined || paging === null) break
    after = paging.next.after
  }
  const digest = createHash('sha256').update(held.toSorted().join('\n')).digest('hex').slice(0, 12)
  return { deals: held.length, keys: keys.size, digest }
}
