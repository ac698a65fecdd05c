/**
 * Runs workflow code without a server, in virtual time: the SDK's own sandbox and determinism, driven activation by activation.
 * A 90-day life takes milliseconds. The one file that reaches into the SDK's inner modules, whose version is pinned.
 *
 * Activities are plain functions; one that throws is tried again by its retry policy in virtual time, a local one beyond its
 * threshold by a timer of the workflow, as a worker does it. Signals may come at any time, also while an activity runs.
 */
import {
  defaultFailureConverter,
  defaultPayloadConverter,
  toPayloads,
  TypedSearchAttributes,
  type Payload,
} from '@temporalio/common'
import { msToTs } from '@temporalio/common/lib/time.js'
import proto from '@temporalio/proto'
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js'
import type { Workflow } from '@temporalio/worker/lib/workflow/interface.js'
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js'

const { WorkflowActivation } = proto.coresdk.workflow_activation
type Command = proto.coresdk.workflow_commands.IWorkflowCommand
type Job = proto.coresdk.workflow_activation.IWorkflowActivationJob
type Duration = proto.google.protobuf.IDuration

export type SimulatedActivities = Record<string, (...args: unknown[]) => unknown>

export interface Simulator {
  /** Starts a workflow at `now` (milliseconds since 1970), with the signals that its first task brings, and runs it until it waits. */
  start(
    type: string,
    args: unknown[],
    activities: SimulatedActivities,
    now?: number,
    signals?: string[],
  ): Promise<SimulatedRun>
  /** Starts what the run continued as, with the signals that came too late for it. */
  follow(run: SimulatedRun): Promise<SimulatedRun>
  /** What was started last; known before it has run for the first time. */
  readonly latest: SimulatedRun | null
  close(): Promise<void>
}

interface Work {
  seq: number
  isLocal: boolean
  type: string
  args: unknown[]
  attempt: number
  dueAt: number
  retry: { initialMs: number; maximumMs: number; factor: number; localUpToMs: number }
}

let runs = 0

/** Each task is scheduled, started and completed. */
const TASK_EVENTS = 3

/** @param code what `bundleWorkflows` gave  @param activities the names that a worker would know */
export async function createSimulator(code: string, activities: string[]): Promise<Simulator> {
  const vm = await ReusableVMWorkflowCreator.create(parseWorkflowCode(code), 5000, new Set(activities))
  const open = new Set<SimulatedRun>()
  let latest: SimulatedRun | null = null
  async function begin(run: SimulatedRun, args: unknown[], signals: string[]): Promise<SimulatedRun> {
    latest = run
    open.add(run)
    await run.begin(vm, args, signals)
    return run
  }
  return {
    start: (type, args, functions, now = Date.UTC(2026, 0, 1), signals = []) =>
      begin(new SimulatedRun(functions, type, now), args, signals),
    async follow(run) {
      await run.dispose()
      open.delete(run)
      return begin(new SimulatedRun(run.activities, run.type, run.now), run.continuedWith ?? [], run.undelivered)
    },
    get latest() {
      return latest
    },
    async close() {
      for (const run of open) await run.dispose()
      await vm.destroy()
    },
  }
}

export class SimulatedRun {
  readonly type: string
  readonly activities: SimulatedActivities
  /** Milliseconds since 1970. */
  now: number
  /** Set to have the workflow told that its history is long. */
  isLong = false
  closed: 'completed' | 'failed' | 'continued-as-new' | null = null
  continuedWith: unknown[] | null = null
  error: Error | null = null
  /** The names of all commands that the workflow gave, in order. */
  readonly commands: string[] = []
  /** The names of the activities that ran, in order, each attempt. */
  readonly ran: string[] = []
  /** How many events a server would keep of all this. */
  events = 0

  private readonly runId = `run-${String((runs += 1))}`
  private workflow: Workflow | null = null
  private readonly timers = new Map<number, number>()
  private work: Work[] = []
  private inbox: string[] = []
  private isBusy = false
  private length = 3

  constructor(activities: SimulatedActivities, type: string, now: number) {
    this.activities = activities
    this.type = type
    this.now = now
  }

  async begin(vm: ReusableVMWorkflowCreator, args: unknown[], signals: string[]): Promise<void> {
    const { runId, type, now } = this
    this.workflow = await vm.createWorkflow({
      info: {
        workflowType: type,
        workflowId: 'simulated',
        runId,
        firstExecutionRunId: runId,
        originalExecutionRunId: runId,
        namespace: 'default',
        taskQueue: 'simulated',
        attempt: 1,
        taskTimeoutMs: 10_000,
        searchAttributes: {},
        typedSearchAttributes: new TypedSearchAttributes(),
        historyLength: this.length,
        historySize: 0,
        continueAsNewSuggested: false,
        targetWorkerDeploymentVersionChanged: false,
        startTime: new Date(now),
        runStartTime: new Date(now),
        unsafe: {
          now: Date.now,
          isReplaying: false,
          isReplayingHistoryEvents: false,
          random: {
            random: Math.random,
            uuid4: () => crypto.randomUUID(),
            fillRandom: (bytes) => crypto.getRandomValues(bytes),
          },
        },
      },
      randomnessSeed: [1, 2, 3, 4, 5, 6, 7, 8],
      now,
      showStackTraceSources: false,
    })
    this.inbox = [...signals]
    this.events += 1 + signals.length + TASK_EVENTS
    await this.activate(
      {
        initializeWorkflow: {
          workflowId: 'simulated',
          workflowType: type,
          arguments: toPayloads(defaultPayloadConverter, ...args) ?? [],
          firstExecutionRunId: runId,
        },
      },
      ...this.takeSignals(),
    )
    await this.settle()
  }

  /** Signals that came after the run's last task: the server gives them to what follows. */
  get undelivered(): string[] {
    return this.inbox
  }

  /** The instants of the timers that run, in milliseconds since 1970. */
  get waitsUntil(): number[] {
    return [...this.timers.values()].toSorted((a, b) => a - b)
  }

  /** When it goes on by itself: a timer, or another attempt; null: only when it is signalled. */
  get nextAt(): number | null {
    const instants = [...this.timers.values(), ...this.work.map(({ dueAt }) => dueAt)]
    return this.closed !== null || instants.length === 0 ? null : Math.min(...instants)
  }

  /** Sends a signal. While an activity runs it is delivered with what the activity gives back. */
  async signal(name: string): Promise<void> {
    this.inbox.push(name)
    await this.settle()
  }

  /** Lets virtual time pass; timers and repeated attempts come due in order. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms
    for (;;) {
      const timer = [...this.timers].filter(([, at]) => at <= end).toSorted((a, b) => a[1] - b[1])[0]
      const attempt = Math.min(...this.work.map(({ dueAt }) => dueAt))
      if (this.closed !== null) break
      if (timer !== undefined && timer[1] <= attempt) {
        this.timers.delete(timer[0])
        this.now = Math.max(this.now, timer[1])
        this.events += 1 + TASK_EVENTS
        await this.activate({ fireTimer: { seq: timer[0] } })
      } else if (attempt <= end) {
        this.now = Math.max(this.now, attempt)
      } else {
        break
      }
      await this.settle()
    }
    this.now = Math.max(this.now, end)
  }

  async dispose(): Promise<void> {
    await this.workflow?.dispose()
    this.workflow = null
  }

  private async settle(): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    try {
      while (this.closed === null) {
        const due = this.work.find(({ dueAt }) => dueAt <= this.now)
        if (due !== undefined) await this.perform(due)
        else if (this.inbox.length > 0) {
          this.events += this.inbox.length + TASK_EVENTS
          await this.activate(...this.takeSignals())
        } else return
      }
    } finally {
      this.isBusy = false
    }
  }

  private async perform(work: Work): Promise<void> {
    this.work = this.work.filter((other) => other !== work)
    this.ran.push(work.type)
    const result = await this.attempt(work)
    if (result === null) return
    // An activity of the server's is scheduled, started and completed, and brings a task; a local one is a marker of the task it is in.
    this.events += work.isLocal ? 1 : 3 + TASK_EVENTS
    // What comes while a task is worked on is kept for one more.
    if (work.isLocal && this.inbox.length > 0) this.events += this.inbox.length + TASK_EVENTS
    // Signals come first in a task that brings both.
    await this.activate(...this.takeSignals(), { resolveActivity: { seq: work.seq, isLocal: work.isLocal, result } })
  }

  /** Null: it failed and is tried again by whoever keeps it. */
  private async attempt(work: Work): Promise<proto.coresdk.activity_result.IActivityResolution | null> {
    try {
      const value = await this.activities[work.type]?.(...work.args)
      return { completed: { result: defaultPayloadConverter.toPayload(value) ?? null } }
    } catch {
      const { initialMs, maximumMs, factor, localUpToMs } = work.retry
      const pauseMs = Math.min(maximumMs, initialMs * factor ** (work.attempt - 1))
      const attempt = work.attempt + 1
      if (work.isLocal && pauseMs > localUpToMs)
        return { backoff: { attempt, backoffDuration: msToTs(pauseMs), originalScheduleTime: msToTs(this.now) } }
      this.work.push({ ...work, attempt, dueAt: this.now + pauseMs })
      return null
    }
  }

  private takeSignals(): Job[] {
    const jobs = this.inbox.map((signalName) => ({ signalWorkflow: { signalName, input: [] } }))
    this.inbox = []
    return jobs
  }

  private async activate(...jobs: Job[]): Promise<void> {
    if (this.workflow === null) throw new Error('the run was disposed of')
    this.length += 3
    const completion = await this.workflow.activate(
      WorkflowActivation.fromObject({
        runId: this.runId,
        timestamp: msToTs(this.now),
        isReplaying: false,
        historyLength: this.length,
        continueAsNewSuggested: this.isLong,
        jobs,
      }),
    )
    await this.workflow.getAndResetSinkCalls()
    if (completion.failed) throw new Error(`the workflow task failed: ${completion.failed.failure?.message ?? ''}`)
    for (const command of completion.successful?.commands ?? []) this.obey(command)
  }

  private obey(command: Command): void {
    const { startTimer, cancelTimer, failWorkflowExecution: failed, continueAsNewWorkflowExecution: anew } = command
    const name = Object.keys(command).find((key) => key !== 'userMetadata' && key in command)
    if (name !== undefined) this.commands.push(name)
    if (startTimer || cancelTimer || failed || anew || command.completeWorkflowExecution) this.events += 1
    if (startTimer) this.timers.set(startTimer.seq ?? 0, this.now + msOf(startTimer.startToFireTimeout))
    if (cancelTimer) this.timers.delete(cancelTimer.seq ?? 0)
    this.schedule(command)
    if (command.completeWorkflowExecution) this.closed = 'completed'
    if (failed) {
      this.closed = 'failed'
      this.error = defaultFailureConverter.failureToError(failed.failure ?? {}, defaultPayloadConverter)
    }
    if (anew) {
      this.closed = 'continued-as-new'
      this.continuedWith = valuesOf(anew.arguments)
    }
  }

  private schedule({ scheduleActivity, scheduleLocalActivity }: Command): void {
    const wish = scheduleLocalActivity ?? scheduleActivity
    if (!wish) return
    this.work.push({
      seq: wish.seq ?? 0,
      isLocal: Boolean(scheduleLocalActivity),
      type: wish.activityType ?? '',
      args: valuesOf(wish.arguments),
      attempt: scheduleLocalActivity?.attempt ?? 1,
      dueAt: this.now,
      retry: {
        initialMs: msOf(wish.retryPolicy?.initialInterval) || 1000,
        maximumMs: msOf(wish.retryPolicy?.maximumInterval) || 100_000,
        factor: wish.retryPolicy?.backoffCoefficient || 2,
        localUpToMs: msOf(scheduleLocalActivity?.localRetryThreshold) || 60_000,
      },
    })
  }
}

function msOf(duration: Duration | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1000 + (duration?.nanos ?? 0) / 1_000_000
}

function valuesOf(payloads: Payload[] | null | undefined): unknown[] {
  return (payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload))
}
