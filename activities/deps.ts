import type { VendorClock } from '../connectors/clock.ts'
import type { Connector } from '../connectors/contract.ts'
import type { Log } from '../connectors/log.ts'
import type { Db } from '../src/db/connection.ts'
import type { Programme } from '../src/process/programme.ts'

/** What every door into the rooms needs. */
export interface ActivityDeps {
  db: Db
  programme: Programme
  /** An open connector for each connection. */
  connectors: ReadonlyMap<string, Connector>
  /** Each vendor's clock, where its answers tell it. */
  clocks?: ReadonlyMap<string, VendorClock>
  /** Asks the relay to deliver nudges now; called after a commit that may have made some. */
  kick: () => void
  log: Log
}
