import { resolve } from 'node:path'
import type { Log } from './log.ts'
import type { PortWish } from './ports.ts'
import { startPostgres, stopLeftPostgres } from './postgres.ts'
import { type Program, startProgram, stopLeftProgram } from './program.ts'
import { type EmbeddedState, readState, takeDataFolder, writeState } from './state.ts'
import { type Part, type Supervision, supervise } from './supervisor.ts'
import { findTemporalBinary } from './temporal-binary.ts'
import { startTemporal, stopLeftTemporal } from './temporal.ts'
import { nameOf } from './process.ts'

export interface EmbeddedWish {
  dataDir: string
  /** A server of the operator's own, instead of the embedded one. */
  outside: { databaseUrl: string | null; temporal: { address: string; namespace: string } | null }
  /** Ports that the configuration demands; null: the last one used, else any that is free. */
  ports: { postgres: number | null; temporal: number | null }
  binary: { cliPath: string | null; searchPath: string; cache: string }
  /** How to start `causeway serve`, once it is known where the servers are; null: only the servers. */
  serve: ((servers: Servers) => Program) | null
  log: Log
}

/** Where the database and the Temporal server are. */
export interface Servers {
  databaseUrl: string
  temporalAddress: string
  temporalNamespace: string
}

export interface Embedded extends Supervision {
  servers: Servers
  state(): EmbeddedState
}

/** Together below the five seconds in which everything is to stop. Temporal's server drains for one second. */
const stopMs = { serve: 2200, temporal: 1500, postgres: 1000 }

const usualPort = { postgres: 54_320, temporal: 7233 }

/**
 * Starts PostgreSQL, the Temporal server and `causeway serve` under one supervisor, on what the last start left: the same
 * data, the same ports. An outside server is used as it is.
 *
 * @throws CW_ALREADY_RUNNING, and what the parts throw, each saying what was found.
 */
export async function startEmbedded(wish: EmbeddedWish): Promise<Embedded> {
  const dataDir = resolve(wish.dataDir)
  const giveBack = await takeDataFolder(dataDir)
  try {
    const before = await readState(dataDir)
    await stopLeftProgram(dataDir, 'serve', wish.log)
    if (wish.outside.databaseUrl !== null) await stopLeftPostgres(dataDir, wish.log)
    if (wish.outside.temporal !== null) await stopLeftTemporal(dataDir, wish.log)

    const run = new Run(wish, dataDir, before)
    const supervision = await supervise({
      parts: run.parts(),
      log: wish.log,
      changed: (parts) => writeState(dataDir, run.state(parts)),
    })
    void supervision.stopped.then(giveBack)
    return { ...supervision, servers: run.servers(), state: () => run.state(supervision.states()) }
  } catch (error) {
    await giveBack()
    throw error
  }
}

/** What this run of the supervisor has learnt: addresses and ports stay the same when a part is started again. */
class Run {
  readonly #wish: EmbeddedWish
  readonly #dataDir: string
  readonly #startedAt = new Date().toISOString()
  readonly #ports: { postgres: PortWish; temporal: PortWish }
  #databaseUrl: string | null
  #temporal: { address: string; namespace: string } | null
  #temporalVersion: string | null = null

  constructor(wish: EmbeddedWish, dataDir: string, before: EmbeddedState | null) {
    this.#wish = wish
    this.#dataDir = dataDir
    this.#databaseUrl = wish.outside.databaseUrl
    this.#temporal = wish.outside.temporal
    this.#ports = { postgres: portOf('postgres', wish, before), temporal: portOf('temporal', wish, before) }
  }

  parts(): Part[] {
    const { outside, serve } = this.#wish
    return [
      ...(outside.databaseUrl === null ? [this.#postgres()] : []),
      ...(outside.temporal === null ? [this.#temporalServer()] : []),
      ...(serve === null ? [] : [this.#serve(serve)]),
    ]
  }

  servers(): Servers {
    if (this.#databaseUrl === null || this.#temporal === null) throw new Error('the servers have not started')
    return {
      databaseUrl: this.#databaseUrl,
      temporalAddress: this.#temporal.address,
      temporalNamespace: this.#temporal.namespace,
    }
  }

  state(parts: EmbeddedState['parts']): EmbeddedState {
    return {
      supervisor: nameOf(process.pid) ?? { pid: process.pid, began: '' },
      startedAt: this.#startedAt,
      parts,
      databaseUrl: this.#wish.outside.databaseUrl === null ? this.#databaseUrl : null,
      temporalAddress: this.#temporal?.address ?? null,
      temporalNamespace: this.#temporal?.namespace ?? null,
      temporalVersion: this.#temporalVersion,
    }
  }

  #postgres(): Part {
    return {
      name: 'postgres',
      stopMs: stopMs.postgres,
      start: async (signal) => {
        const running = await startPostgres({
          dataDir: this.#dataDir,
          port: this.#ports.postgres,
          log: this.#wish.log,
          signal,
        })
        this.#databaseUrl = running.url
        this.#ports.postgres = { exact: running.port }
        return running
      },
    }
  }

  #temporalServer(): Part {
    const { log } = this.#wish
    return {
      name: 'temporal',
      stopMs: stopMs.temporal,
      start: async (signal) => {
        const binary = await findTemporalBinary({
          ...this.#wish.binary,
          fallbackCache: `${this.#dataDir}/cache`,
          log,
          signal,
        })
        const running = await startTemporal({
          dataDir: this.#dataDir,
          port: this.#ports.temporal,
          binary,
          log,
          signal,
        })
        this.#temporal = { address: running.address, namespace: running.namespace }
        this.#temporalVersion = running.version
        this.#ports.temporal = { exact: running.port }
        return running
      },
    }
  }

  #serve(program: (servers: Servers) => Program): Part {
    return {
      name: 'serve',
      stopMs: stopMs.serve,
      start: () => startProgram(this.#dataDir, 'serve', program(this.servers())),
    }
  }
}

function portOf(part: 'postgres' | 'temporal', wish: EmbeddedWish, before: EmbeddedState | null): PortWish {
  const exact = wish.ports[part]
  return exact === null ? { preferred: before?.parts[part]?.port ?? usualPort[part] } : { exact }
}
