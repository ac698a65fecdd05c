/** One of the processes that hammer a budget in its test: takes for a while and tells the instants of its grants. */
import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '../db/connection.ts'
import { databaseBudget } from './budget.ts'

const [url = '', requests, windowMs, forMs] = process.argv.slice(2)
const database = openDatabase(url, 2)
const limits = { window: { requests: Number(requests), windowMs: Number(windowMs) }, daily: null }
const budget = databaseBudget(database.db, 'hammered', limits)
const grants: number[] = []
const until = Date.now() + Number(forMs)
while (Date.now() < until) {
  const grant = await budget.take('sync')
  if (!('waitMs' in grant)) continue
  await pause(grant.waitMs)
  grants.push(Date.now())
}
await database.close()
process.send?.(grants)
process.disconnect()
