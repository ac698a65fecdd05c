/** The stream's door to the vendor's schema: it is read when it is due, and what it breaks is told to the log. */
import { suspectSchema } from '../src/db/schema-changes.ts'
import type { ErrorCode } from '../src/errors.ts'
import type { Step } from '../src/intake/reconcile-step.ts'
import { watchSchema } from '../src/intake/schema-watch.ts'
import { sentenceOf } from '../src/mapping/live/doomed.ts'
import type { ActivityDeps } from './deps.ts'

/** Answers whether something was found or mended, so that what was refused may go through now. */
export async function lookAtSchema({ db, log }: ActivityDeps, step: Omit<Step, 'db'>): Promise<boolean> {
  const { broken, mended, code } = await watchSchema({ db, ...step })
  const place = { connection: step.system.name, object: step.object }
  for (const change of broken)
    log.warn('a changed schema breaks the mapping', { ...place, code: 'CW_SCHEMA_CHANGED', what: sentenceOf(change) })
  for (const { path, kind } of mended) log.info('a changed schema is mended', { ...place, path, kind })
  if (code !== null) log.warn('schema cannot be read', { ...place, code })
  return broken.length > 0 || mended.length > 0
}

/** Refusals of a reading that a field which is gone would explain. */
const ofSchema: readonly ErrorCode[] = ['CW_VENDOR_SCOPE', 'CW_RECORD_INVALID', 'CW_CONFIG_INVALID']
const SUSPECT_S = 5

/** Looks again after a reading was refused. Answers whether another reading may go through. */
export async function lookAfter(deps: ActivityDeps, step: Omit<Step, 'db'>, code: ErrorCode): Promise<boolean> {
  if (!ofSchema.includes(code)) return false
  await deps.db.transaction((tx) => suspectSchema(tx, step.system.name, step.object, SUSPECT_S))
  return lookAtSchema(deps, step)
}
