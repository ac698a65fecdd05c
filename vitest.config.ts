import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Temporal's native bridge crashes in worker threads at exit although every test passed; forks are sound.
    pool: 'forks',
    maxWorkers: 2,
    // Only tests that mostly wait say `concurrent`.
    maxConcurrency: 12,
    include: ['**/*.{unit,integration}.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '.causeway/**', 'dist/**'],
    globalSetup: './test/setup/global.ts',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    reporters: ['default', './test/setup/count-reporter.ts'],
  },
})
