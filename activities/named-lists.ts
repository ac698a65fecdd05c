/** The stream's door to the CRM's lists that name accounts: read when they are due, and what fails is told to the log. */
import { heartbeat } from '@temporalio/activity'
import { readNamedLists, type ListStep } from '../src/process/named-lists.ts'
import type { ActivityDeps } from './deps.ts'

export async function lookAtLists({ db, log }: ActivityDeps, step: ListStep): Promise<void> {
  const connection = step.system.name
  for (const { source, changed, code } of await readNamedLists(db, step, () => heartbeat())) {
    if (code !== null) log.warn('a list of named accounts cannot be read', { connection, source, code })
    else if (changed !== null && changed.added + changed.removed > 0)
      log.info('a list of named accounts changed', { connection, source, ...changed })
  }
}
