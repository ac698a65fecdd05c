import { describe } from 'vitest'
import type { ConformanceCase } from './subject.ts'

/**
 * The one suite that every connector passes over its sandbox. Call it once for each position of the sandbox's switches:
 *
 * ```ts
 * conformance({ name: 'partnerstack, dotted webhooks', start: () => startSubject({ webhookNames: 'dotted' }) })
 * ```
 */
export function conformance(cases: ConformanceCase): void {
  describe(`conformance: ${cases.name}`, () => {})
}
