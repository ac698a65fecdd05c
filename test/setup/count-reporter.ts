import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'

/** Writes "passed failed skipped" into the file that CAUSEWAY_TEST_COUNTS names. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[], reason: TestRunEndReason): void {
    const file = process.env['CAUSEWAY_TEST_COUNTS']
    if (file === undefined) return
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      // A file that could not be loaded has no tests to count, and yet it failed.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state] += 1
        else counts.failed += 1
      }
    }
    if (reason === 'interrupted') counts.failed += 1
    writeFileSync(file, `${counts.passed} ${counts.failed} ${counts.skipped}\n`)
  }
}
