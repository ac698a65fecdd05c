/**
 * What stands between the road and a vendor that may refuse our credentials.
 *
 * A refusal that reaches here was not mended by a renewed token. Secrets are read anew first; other ones are tried at once. Else the
 * vendor is asked once more by the plainest request there is, so that a passing refusal of one route pauses nothing; when that is
 * refused too, the connection is paused for all processes and nothing more is asked of it.
 */
import { ConnectorError, faultOf, type Connector, type Fault, type Outcome } from '../../../connectors/contract.ts'
import type { Log } from '../../../connectors/log.ts'
import type { Db } from '../../db/connection.ts'
import { endReauth, reauthOf, requireReauth } from '../../db/reauth.ts'
import { errors } from '../../errors.ts'

export interface Gate {
  /** Makes a call, or throws `CW_REAUTH_REQUIRED` before anything is asked. */
  readonly run: <T>(work: (connector: Connector) => Promise<T>) => Promise<T>
  /** The same for writes, each of which has an outcome of its own. */
  write(work: (connector: Connector) => Promise<Outcome[]>): Promise<Outcome[]>
  /** Asks the vendor whether it takes the credentials now; if so, a paused connection goes on. */
  tryAgain(actor: string): Promise<Fault | null>
}

export interface GateWish {
  db: Db
  log: Log
  connection: string
  /** The connector of the present secrets. */
  present: () => Connector
  /** Reads the secrets anew, so that `present` is of them. */
  reread: () => void
  /** What is woken when a paused connection goes on. */
  workflowIds: string[]
}

const TRIAL_MS = 20_000

export function createGate(wish: GateWish): Gate {
  const { db, log, connection, present } = wish
  let judging: Promise<boolean> | null = null

  async function asked(): Promise<Connector> {
    const paused = await reauthOf(db, connection)
    if (paused === null) return present()
    throw new ConnectorError(reauthFault(connection, `since ${paused.since}`), 'no')
  }

  /** Whether other credentials are in force than those that were refused. */
  function isRenewed(refused: Connector): boolean {
    if (present() === refused) wish.reread()
    return present() !== refused
  }

  /** Pauses the connection unless the vendor takes the credentials after all. One question, however many were refused together. */
  function pausedBy(fault: Fault): Promise<boolean> {
    judging ??= judge(fault).finally(() => (judging = null))
    return judging
  }

  async function judge(fault: Fault): Promise<boolean> {
    if ((await reauthOf(db, connection)) !== null) return true
    const refusal = await refusalOf(present()).catch(() => null) // out of reach just now: the next call asks again
    if (refusal === null) return false
    if (await requireReauth(db, connection, fault.code))
      log.error('connection paused: the vendor takes its credentials no more', {
        connection,
        code: 'CW_REAUTH_REQUIRED',
        vendorCode: refusal.vendorCode,
        todo: errors.CW_REAUTH_REQUIRED.remedy,
      })
    return true
  }

  async function run<T>(work: (connector: Connector) => Promise<T>): Promise<T> {
    for (let isLast = false; ; isLast = true) {
      const connector = await asked()
      try {
        return await work(connector)
      } catch (error) {
        if (!(error instanceof ConnectorError) || !isRefusal(error.fault)) throw error
        if (!isLast && isRenewed(connector)) continue
        if (await pausedBy(error.fault)) throw new ConnectorError(reauthFault(connection, 'now'), error.effect)
        throw error
      }
    }
  }

  return {
    run,

    write: (work) =>
      run(async (connector) => {
        const outcomes = await work(connector)
        const refusal = refusalIn(outcomes)
        // What was refused is proven not done: the sender comes back to it with the new secret.
        if (refusal === null || isRenewed(connector) || !(await pausedBy(refusal))) return outcomes
        const fault = reauthFault(connection, 'now')
        return outcomes.map((o) => (o.status !== 'done' && isRefusal(o.fault) ? { ...o, fault } : o))
      }),

    async tryAgain(actor) {
      wish.reread()
      const refusal = await refusalOf(present())
      if (refusal === null && (await endReauth(db, connection, wish.workflowIds, actor)))
        log.info('connection goes on: the vendor takes its credentials again', { connection })
      return refusal
    },
  }
}

/** Whether the vendor refused the credentials. */
export function isRefusal({ code }: Fault): boolean {
  return code === 'CW_VENDOR_AUTH'
}

function refusalIn(outcomes: Outcome[]): Fault | null {
  for (const outcome of outcomes) if (outcome.status !== 'done' && isRefusal(outcome.fault)) return outcome.fault
  return null
}

function reauthFault(connection: string, since: string): Fault {
  return faultOf('CW_REAUTH_REQUIRED', `The credentials of ${connection} are refused, ${since}`, {
    scope: 'connection',
  })
}

/** Null: the vendor takes the credentials. Throws where it cannot be asked. */
async function refusalOf(connector: Connector): Promise<Fault | null> {
  try {
    await connector.authenticate?.({ signal: AbortSignal.timeout(TRIAL_MS), priority: 'user' })
    return null
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    if (isRefusal(error.fault)) return error.fault
    // It knows us and lacks a permission: that is another matter.
    if (error.fault.code === 'CW_VENDOR_SCOPE') return null
    throw error
  }
}
