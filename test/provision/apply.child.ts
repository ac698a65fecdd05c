/** Sets an org up in a process of its own, to be killed while it does. */
import { ctx } from '../../connectors/salesforce/org.test-support.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { unlimitedBudget } from '../../connectors/budget.ts'
import { createHttp } from '../../connectors/http.ts'
import { silentLog } from '../../connectors/log.ts'
import { settingsOf } from '../../connectors/registry.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { applyPlan } from '../../src/provision/apply.ts'
import { memoryTokens } from '../../src/runtime/memory-tokens.ts'

const { TEST_DATABASE = '', TEST_ORG = '', TEST_CONNECTION: connection = '' } = process.env
const binding = settingsOf('salesforce', {
  loginUrl: TEST_ORG,
  clientId: app.clientId,
  clientSecret: app.clientSecret,
})
const http = createHttp({ connection, budget: unlimitedBudget, log: silentLog, limits: binding.limits })
const { provision } = binding.connect({ http, tokens: memoryTokens(), nowMs: Date.now })
if (provision === undefined) throw new Error('nothing is provisioned')
const { db } = openDatabase(TEST_DATABASE, 2)
await applyPlan({ db, connection, provisioner: provision, actor: 'key:1', withinMs: 60_000, ctx: ctx() })
