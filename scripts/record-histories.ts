/** Records the golden histories anew from real runs on the real server: after a change of a workflow that is meant. */
import { spawnSync } from 'node:child_process'

const { status } = spawnSync(process.execPath, ['node_modules/.bin/vitest', 'run', 'test/replay/histories'], {
  env: { ...process.env, CAUSEWAY_RECORD_HISTORIES: '1' },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
