import type { Log } from './log.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Stops on Ctrl-C, on a polite kill and when the terminal is closed; resolves when all has stopped. A second signal, as a
 * terminal and a parent may both send one, changes nothing: stopping is bounded anyway.
 */
export async function stopOnSignal(
  running: { stop(): Promise<void>; stopped: Promise<void> },
  log: Log,
): Promise<void> {
  let asked = false
  const ask = (signal: NodeJS.Signals) => {
    if (asked) return
    asked = true
    log(`Stopping (${signal})`)
    void running.stop()
  }
  for (const signal of signals) process.on(signal, ask)
  try {
    await running.stopped
  } finally {
    for (const signal of signals) process.off(signal, ask)
  }
}
