import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node'

/** Writes "passed failed skipped" into the file that CAUSEWAY_TEST_COUNTS names; below it what failed, a line each. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[], reason: TestRunEndReason): void {
    const file = process.env['CAUSEWAY_TEST_COUNTS']
    if (file === undefined) return
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 }
    const failures = unhandled.map((error) => `outside of a test: ${firstLine(error)}`)
    for (const module of modules) {
      const path = relative(process.cwd(), module.moduleId)
      // A file that could not be loaded has no tests to count, and yet it failed.
      if (module.state() === 'failed' && module.errors().length > 0) {
        counts.failed += 1
        failures.push(`${path}: ${firstLine(module.errors()[0])}`)
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result()
        if (state === 'failed') failures.push(`${path} > ${test.fullName}: ${firstLine(errors?.[0])}`)
        if (state === 'passed' || state === 'failed' || state === 'skipped') counts[state] += 1
        else counts.failed += 1
      }
    }
    if (reason === 'interrupted') counts.failed += 1
    const lines = [`${counts.passed} ${counts.failed} ${counts.skipped}`, ...failures]
    writeFileSync(file, `${lines.join('\n')}\n`)
  }
}

const firstLine = (error: unknown): string => {
  const told = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
  return String(told).trim().split('\n', 1)[0]?.slice(0, 300) ?? ''
}
