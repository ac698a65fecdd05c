/**
 * The process that evaluates expressions, and nothing else: what exhausts its memory or cannot be interrupted ends with it, and the
 * one that works the road goes on. It has no environment, no connection and no file of ours.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { boundsIn } from './bounds.ts'
import { Evaluator, type Result } from './evaluator.ts'
import { isBatch, type Answer, type Batch } from './protocol.ts'

/** How often results are told, so that silence means something. */
const TELL_MS = 25

/** Of a long evaluation it is told that it goes on, so that a busy machine is not taken for silence. */
const SIGN_MS = 100

let toldMs = performance.now()
const evaluator = new Evaluator(boundsIn(process.argv[2]), () => {
  if (performance.now() - toldMs > SIGN_MS) tell({ results: [] })
})

process.on('message', (message) => {
  if (isBatch(message)) void work(message)
})
process.on('disconnect', () => process.exit())
// Its parent's end is not heard while an expression holds the thread. A thread that watches cannot start then either, so it comes first.
const watch = new Worker(new URL('./orphan.ts', import.meta.url))
watch.once('message', () => {
  watch.unref()
  tell({ ready: true })
})

async function work({ texts, tasks }: Batch): Promise<void> {
  let results: Result[] = []
  toldMs = performance.now()
  for (const [text, input] of tasks) {
    const result = await evaluator.evaluate(texts[text] ?? '', JSON.parse(input))
    results.push(result)
    if ('stopped' in result) break
    if (performance.now() - toldMs < TELL_MS) continue
    tell({ results })
    results = []
    await turn()
  }
  tell({ results })
}

function tell(answer: Answer): void {
  toldMs = performance.now()
  process.send?.(answer)
}
