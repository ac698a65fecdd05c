/** The Temporal worker: one task queue, all workflows and activities, sized for a small machine. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '@temporalio/activity'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { NativeConnectionOptions } from '@temporalio/worker'
import type { ActivityDeps } from '../../activities/deps.ts'
import { directDealActivities } from '../../activities/direct-deal-review.ts'
import { mailerActivities } from '../../activities/mailer.ts'
import { registrationActivities } from '../../activities/registration.ts'
import { senderActivities } from '../../activities/sender.ts'
import { streamActivities } from '../../activities/stream.ts'
import type { Log } from '../../connectors/log.ts'
import type { Channels } from '../process/notices/send.ts'
import { failingByCode } from './activity-failure.ts'
import { TASK_QUEUE } from './temporal-client.ts'
import { workflowBundle } from './workflow-bundle.ts'

export interface WorkerWish {
  connection: NativeConnectionOptions
  namespace: string
  activities: ActivityDeps
  channels: Channels
  /** Where the bundled workflows are kept between starts; null: nowhere. */
  cache: string | null
  log: Log
}

export interface RunningWorker {
  /** Settles when the worker has drained after `close`, or rejects when it failed for good. */
  finished: Promise<void>
  /** `RUNNING` while it works. */
  state(): string
  close(): Promise<void>
}

/**
 * Starts the worker and answers at once: while Temporal does not answer it is tried again, and the API beside it takes decisions.
 * What it runs is bound to no release: workflows read their rows anew at every step.
 */
export function startWorker(wish: WorkerWish): RunningWorker {
  installRuntime(wish.log)
  const closing = new AbortController()
  let worker: Worker | null = null
  const finished = (async () => {
    const connection = await connect(wish, closing.signal)
    if (connection === null) return
    try {
      worker = await createWorker(wish, connection)
      if (!closing.signal.aborted) await worker.run()
      // The connection may be closed only after the worker has let go of it.
      await connection.close()
    } catch (error) {
      if (!closing.signal.aborted) throw error
      // It was told to stop and something took longer. Nothing is lost: whoever runs next does it again.
      wish.log.warn('the worker was stopped while work was under way', { error: shortly(error) })
    }
  })()
  return {
    finished,
    state: () => worker?.getState() ?? 'CONNECTING',
    async close() {
      closing.abort()
      if (worker?.getState() === 'RUNNING') worker.shutdown()
      await finished.catch(() => undefined)
    },
  }
}

const RECONNECT_MS = 500

/** Until Temporal answers; null when the worker is closed before. */
async function connect({ connection, log }: WorkerWish, closing: AbortSignal): Promise<NativeConnection | null> {
  for (let isSaid = false; !closing.aborted; isSaid = true) {
    try {
      return await NativeConnection.connect(connection)
    } catch (error) {
      if (!isSaid) log.warn('Temporal does not answer; the worker waits for it', { error: shortly(error) })
      await pause(RECONNECT_MS)
    }
  }
  return null
}

async function createWorker(
  { namespace, activities, channels, log, cache }: WorkerWish,
  connection: NativeConnection,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(cache),
    activities: {
      ...registrationActivities(activities),
      ...directDealActivities(activities),
      ...streamActivities(activities),
      ...senderActivities(activities),
      ...mailerActivities(activities, channels),
    },
    interceptors: {
      activity: [
        () => ({ inbound: { execute: (input, next) => failingByCode(() => next(input), log) } }),
        (context) => ({ inbound: { execute: (input, next) => whileAlive(context, () => next(input)) } }),
      ],
    },
    // Some 0.8 MB each; one that was let go costs a short replay.
    maxCachedWorkflows: 250,
    maxConcurrentActivityTaskExecutions: 40,
    maxConcurrentLocalActivityExecutions: 20,
    maxConcurrentWorkflowTaskExecutions: 40,
    stickyQueueScheduleToStartTimeout: '2 seconds',
    shutdownGraceTime: '1 second',
    shutdownForceTime: '3 seconds',
  })
}

/** Once a process: the SDK's own logs go the way of ours, and signals are left to us. */
function installRuntime(log: Log): void {
  if (Runtime._instance !== undefined) return
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      const { workflowId, activityType, attempt, error } = meta ?? {}
      log[level === 'ERROR' ? 'error' : 'warn'](message, { workflowId, activityType, attempt, error: shortly(error) })
    }),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
  })
}

function shortly(error: unknown): string | undefined {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : undefined
}

/** How often an activity says that its worker lives: one that was killed is noticed within the activity's heartbeat timeout. */
const HEARTBEAT_MS = 1_000

async function whileAlive<T>(context: Context, work: () => Promise<T>): Promise<T> {
  if (context.info.isLocal) return work()
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}
