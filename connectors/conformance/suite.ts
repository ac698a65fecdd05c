import { describe } from 'vitest'
import { webhookTests } from './hooks.ts'
import { pagingTests } from './paging.ts'
import { readingTests } from './reading.ts'
import { standingTests } from './standing.ts'
import type { ConformanceCase } from './subject.ts'
import { writeFaultTests } from './write-faults.ts'
import { writingTests } from './writing.ts'

/**
 * The one suite that every connector passes over its sandbox. Call it once for each position of the sandbox's switches:
 *
 * ```ts
 * conformance({ name: 'partnerstack, dotted webhooks', start: () => startSubject({ webhookNames: 'dotted' }) })
 * ```
 *
 * What a subject does not have (tokens, webhooks, a write mode) is passed over.
 */
export function conformance(given: ConformanceCase): void {
  describe(`conformance: ${given.name}`, () => {
    standingTests(given)
    pagingTests(given)
    readingTests(given)
    writingTests(given)
    writeFaultTests(given)
    webhookTests(given)
  })
}
