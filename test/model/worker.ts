/** One process of the product: a pool and connectors of its own, taken away from it when it is killed. */
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Pool, type PoolClient } from 'pg'
import { registrationActivities, type RegistrationActivities } from '../../activities/registration.ts'
import { senderActivities } from '../../activities/sender.ts'
import { streamActivities } from '../../activities/stream.ts'
import type { Connector, Page, Read, VendorRecord } from '../../connectors/contract.ts'
import { silentLog } from '../../connectors/log.ts'
import type { Db } from '../../src/db/connection.ts'
import * as schema from '../../src/db/schema/index.ts'
import { openStates } from '../../src/domain/registration-states.ts'
import type { Programme } from '../../src/process/programme.ts'
import type { History } from './history.ts'
import type { ModelVendor } from './vendor.ts'
import type { Task } from './script.ts'
import { Journey } from './steps.ts'

/** What a run gives its workers to work with. */
export interface Equipment {
  programme: Programme
  vendors: ReadonlyMap<string, ModelVendor>
  history: History
  /** Puts itself between the road and a vendor: the tests of the model break the engine here. */
  wrap: (connector: Connector, vendor: ModelVendor) => Connector
}

export interface Worker {
  readonly name: string
  /** Runs a task as the journey says; ends when it is over, however it went. */
  run(task: Task, journey: Journey, equipment: Equipment): Promise<void>
  /** Takes the connections away, as the death of a process does. */
  close(): Promise<void>
}

export function startWorker(url: string, name: string): Worker {
  let journey = new Journey(null, false)
  const step = <T>(run: () => Promise<T>): Promise<T> => journey.step(run)
  const clients = new Set<PoolClient>()
  const pool = new Pool({
    connectionString: url,
    max: 6,
    options: '-c role=causeway_app -c deadlock_timeout=50ms',
    application_name: name,
    idleTimeoutMillis: 0,
  })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => {
    clients.add(client)
    client.on('error', () => undefined)
    pace(client, step)
  })
  const db: Db = drizzle(pool, { schema, casing: 'snake_case' })

  return {
    name,
    async run(task, its, { programme, vendors, history, wrap }) {
      journey = its
      const connectors = new Map(
        [...vendors].map(([vendor, held]) => [vendor, wrap(paced(held, step, its, history), held)]),
      )
      const deps = { db, programme, connectors, kick: () => undefined, log: silentLog }
      await its.travel(async () => {
        switch (task.do) {
          case 'pull': {
            const streams = streamActivities(deps)
            while ((await inActivity(() => streams.pull(task.at, task.object))).waitMs === 0);
            return
          }
          case 'drain':
            await inActivity(() => senderActivities(deps, 0).drain(task.at))
            return
          case 'process':
            await proceed(db, registrationActivities(deps, impatient))
        }
      })
    },
    async close() {
      await Promise.all([...clients].map((client) => client.end().catch(() => undefined)))
    },
  }
}

/** Nothing comes by itself while a worker waits on the spot. */
const impatient = () => Promise.resolve()

/** A turn of every open registration, as their workflows take them. */
async function proceed(db: Db, { turn }: Pick<RegistrationActivities, 'turn'>): Promise<void> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select id from registrations where state in ${[...openStates]} order by id`,
  )
  for (const { id } of rows) await turn(id)
}

const inActivity = <T>(run: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({}, quiet).run<[], T, () => Promise<T>>(run)

/** Activities fail here by the hundred, and are meant to. */
const quiet = { logger: new DefaultLogger('ERROR', () => undefined) }

/** Every statement of the connection becomes a step. */
function pace(client: PoolClient, step: <T>(run: () => Promise<T>) => Promise<T>): void {
  const plain: unknown = Reflect.get(client, 'query')
  if (typeof plain !== 'function') throw new Error('a client without query')
  const ask = (args: unknown[]) => Promise.resolve<unknown>(Reflect.apply(plain, client, args))
  Reflect.set(client, 'query', (...args: unknown[]) => {
    const told = args.at(-1)
    if (typeof told !== 'function') return step(() => ask(args))
    step(() => ask(args.slice(0, -1))).then(
      (result) => Reflect.apply(told, null, [null, result]) as unknown,
      (error: unknown) => Reflect.apply(told, null, [error]) as unknown,
    )
    return undefined
  })
}

/** A vendor as one worker reaches it: every call is a step, and what was read is remembered. */
function paced(
  vendor: ModelVendor,
  step: <T>(run: () => Promise<T>) => Promise<T>,
  journey: Journey,
  history: History,
): Connector {
  const heard = (records: VendorRecord[]) => {
    for (const { id } of records) journey.lastRead.set(`${vendor.name} ${id}`, history.now())
  }
  return {
    capabilities: vendor.capabilities,
    check: () => vendor.check(),
    describe: () => vendor.describe(),
    changes: (query) =>
      step(async (): Promise<Page> => {
        const page = await vendor.changes(query)
        heard(page.records)
        return page
      }),
    read: (refs) =>
      step(async (): Promise<Read[]> => {
        const reads = await vendor.read(refs)
        heard(reads.flatMap((read) => (read.status === 'found' ? [read.record] : [])))
        return reads
      }),
    write: (batch) => step(() => vendor.writeFor(journey, batch)),
    list: (query) => step(() => vendor.list(query)),
    find: (query) => step(() => vendor.find(query)),
  }
}
