/** Records the golden histories anew from real runs on the real server: after a change of a workflow that is meant. */
import { spawnSync } from 'node:child_process'

// One after the other: the first one empties the folder.
for (const file of ['test/replay/histories', 'test/story/direct-deals']) {
  const { status } = spawnSync(process.execPath, ['node_modules/.bin/vitest', 'run', file], {
    env: { ...process.env, CAUSEWAY_RECORD_HISTORIES: '1' },
    stdio: 'inherit',
  })
  process.exitCode ||= status ?? 1
}
