/** getUpdated and getDeleted: ids that changed in a window. `latestDateCovered` lags, because transactions may still be open. */
import { endpoint } from './endpoint.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import type { SandboxRequest } from '../framework/definition.ts'
import { objectNamed, tableOf } from './org.ts'
import type { Row } from './org.ts'
import { refuse } from './problem.ts'

const day = 86_400_000

export const feedRoutes: OrgRoute[] = [
  endpoint('GET', '/sobjects/:object/updated', 'read', (request, world) => {
    const { startMs, endMs, table } = windowOf(request, world, 30)
    const ids = [...table.values()]
      .filter((row) => row.deletedMs === null && within(stampMs(row), startMs, endMs))
      .map((row) => row.id)
    return { status: 200, json: { ids, latestDateCovered: covered(world, endMs) } }
  }),
  endpoint('GET', '/sobjects/:object/deleted', 'read', (request, world) => {
    const { startMs, endMs, table } = windowOf(request, world, 15)
    const deletedRecords = [...table.values()]
      .filter((row) => row.deletedMs !== null && within(row.deletedMs, startMs, endMs))
      .map((row) => ({ id: row.id, deletedDate: wire(row.deletedMs ?? 0) }))
    return {
      status: 200,
      json: {
        deletedRecords,
        earliestDateAvailable: wire(world.clock.now() - 15 * day),
        latestDateCovered: covered(world, endMs),
      },
    }
  }),
]

function stampMs(row: Row): number {
  const at = row.values.SystemModstamp
  return typeof at === 'string' ? Date.parse(at) : 0
}

function windowOf(request: SandboxRequest, world: OrgWorld, days: number) {
  const def = objectNamed(world.state, request.params.object ?? '')
  const [startMs, endMs] = ['start', 'end'].map((name) => Date.parse((request.query.get(name) ?? '').replace(' ', '+')))
  if (startMs === undefined || endMs === undefined || Number.isNaN(startMs) || Number.isNaN(endMs) || startMs >= endMs)
    throw refuse(400, 'INVALID_REPLICATION_DATE', 'start and end must be instants, start before end')
  if (startMs < world.clock.now() - days * day)
    throw refuse(400, 'INVALID_REPLICATION_DATE', `startDate cannot be more than ${String(days)} days ago`)
  return { startMs, endMs, table: tableOf(world.state, def.name) }
}

function within(ms: number, startMs: number, endMs: number): boolean {
  return ms >= startMs && ms < endMs
}

function covered(world: OrgWorld, endMs: number): string {
  return wire(Math.min(endMs, world.clock.now() - world.switches.feedLagSeconds * 1000))
}

function wire(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('Z', '+0000')
}
