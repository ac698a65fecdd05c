/** The Temporal server loses its file while registrations wait: they go on by themselves, and nothing happens twice. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection, Client } from '@temporalio/client'
import { inArray, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { silentLog } from '../../connectors/log.ts'
import type { Programme } from '../../src/process/programme.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { events, registrations, tasks } from '../../src/db/schema/index.ts'
import { decide } from '../../src/process/decide.ts'
import { startRelay, type RelayLoop } from '../../src/runtime/relay-loop.ts'
import { startTemporal, type RunningTemporal } from '../../src/runtime/embedded/temporal.ts'
import { identityOf, openTemporal, wakeWith } from '../../src/runtime/temporal-client.ts'
import { startWorker, type RunningWorker } from '../../src/runtime/worker.ts'
import { automatic, staff, startRig, type Rig } from '../../src/process/rig.test-support.ts'
import { until } from '../setup/until.ts'

const each = 25

let rig: Rig
let dataDir: string
let temporal: RunningTemporal
let port: number
let parts: { worker: RunningWorker; relay: RelayLoop; close(): Promise<void> }

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-lost-'))
  ;[rig, temporal] = await Promise.all([startRig(), startServer(0)])
  port = temporal.port
}, 60_000)
afterAll(async () => {
  await parts.close()
  await temporal.stop(3000)
  await rig.close()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 })
})

const startServer = (wished: number) =>
  startTemporal({ dataDir, port: { preferred: wished }, binary: inject('temporalBinary'), log: () => undefined })

/** What a production process runs of the road, as far as registrations need it. */
async function startParts(programme: Programme): Promise<typeof parts> {
  const database = openDatabase(rig.url, 10)
  const { db } = database
  const settings = { connection: { address: temporal.address }, namespace: temporal.namespace }
  const client = openTemporal(settings)
  const relay = startRelay({
    db,
    // No vendor takes part: their processes are not started.
    wake: (id) => (id.startsWith('registration/') ? wakeWith(client.client)(id) : Promise.resolve()),
    identity: () => identityOf(client.client),
    streamIds: [],
    senderIds: [],
    log: silentLog,
  })
  const worker = startWorker({
    cache: null,
    ...settings,
    activities: { db, programme, connectors: new Map(), kick: () => relay.kick(), log: silentLog },
    channels: {
      email: {
        send: () => Promise.resolve({ sent: true, reference: null }),
        show: () => ({ type: 'text/plain', body: '' }),
      },
    },
    log: silentLog,
  })
  return {
    worker,
    relay,
    async close() {
      await worker.close()
      await relay.close()
      await client.close()
      await database.close()
    },
  }
}

const inState = async (ids: string[], state: string) => {
  const rows = await rig.db
    .select({ state: registrations.state })
    .from(registrations)
    .where(inArray(registrations.id, ids))
  return rows.filter((row) => row.state === state).length === ids.length
}
async function running(): Promise<number> {
  const connection = await Connection.connect({ address: temporal.address })
  try {
    const client = new Client({ connection, namespace: temporal.namespace })
    const { count } = await client.workflow.count(`WorkflowType = 'registration' and ExecutionStatus = 'Running'`)
    return count
  } finally {
    await connection.close()
  }
}
async function identity(): Promise<string> {
  const connection = await Connection.connect({ address: temporal.address })
  try {
    return await identityOf(new Client({ connection, namespace: temporal.namespace }))
  } finally {
    await connection.close()
  }
}

it('starts every process again from its row, and each decision and clock comes once', async () => {
  const partner = await rig.partner('Nordwind')
  const claims = (name: string, amount: string) =>
    Promise.all(
      Array.from({ length: each }, (_, i) =>
        rig.claim(partner, { company: `${name} ${String(i)}`, domain: `${name}${String(i)}.com`, amount }),
      ),
    )
  const policy = { ...automatic, exclusivity: { for: '90d' } }
  parts = await startParts(rig.with(policy))
  const [reviewed, protectedOnes] = [await claims('review', '99999'), await claims('clock', '100')]
  await until(() => inState(reviewed, 'in-review'), { deadlineMs: 30_000 })
  await until(() => inState(protectedOnes, 'approved'), { deadlineMs: 30_000 })
  await until(async () => (await running()) === 2 * each, { deadlineMs: 20_000 })
  const before = await identity()

  await temporal.stop(3000)
  // While it is away, people decide.
  const open = await rig.db
    .select()
    .from(tasks)
    .where(inArray(tasks.subjectId, reviewed.slice(0, 10)))
  for (const { id } of open) await decide(rig.db, { taskId: id, decision: 'approve', reason: null, by: staff() })
  const folder = join(dataDir, 'temporal')
  const files = (await readdir(folder)).filter((name) => name.includes('.db'))
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) await rm(join(folder, file))
  temporal = await startServer(port)
  expect(temporal.port).toBe(port)

  expect(await identity()).not.toBe(before)
  await until(() => inState(reviewed.slice(0, 10), 'approved'), { deadlineMs: 60_000 })
  await until(async () => (await running()) === 2 * each, { deadlineMs: 60_000, everyMs: 250 })
  // The clocks of the new processes are the rows' own: moved in the row, they are followed at the next look.
  for (const id of protectedOnes) await rig.pass(id, 90 * 86_400_000)
  await until(() => inState(protectedOnes, 'lapsed'), { deadlineMs: 60_000 })
  // Decided now, after the loss.
  const later = await rig.db
    .select()
    .from(tasks)
    .where(inArray(tasks.subjectId, reviewed.slice(10)))
  for (const { id } of later) await decide(rig.db, { taskId: id, decision: 'approve', reason: null, by: staff() })
  await until(() => inState(reviewed, 'approved'), { deadlineMs: 60_000 })

  const { rows } = await rig.db.execute<{ what: string; n: number; subjects: number }>(
    sql`select what, count(*)::int as n, count(distinct subject_id)::int as subjects from ${events} group by what`,
  )
  expect(rows.filter(({ n, subjects }) => n !== subjects)).toEqual([])
  const counts = Object.fromEntries(rows.map(({ what, n }) => [what, n]))
  expect(counts).toEqual({
    'registration.received': 2 * each,
    'registration.screened': 2 * each,
    'registration.approved': 2 * each,
    'registration.lapsed': each,
    'task.opened': each,
  })
}, 240_000)

it('knows the same server again after an orderly restart', async () => {
  const before = await identity()
  await temporal.stop(3000)
  temporal = await startServer(port)
  expect(await identity()).toBe(before)
}, 60_000)
