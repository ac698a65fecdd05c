/** Ends the process when its parent is gone. Says when it watches. */
import { parentPort } from 'node:worker_threads'

const { ppid } = process
setInterval(() => {
  if (process.ppid !== ppid) process.kill(process.pid, 'SIGKILL')
}, 1_000)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port and no window
parentPort?.postMessage('watching')
