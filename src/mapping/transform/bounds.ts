/** What a transformation may cost. Beyond it the evaluation is stopped; only the record that it was for waits. */
export interface Bounds {
  /** Processor time of one evaluation, in milliseconds. Time that the machine gave to other programs does not count. */
  ms: number
  /** Evaluations within evaluations, so that a function that calls itself ends. */
  depth: number
  /** Characters of a text, on the way to the result as well. */
  characters: number
  /** Items of a list, on the way to the result as well. */
  items: number
  /** Megabytes of the process that evaluates. */
  heapMb: number
  /** How long that process may be silent: what cannot be interrupted from within, such as a regular expression, ends with it. */
  silentMs: number
}

export const bounds: Bounds = {
  ms: 50,
  depth: 500,
  characters: 100_000,
  items: 10_000,
  heapMb: 64,
  silentMs: 500,
}

/** Which bound an evaluation met. */
export type Bound = 'time' | 'depth' | 'output' | 'memory'

/** The longest expression, in characters: what needs more is a program and belongs elsewhere. */
export const LONGEST_EXPRESSION = 4_000

/** For people: what was expected of an evaluation that was stopped. */
export function expectationOf(bound: Bound, { ms, depth, characters, items, heapMb }: Bounds = bounds): string {
  switch (bound) {
    case 'time':
      return `a result within ${String(ms)} ms`
    case 'depth':
      return `at most ${String(depth)} evaluations within each other`
    case 'output':
      return `texts of at most ${String(characters)} characters and lists of at most ${String(items)} items`
    case 'memory':
      return `at most ${String(heapMb)} MB of memory`
  }
}

/** As the argument of a process. */
export function boundsText({ ms, depth, characters, items, heapMb, silentMs }: Bounds): string {
  return [ms, depth, characters, items, heapMb, silentMs].join(',')
}

export function boundsIn(text: string | undefined): Bounds {
  const numbers = (text ?? '').split(',').map(Number)
  const [ms, depth, characters, items, heapMb, silentMs] = numbers
  if (ms === undefined || depth === undefined || characters === undefined) return bounds
  if (items === undefined || heapMb === undefined || silentMs === undefined) return bounds
  return { ms, depth, characters, items, heapMb, silentMs }
}
