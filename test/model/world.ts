/** One run: a script played against the real rooms on a real database, then quiet, then the oracle. */
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import { acceptMatch, rejectMatch } from '../../src/apply/decide-match.ts'
import { retryChanges } from '../../src/apply/parked.ts'
import { restoreClash, ruleClash } from '../../src/apply/rulings.ts'
import { sqlState } from '../../src/db/attempts.ts'
import type { Db } from '../../src/db/connection.ts'
import { knowConnections } from '../../src/db/connections.ts'
import { startRun } from '../../src/db/runs.ts'
import * as schema from '../../src/db/schema/index.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { taskDecisions, taskKinds, type TaskKind } from '../../src/domain/task-kinds.ts'
import { CausewayError, errors, type ErrorCode } from '../../src/errors.ts'
import { startBackFills } from '../../src/intake/back-fill-control.ts'
import { receiveHints } from '../../src/intake/hints.ts'
import { decide } from '../../src/process/decide.ts'
import { moveHome } from '../../src/process/move-home.ts'
import { goLive, observe } from '../../src/write/go-live.ts'
import { retryWrites } from '../../src/write/parked.ts'
import { History } from './history.ts'
import { judge, readLedger } from './oracle.ts'
import {
  objects,
  type Command,
  type Doing,
  type ObjectName,
  type Script,
  type Setting,
  type Task,
  type VendorName,
} from './script.ts'
import { kept, systemsOf, tables, vendorName } from './sides.ts'
import { alternate, Journey } from './steps.ts'
import { usersOf, type Users } from './users.ts'
import { ModelVendor } from './vendor.ts'
import { startWorker, type Equipment, type Worker } from './worker.ts'

export interface Report {
  /** Empty: all held. */
  findings: string[]
  /** How often what happened. */
  coverage: Record<string, number>
}

export interface Stage {
  play(script: Script, sabotage?: Sabotage): Promise<Report>
  /** What the last run left, for a person who looks into a failure. */
  show(): Promise<Record<string, unknown[]>>
  close(): Promise<void>
}

/** How the tests of the model break the road, to see that it is noticed. */
export interface Sabotage {
  /** Puts itself between the road and a vendor. */
  wrap?: Equipment['wrap']
  /** Does to the database after each task what no room does. */
  after?: (db: Db) => Promise<unknown>
}

interface Run extends Equipment {
  setting: Setting
  users: Users
  vendors: ReadonlyMap<VendorName, ModelVendor>
  findings: string[]
  /** Connections that nothing may be written to. */
  observed: Set<string>
  /** Deals that a person moved to another CRM. */
  moved: Set<string>
  /** Something happened that no list of changes tells of. */
  isPlanted: boolean
  after?: Sabotage['after']
  count: (what: string, by?: number) => void
}

/** What two transactions do to each other now and then; the activity is then tried again. */
const COLLISIONS = new Set(['40001', '40P01', '23505', '23503'])
const MOST_ROUNDS = 12

/** @param url a migrated database that belongs to the model alone; its owner's address */
export async function openStage(url: string): Promise<Stage> {
  const pool = new Pool({ connectionString: url, max: 2, application_name: 'model' })
  pool.on('error', () => undefined)
  const db: Db = drizzle(pool, { schema, casing: 'snake_case' })
  const { rows: all } = await pool.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like '%migrations%'`,
  )
  const unhandled: unknown[] = []
  const heed = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', heed)
  let born = 0
  const workers: Worker[] = [0, 1].map(hire)

  function hire(): Worker {
    born += 1
    return startWorker(url, `worker-${String(born)}`)
  }

  async function bury(index: number): Promise<void> {
    const dead = workers[index]
    workers[index] = hire()
    if (dead === undefined) return
    await dead.close()
    for (;;) {
      const { rowCount } = await pool.query('select 1 from pg_stat_activity where application_name = $1', [dead.name])
      if (rowCount === 0) return
    }
  }

  async function isBlocked(): Promise<boolean> {
    const { rowCount } = await pool.query(
      `select 1 from pg_stat_activity where application_name like 'worker-%' and wait_event_type = 'Lock'`,
    )
    return rowCount !== 0
  }

  async function reset(): Promise<void> {
    const cleared = all.map(({ name }) => `delete from ${name}`).join('; ')
    await pool.query(`set session_replication_role = replica; ${cleared}; set session_replication_role = origin`)
  }

  async function play(script: Script, { wrap = (connector) => connector, after }: Sabotage = {}): Promise<Report> {
    await reset()
    const run = { ...open(script, wrap), after }
    await knowConnections(
      db,
      [...run.vendors.keys()].map((name) => ({ name, mode: run.observed.has(name) ? 'observe' : 'live' })),
    )
    for (const command of script.commands) await obey(run, command)
    await rest(run)
    for (const error of unhandled.splice(0))
      run.findings.push(`a failure that nobody heard of, which ends a process: ${explain(error)}`)
    return { findings: run.findings, coverage: run.coverage }
  }

  async function obey(run: Run, command: Command): Promise<void> {
    switch (command.do) {
      case 'work':
        return work(run, command)
      case 'hint': {
        const id = run.users.named(command)
        if (id === undefined) return
        for (let i = 0; i < command.times; i += 1)
          await receiveHints(db, command.at, '{}', [{ object: command.object, id }])
        return run.count('hints', command.times)
      }
      case 'fault': {
        const vendor = run.vendors.get(command.at)
        for (let i = 0; i < command.times; i += 1) vendor?.faults.push({ call: command.call, fault: command.fault })
        return
      }
      case 'lag':
        return run.vendors.get(command.at)?.lag()
      case 'age':
        return age(run)
      case 'round':
        return round(run, 'busy')
      case 'retry':
        return retry(run)
      case 'decide': {
        const { rows } = await db.execute<{ id: string; kind: TaskKind }>(
          sql`select id, kind from tasks where state = 'open' order by created_at, id`,
        )
        const task = rows[command.pick % Math.max(1, rows.length)]
        if (task === undefined) return
        // Each kind names the yes first and the no after it; what ends by itself has neither.
        const [yes, no] = Object.keys(taskKinds[task.kind].decisions)
        const decision = taskDecisions.find((name) => name === (command.approve ? yes : no))
        if (decision === undefined) return
        run.count(`decision: ${task.kind}`)
        await decide(db, {
          taskId: task.id,
          decision,
          reason: command.approve ? null : 'no',
          by: { label: 'm', email: null, door: 'cli' },
        })
        return
      }
      case 'rule':
      case 'turn':
        return ruleOne(run, command)
      case 'match':
        return matchOne(run, command)
      case 'home':
        return move(run, command)
      case 'observe':
      case 'live':
        return switchMode(run, command.at, command.do)
      case 'reconcile':
      case 'refill':
        return readAnew(run, command)
      default:
        doing(run, command)
    }
  }

  async function ruleOne(run: Run, command: Extract<Command, { do: 'rule' | 'turn' }>): Promise<void> {
    const { rows } = await pool.query<ClashRow>(`
      select c.*, l.connection, l.external_id, l.object from clashes c join links l on l.id = c.link_id
      where (c.winner = 'open') = ${String(command.do === 'rule')} order by c.at, c.field, l.connection`)
    const clash = rows[command.pick % Math.max(1, rows.length)]
    if (clash === undefined) return
    const how = { clashId: clash.id, by: 'm', actor: 'cli' }
    const isDone = await allowed(() =>
      command.do === 'rule' ? ruleClash(db, { ...how, winner: command.winner }) : restoreClash(db, how),
    )
    if (!isDone) return
    run.count(`clash: ${command.do}`)
    const turned = clash.winner === 'ours' ? 'theirs' : 'ours'
    const winner = command.do === 'rule' ? command.winner : turned
    const field = `${tables[objectName(clash.object)]}.${snake(clash.field)}`
    run.history.rule(clash.connection, clash.external_id ?? '', field, [clash.ours, clash.theirs], clash[winner])
  }

  async function matchOne(run: Run, { pick, accept }: Extract<Command, { do: 'match' }>): Promise<void> {
    const { rows } = await pool.query<{
      id: string
      connection: string
      external_id: string
      candidates: { recordId: string }[]
    }>(
      `select id, connection, external_id, candidates from proposals where state = 'open' order by connection, external_id`,
    )
    const match = rows[pick % Math.max(1, rows.length)]
    if (match === undefined) return
    const by = { actor: 'cli', label: 'm' }
    const recordId = match.candidates[pick % match.candidates.length]?.recordId
    const isDone = await allowed(() =>
      accept
        ? acceptMatch(db, run.programme.systems, { id: match.id, recordId, by })
        : rejectMatch(db, { id: match.id, by }),
    )
    if (!isDone) return
    run.count(accept ? 'match accepted' : 'match rejected')
    if (accept) run.history.excuse(match.connection, match.external_id, 'a person said that it is another record')
  }

  async function move(run: Run, { pick, at }: Extract<Command, { do: 'home' }>): Promise<void> {
    const { rows } = await pool.query<{ id: string; held: { at: string; id: string }[] }>(`
      select d.id, (select coalesce(json_agg(json_build_object('at', l.connection, 'id', l.external_id)), '[]') from links l
        where l.record_id = d.id and l.external_id is not null) as held from deals d order by d.id`)
    const deal = rows[pick % Math.max(1, rows.length)]
    if (deal === undefined) return
    const how = { dealId: deal.id, to: at, actor: 'cli' }
    if (!(await allowed(() => moveHome(db, run.programme.systems, how)))) return
    run.count('moves')
    run.moved.add(deal.id)
    // Whose word counts changes with the move: on what was said before nobody can insist.
    for (const held of deal.held) run.history.excuse(held.at, held.id, 'before the deal moved')
  }

  async function switchMode(run: Run, at: VendorName, mode: 'observe' | 'live'): Promise<void> {
    if (!run.vendors.has(at)) return
    if (mode === 'live') run.observed.delete(at)
    const { changed } = await (mode === 'live' ? goLive(db, at, 'cli') : observe(db, at, 'cli'))
    if (mode === 'observe') run.observed.add(at)
    if (changed) run.count(mode)
  }

  async function readAnew(
    run: Run,
    wish: { do: 'reconcile' | 'refill'; at: string; object: ObjectName },
  ): Promise<void> {
    const { at: connection, object } = wish
    if (run.programme.systems.get(connection)?.capabilities.some((c) => c.object === object) !== true) return
    run.count(wish.do)
    if (wish.do === 'refill')
      await startBackFills(db, [{ connection, object, lists: true, from: null }], { actor: 'cli', label: 'm' })
    else await db.transaction((tx) => startRun(tx, { kind: 'reconcile', connection, object, actor: 'cli' }))
  }

  async function work(run: Run, { jobs, turns, meanwhile }: Extract<Command, { do: 'work' }>): Promise<void> {
    const isPaced = jobs.length > 1
    const manned = jobs.flatMap(({ task, kill }, index) => {
      const known = task.do === 'process' || run.vendors.has(task.at)
      return known ? [{ index, task, journey: new Journey(kill, isPaced) }] : []
    })
    const trips = manned.map(async ({ index, task, journey }) => {
      await workers[index]?.run(task, journey, run)
      if (journey.isKilled) {
        run.count('kills')
        await bury(index)
      }
    })
    if (isPaced)
      await alternate(
        manned.map(({ journey }) => journey),
        turns,
        isBlocked,
        (step) => {
          for (const { at, what } of meanwhile) if (at === step) doing(run, what, 'meanwhile ')
        },
      )
    await Promise.all(trips)
    await run.after?.(db)
    run.count(isPaced ? 'work: two at once' : 'work: one')
    for (const { task, journey } of manned) {
      run.count('steps', journey.steps)
      if (journey.error === null) continue
      if (isPaced && COLLISIONS.has(sqlState(journey.error) ?? '')) run.count('collisions')
      else run.findings.push(`${describe(task)} threw ${explain(journey.error)}`)
    }
  }

  /** Lets every wait end: back-offs, leases, visibility lags. */
  async function age(run: Run): Promise<void> {
    for (const vendor of run.vendors.values()) await vendor.catchUp()
    await pool.query(`
      update writes set not_before = now() - interval '1 second', lease_until = lease_until - interval '1 minute'
        where status in ('planned', 'unclear', 'sending');
      update registrations set wake_at = now() where wake_at > now();
      update links set created_at = created_at - interval '1 minute';
      update hints set received_at = received_at - interval '1 minute' where read_at is null`)
  }

  /** A person has everything that is parked tried again. */
  async function retry(run: Run): Promise<void> {
    const { rows } = await db.execute<{ code: string }>(
      sql`select code from changes where status = 'parked' union select code from writes where status = 'parked'`,
    )
    for (const { code } of rows) {
      if (!isCode(code)) continue
      run.count('retried', (await retryWrites(db, { code })) + (await retryChanges(db, { code }, 'm')))
    }
  }

  /** Every activity that has something to do, or simply every one. */
  async function round(run: Run, who: 'busy' | 'all'): Promise<void> {
    const alone = (task: Task) => work(run, { do: 'work', jobs: [{ task, kill: null }], turns: [], meanwhile: [] })
    const busy = who === 'all' ? null : await busyOf(run)
    await age(run)
    for (const { name, capabilities } of run.programme.systems.values())
      for (const { object, read } of capabilities)
        if (read === 'changes' && busy?.has(`${name} ${object}`) !== false)
          await alone({ do: 'pull', at: vendorName(name), object: objectName(object) })
    await alone({ do: 'process' })
    await age(run)
    const due = await writing()
    for (const name of run.vendors.keys()) if (who === 'all' || due.has(name)) await alone({ do: 'drain', at: name })
  }

  /** Streams that were never read to their end, or with changes that were not read, hints, or changes that are not settled. */
  async function busyOf({ vendors }: Run): Promise<Set<string>> {
    const { rows } = await pool.query<{ stream: string }>(`
      select connection || ' ' || object as stream from hints where read_at is null
      union select connection || ' ' || object from changes where status in ('pending', 'parked')
      union select connection || ' ' || object from streams where read_at is null or wanted_through > coalesce(least(covered_through, read_at), '-infinity')
      union select connection || ' ' || object from runs where state = 'running' and kind in ('reconcile', 'back-fill')
      union select connection || ' ' || object || ' ' || coalesce(cursor, '0') from streams`)
    const said = new Set(rows.map(({ stream }) => stream))
    const unread = [...vendors].flatMap(([name, { held, capabilities }]) =>
      capabilities.flatMap(({ object }) => {
        const latest = Math.max(0, ...[...held.values()].filter((h) => h.object === object).map(({ seq }) => seq))
        return said.has(`${name} ${object} ${String(latest)}`) ? [] : [`${name} ${object}`]
      }),
    )
    return new Set([...said, ...unread])
  }

  async function writing(): Promise<Set<string>> {
    const { rows } = await pool.query<{ connection: string }>(`
      select connection from writes where status in ('planned', 'sending', 'unclear')
      union select connection from changes where status = 'pending'`)
    return new Set(rows.map(({ connection }) => connection))
  }

  /** What no list told of is found by reading everything anew, once nothing is on its way. */
  async function reconcileAll(run: Run): Promise<void> {
    if (!run.isPlanted) return
    await age(run)
    for (const [at, { capabilities }] of run.vendors)
      for (const { object } of capabilities) await readAnew(run, { do: 'reconcile', at, object: objectName(object) })
  }

  /** All faults off, all waits over: rounds until one writes nothing, then what is there is judged. */
  async function rest(run: Run): Promise<void> {
    await age(run)
    for (const [name, vendor] of run.vendors) {
      vendor.faults.length = 0
      await switchMode(run, name, 'live')
    }
    const marks = async () => {
      const { rows } = await pool.query<{ n: string }>(
        `select count(*) || ' changes, ' || (select coalesce(sum(version), 0) from registrations) || ' steps' as n from changes`,
      )
      return `${String([...run.vendors.values()].reduce((sum, v) => sum + v.count('write'), 0))} writes, ${rows[0]?.n ?? ''}`
    }
    let isRetried = false
    for (let rounds = 1; rounds <= MOST_ROUNDS; rounds += 1) {
      const before = await marks()
      await round(run, 'busy')
      if ((await marks()) !== before) continue
      if (!isRetried) {
        await retry(run)
        await reconcileAll(run)
      } else {
        run.count('rounds', rounds)
        await round(run, 'all')
        const after = await marks()
        if (after !== before)
          run.findings.push(`all was quiet, and yet the next round wrote or read: ${before} became ${after}`)
        run.findings.push(...judge(await readLedger(db), run))
        return
      }
      isRetried = true
    }
    run.findings.push(`no rest after ${String(MOST_ROUNDS)} rounds: something is written or read anew in each`)
  }

  async function show(): Promise<Record<string, unknown[]>> {
    const shown: Record<string, unknown[]> = {}
    for (const [name, query] of Object.entries({
      changes: 'select id, connection, external_id, version, status, code, detail, body from changes order by id',
      links: 'select * from links order by created_at',
      writes: 'select link_id, connection, status, code, detail, desired, sent, sent_fields from writes',
      shadows: 'select link_id, fields, version from shadows',
      clashes: 'select field, base, ours, theirs, rule, winner, link_id from clashes',
      runs: `select kind, connection, object, state, counts, code from runs where kind <> 'sync'`,
    }))
      shown[name] = (await pool.query<Record<string, unknown>>(query)).rows.map((row) => JSON.stringify(row))
    return shown
  }

  return {
    play,
    show,
    async close() {
      process.off('unhandledRejection', heed)
      await Promise.all(workers.map((worker) => worker.close()))
      await pool.end()
    },
  }
}

/** The vendors, their users and the programme of one run. */
function open({ setting }: Script, wrap: Equipment['wrap']): Run & { coverage: Record<string, number> } {
  const history = new History()
  const coverage: Record<string, number> = {}
  const count = (what: string, by = 1) => void (coverage[what] = (coverage[what] ?? 0) + by)
  const findings: string[] = []
  const systems = systemsOf(setting)
  const observed = new Set<string>(setting.observed ? [...systems.keys()].filter((name) => name !== 'portal') : [])
  const vendors = new Map([...systems].map(([name, { capabilities }]) => [name, vendorOf(name, [...capabilities])]))
  function vendorOf(name: VendorName, capabilities: ModelVendor['capabilities']): ModelVendor {
    const vendor = new ModelVendor(name, capabilities)
    vendor.pageSize = setting.page
    vendor.tellsStored = setting.tells
    vendor.matchesKeys = !setting.strict
    vendor.asked = () => {
      if (observed.has(name)) findings.push(`${name} is written to while it is observed`)
    }
    vendor.met = (what) => count(`fault: ${what}`)
    vendor.landed = ({ object, fields }, id, before) => {
      count(before === null ? 'vendor: made by us' : 'vendor: set by us')
      for (const { path, column, isUnique } of kept[objectName(object)]) {
        const value = fields[path]
        if (isUnique && value !== undefined)
          history.landed(
            name,
            id,
            `${tables[objectName(object)]}.${column}`,
            value,
            vendor.writer?.lastRead.get(`${name} ${id}`),
          )
      }
    }
    return vendor
  }
  const policy = policySchema.parse({ autoApprove: { upTo: 1_000_000, currency: 'USD' } })
  const route = ({ currency }: { currency: string | null }) =>
    currency === 'EUR' && setting.crms === 2 ? 'beta' : 'alpha'
  const programme = { policy, systems, route }
  const users = usersOf(vendors, history)
  return {
    setting,
    history,
    vendors,
    programme,
    wrap,
    users,
    findings,
    observed,
    moved: new Set(),
    isPlanted: false,
    count,
    coverage,
  }
}

function doing(run: Run, what: Doing, when = ''): void {
  if (!run.users.act(what)) return
  run.count(`${when}${what.do}`)
  if (what.do === 'plant' || what.do === 'vanish') run.isPlanted = true
}

interface ClashRow {
  id: string
  connection: string
  object: string
  external_id: string | null
  field: string
  ours: string | null
  theirs: string | null
  winner: 'open' | 'ours' | 'theirs'
}

/** False when the product says that this cannot be done now. */
async function allowed(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (error instanceof CausewayError) return false
    throw error
  }
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function objectName(object: string): ObjectName {
  for (const known of objects) if (known === object) return known
  throw new Error(`no object ${object}`)
}

function describe(task: Task): string {
  return task.do === 'pull' ? `pull ${task.at} ${task.object}` : task.do === 'drain' ? `drain ${task.at}` : 'process'
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return `${error.name}: ${error.message.split('\n')[0]?.slice(0, 200) ?? ''}${cause}`
}

function isCode(code: string): code is ErrorCode {
  return code in errors
}
