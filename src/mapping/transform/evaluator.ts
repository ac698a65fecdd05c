/** Evaluates JSONata within bounds. Runs in the process that is kept apart for it, one evaluation after the other. */
import jsonata from 'jsonata'
import type { FieldValue } from '../../../connectors/contract.ts'
import type { Bound, Bounds } from './bounds.ts'
import { parseExpression } from './expression.ts'

/** What became of one evaluation. Nothing of it holds what the expression said or read, but for the value itself. */
export type Result =
  | { value: FieldValue }
  | { stopped: Bound }
  /** The expression failed on this record: JSONata's code, and the character of the expression that it stands at. */
  | { failed: string; at: number | null }
  /** What it gave, in words, and is no value of a field. */
  | { misfit: string }

/** JSONata calls what is bound to this after each node, with the node's result. */
const AFTER_NODE = Symbol.for('jsonata.__evaluate_exit')
/** Asking for the processor time costs a microsecond. */
const NODES_A_LOOK = 64
const MOST_COMPILED = 1_000

class Stop extends Error {
  readonly bound: Bound

  constructor(bound: Bound) {
    super(bound)
    this.bound = bound
  }
}

export class Evaluator {
  readonly #bounds: Bounds
  readonly #compiled = new Map<string, jsonata.Expression | null>()
  /** Of the evaluation under way. */
  #nodes = 0
  #beganMs: number | null = null

  readonly #onLook: () => void

  /** @param onLook called now and then during an evaluation */
  constructor(bounds: Bounds, onLook: () => void = () => undefined) {
    this.#bounds = bounds
    this.#onLook = onLook
  }

  async evaluate(text: string, input: unknown): Promise<Result> {
    const expression = this.#compile(text)
    if (expression === null) return { failed: 'S0500', at: null }
    const beganMs = performance.now()
    const result = await this.#run(expression, input, null)
    // What takes so long may be one node that nobody looked into, or a machine that was busy: measured it is seen which.
    if (!('value' in result) || performance.now() - beganMs <= this.#bounds.ms) return result
    return this.#run(expression, input, processorMs())
  }

  /** @param fromMs the processor time at its beginning; null: nobody looks before some nodes are done */
  async #run(expression: jsonata.Expression, input: unknown, fromMs: number | null): Promise<Result> {
    this.#nodes = 0
    this.#beganMs = fromMs
    try {
      const made: unknown = await expression.evaluate(input)
      if (fromMs !== null && processorMs() - fromMs > this.#bounds.ms) return { stopped: 'time' }
      return this.#resultOf(made)
    } catch (error) {
      return failureOf(error)
    }
  }

  /** Null: it is no expression that may be evaluated. */
  #compile(text: string): jsonata.Expression | null {
    const known = this.#compiled.get(text)
    if (known !== undefined) return known
    if (this.#compiled.size >= MOST_COMPILED) this.#compiled.clear()
    let compiled: jsonata.Expression | null = null
    if (parseExpression(text).faults.length === 0) {
      compiled = jsonata(text, { stack: this.#bounds.depth, sequence: this.#bounds.items })
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type knows of names alone, and this is the library's own
      compiled.assign(AFTER_NODE as unknown as string, this.#afterNode)
    }
    this.#compiled.set(text, compiled)
    return compiled
  }

  readonly #afterNode = (_node: unknown, _input: unknown, _frame: unknown, result: unknown): void => {
    const { ms, characters, items } = this.#bounds
    if (typeof result === 'string' && result.length > characters) throw new Stop('output')
    if (Array.isArray(result) && result.length > items) throw new Stop('output')
    this.#nodes += 1
    if (this.#nodes % NODES_A_LOOK !== 0) return
    this.#onLook()
    const nowMs = processorMs()
    this.#beganMs ??= nowMs
    if (nowMs - this.#beganMs > ms) throw new Stop('time')
  }

  #resultOf(made: unknown): Result {
    const { characters, items } = this.#bounds
    if (made === undefined || made === null) return { value: null }
    if (typeof made === 'string') return made.length > characters ? { stopped: 'output' } : { value: made }
    if (typeof made === 'boolean') return { value: made }
    if (typeof made === 'number') return Number.isFinite(made) ? { value: made } : { misfit: 'a number without an end' }
    if (!Array.isArray(made)) return { misfit: typeof made === 'function' ? 'a function' : 'an object' }
    if (made.length > items) return { stopped: 'output' }
    const texts: string[] = []
    for (const item of made as unknown[]) {
      if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean')
        return { misfit: 'a list of other things than texts' }
      texts.push(String(item))
    }
    return texts.reduce((sum, { length }) => sum + length, 0) > characters ? { stopped: 'output' } : { value: texts }
  }
}

/** Codes by which JSONata itself stops: too deep, and too long a list. */
const stops: Readonly<Record<string, Bound>> = { D1011: 'depth', D2014: 'output', D2015: 'output' }

/** JSONata throws plain objects, whose messages hold values: only code and place are taken. */
function failureOf(error: unknown): Result {
  if (error instanceof Stop) return { stopped: error.bound }
  if (typeof error !== 'object' || error === null) return { failed: 'unknown', at: null }
  const code: unknown = Reflect.get(error, 'code')
  const position: unknown = Reflect.get(error, 'position')
  const at = typeof position === 'number' ? position : null
  // A text or a list that is longer than the engine can hold.
  if (error instanceof RangeError) return { stopped: 'output' }
  if (typeof code !== 'string' || !/^[A-Z]\d{4}$/.test(code))
    return { failed: error instanceof Error ? error.name : 'unknown', at }
  const bound = stops[code]
  return bound === undefined ? { failed: code, at } : { stopped: bound }
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
