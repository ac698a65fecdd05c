/**
 * Processes in virtual time: the real workflows in the SDK's own sandbox (`workflow-simulator.ts`), the real activities, a real
 * PostgreSQL whose clock is the workflows' (`virtual-clock.ts`), and the real relay between them. A quarter takes some milliseconds.
 *
 * No server: the time-skipping test server jumps whenever a workflow waits, for all workflows at once and without the database, and
 * the jumps of the real server are an experiment. Here nothing passes that the test did not let pass, and what a timer is set to is
 * seen exactly. What is left out on purpose is the relay's look for forgotten clocks: a timer that a workflow does not set, or a wake
 * that nobody sends, is not made good by anything.
 */
import { inArray, sql } from 'drizzle-orm'
import { silentLog } from '../../connectors/log.ts'
import { directDealActivities } from '../../activities/direct-deal-review.ts'
import { registrationActivities } from '../../activities/registration.ts'
import type { Db } from '../../src/db/connection.ts'
import { noneOf } from '../../src/db/any-of.ts'
import { notices, nudges, registrations } from '../../src/db/schema/index.ts'
import { openStates } from '../../src/domain/registration-states.ts'
import type { Programme } from '../../src/process/programme.ts'
import { relayOnce, wakeClocks } from '../../src/process/relay.ts'
import { startRig, type Rig } from '../../src/process/rig.test-support.ts'
import type { Turn } from '../../src/process/turn.ts'
import { targetOf } from '../../src/runtime/temporal-client.ts'
import { bundleWorkflows } from '../../src/runtime/workflow-bundle.ts'
import { virtualClock, type VirtualClock } from './virtual-clock.ts'
import { createSimulator, type SimulatedActivities, type SimulatedRun } from './workflow-simulator.ts'

/** A step as a workflow took it: by whom, which row of its table, and when. */
export interface Went {
  workflowId: string
  row: string
  at: number
  /** The turn that it was taken in, and who was told what in that one, as `template audience`. */
  turn: symbol
  told: string[]
}

export interface VirtualWorld {
  /** Every step that any workflow took, in order. */
  readonly went: readonly Went[]
  /** Turns that a timer had begun and in which there was nothing to do. */
  readonly vain: readonly { workflowId: string; at: number }[]
  /** The processes that ran, each the latest execution of its id. */
  readonly runs: ReadonlyMap<string, SimulatedRun>
  /** Delivers every wake that is due, until no process has anything to do at this instant. */
  settle(): Promise<void>
  /** Lets time pass for the database and all processes; what comes due in between happens at its instant. */
  advance(ms: number): Promise<void>
  /** From now on by this policy. Where it says so, those whose clocks run look again, as at a start with an edited policy. */
  govern(programme: Programme): Promise<void>
  /** Ends all processes and forgets their wakes. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** A database, its clock and processes that nothing has happened in yet, for a test file. */
export interface VirtualRig {
  rig: Rig
  clock: VirtualClock
  world: VirtualWorld
  /** What came before is over, and a minute ago. */
  begin(): Promise<void>
  close(): Promise<void>
}

export async function startVirtualRig(): Promise<VirtualRig> {
  const opened: { clock?: VirtualClock } = {}
  const rig = await startRig({}, async (url) => {
    opened.clock = await virtualClock(url, Date.UTC(2026, 0, 5, 9))
  })
  const { clock } = opened
  if (clock === undefined) throw new Error('the database has no clock of its own')
  const world = await startVirtualWorld(rig.db, clock, rig.programme)
  return {
    rig,
    clock,
    world,
    async begin() {
      await world.forget()
      await rig.db
        .update(registrations)
        .set({ state: 'withdrawn' })
        .where(inArray(registrations.state, [...openStates]))
      await clock.set(clock.now + 60_000)
    },
    async close() {
      await world.close()
      await clock.close()
      await rig.close()
    },
  }
}

/** Nothing happens by itself while one waits on the spot. */
const impatient = () => Promise.resolve()

async function startVirtualWorld(db: Db, clock: VirtualClock, programme: Programme): Promise<VirtualWorld> {
  let present = programme
  const went: Went[] = []
  const vain: { workflowId: string; at: number }[] = []
  const runs = new Map<string, SimulatedRun>()
  const posted: string[] = []
  const known = new Set<string>()
  let isWoken = false
  let fault: { of: unknown } | null = null
  const activities = () => {
    const deps = { db, programme: present, connectors: new Map(), kick: () => undefined, log: silentLog }
    return { ...registrationActivities(deps, impatient), ...directDealActivities(deps) }
  }
  const { code } = await bundleWorkflows()
  const simulator = await createSimulator(code, Object.keys(activities()))

  /** The activities by the policy of the moment, with a note of each step. */
  function actsOf(workflowId: string): SimulatedActivities {
    const noted = (name: 'turn' | 'turnOfReview') => async (id: unknown) => {
      const turn = await taken(() => activities()[name](String(id)))
      const all = { workflowId, at: clock.now, turn: Symbol(workflowId), told: await news() }
      went.push(...turn.took.map((row) => ({ ...all, row })))
      if (turn.took.length === 0 && !isWoken) vain.push({ workflowId, at: clock.now })
      return turn
    }
    return { turn: noted('turn'), turnOfReview: noted('turnOfReview') }
  }

  /** Notices that were planned since the last look. */
  async function news(): Promise<string[]> {
    const planned = await db
      .select({ id: notices.id, told: sql<string>`${notices.template} || ' ' || ${notices.audience}` })
      .from(notices)
      .where(noneOf(notices.id, known))
    for (const { id } of planned) known.add(id)
    return [...new Set(planned.map(({ told }) => told))]
  }

  /** A step that throws would be tried again for ever: the test is to hear of it. */
  async function taken(turn: () => Promise<Turn>): Promise<Turn> {
    try {
      return await turn()
    } catch (error) {
      fault = { of: error }
      throw error
    }
  }

  async function wake(workflowId: string): Promise<void> {
    const run = runs.get(workflowId)
    if (run?.closed === null) return run.signal('wake')
    const { type, args } = targetOf(workflowId)
    // Streams, senders and the mailer are not what is tried here.
    if (type !== 'registration' && type !== 'directDealReview') return
    await run?.dispose()
    runs.set(workflowId, await simulator.start(type, args, actsOf(workflowId), clock.now, ['wake']))
  }

  /** One process after another: the sandbox runs one piece of code at a time. */
  async function settle(): Promise<void> {
    for (;;) {
      while ((await relayOnce(db, (id) => Promise.resolve(void posted.push(id)))) > 0);
      const due = posted.splice(0)
      if (due.length === 0) return
      isWoken = true
      for (const id of due) await wake(id)
      isWoken = false
      if (fault !== null) throw fault.of
    }
  }

  async function nextAt(): Promise<number> {
    const { rows } = await db.execute<{ at: string | null }>(sql`select min(due_at) as at from ${nudges}`)
    const nudge = rows[0]?.at ?? null
    return Math.min(
      nudge === null ? Infinity : new Date(nudge).getTime(),
      ...[...runs.values()].map((run) => run.nextAt ?? Infinity),
    )
  }

  async function goTo(at: number): Promise<void> {
    await clock.set(Math.max(at, clock.now))
    for (const run of runs.values()) await run.advance(clock.now - run.now)
    if (fault !== null) throw fault.of
    await settle()
  }

  return {
    went,
    vain,
    runs,
    settle,
    async advance(ms) {
      await settle()
      const end = clock.now + ms
      for (let at = await nextAt(); at <= end; at = await nextAt()) await goTo(at)
      await goTo(end)
    },
    async govern(other) {
      present = other
      if (other.policy.edits.runningClocks === 'rejudge') await db.transaction((tx) => wakeClocks(tx))
    },
    async forget() {
      for (const run of runs.values()) await run.dispose()
      runs.clear()
      went.length = 0
      vain.length = 0
      fault = null
      await db.delete(nudges)
    },
    async close() {
      await simulator.close()
    },
  }
}
