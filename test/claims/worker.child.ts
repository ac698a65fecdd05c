/** A worker and its relay on a database and a Temporal server that are given, until it is killed. No vendor: only the claims' own process. */
import { mailChannel } from '../../connectors/channels/smtp.ts'
import { silentLog } from '../../connectors/log.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { startRelay } from '../../src/runtime/relay-loop.ts'
import { identityOf, openTemporal, wakeWith } from '../../src/runtime/temporal-client.ts'
import { startWorker } from '../../src/runtime/worker.ts'

const [databaseUrl = '', address = '', namespace = '', cache = '', smtp = ''] = process.argv.slice(2)
const { db } = openDatabase(databaseUrl, 20)
const temporal = openTemporal({ connection: { address }, namespace })
const relay = startRelay({
  db,
  wake: wakeWith(temporal.client),
  identity: () => identityOf(temporal.client),
  streamIds: [],
  senderIds: [],
  log: silentLog,
})
const worker = startWorker({
  connection: { address },
  namespace,
  activities: {
    db,
    programme: { policy: policySchema.parse({}), systems: new Map(), route: () => 'nowhere' },
    connectors: new Map(),
    kick: () => relay.kick(),
    log: silentLog,
  },
  channels: { email: mailChannel({ smtp, from: 'Causeway <partners@vendor.example>' }) },
  cache,
  log: silentLog,
})
// Whoever started it is gone: so is it.
process.on('disconnect', () => process.exit())
await worker.finished
