/** A process that waits for an expression which cannot be interrupted, and is killed meanwhile by the test that started it. */
import { Runner } from './runner.ts'

const runner = new Runner({ silentMs: 600_000 })
await runner.evaluate([{ text: '1', input: '{}' }])
process.send?.('evaluating')
await runner.evaluate([{ text: `$match("${'a'.repeat(40)}b", /(a+)+$/)`, input: '{}' }])
