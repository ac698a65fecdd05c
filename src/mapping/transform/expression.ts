/** What an expression says, read from its syntax tree and without evaluating it: its faults, and the fields that it uses. */
import jsonata from 'jsonata'
import { nearest } from '../near-miss.ts'
import { functions, refused } from './functions.ts'
import { LONGEST_EXPRESSION } from './bounds.ts'

export interface ExpressionFault {
  /** The character of the expression that it is about, from 1; null: the whole. */
  at: number | null
  reason: string
  proposal: string | null
}

export interface Parsed {
  faults: readonly ExpressionFault[]
  /** The names that it reads of its record; `all` where that cannot be told beforehand. */
  inputs: readonly string[] | 'all'
}

const known = new Map<string, Parsed>()
const MOST_KNOWN = 2_000

/** Each text is read once. */
export function parseExpression(text: string): Parsed {
  const found = known.get(text)
  if (found !== undefined) return found
  if (known.size >= MOST_KNOWN) known.clear()
  const parsed = parse(text)
  known.set(text, parsed)
  return parsed
}

function parse(text: string): Parsed {
  if (text.length > LONGEST_EXPRESSION) {
    const reason = `has ${String(text.length)} characters; at most ${String(LONGEST_EXPRESSION)} are read`
    return { faults: [{ at: null, reason, proposal: null }], inputs: 'all' }
  }
  try {
    const tree: unknown = jsonata(text).ast()
    const reader = new Reader(tree)
    return { faults: reader.faults, inputs: reader.isWhole ? 'all' : [...reader.names] }
  } catch (error) {
    return { faults: [syntaxFault(error)], inputs: 'all' }
  }
}

function syntaxFault(error: unknown): ExpressionFault {
  const said = typeof error === 'object' && error !== null ? error : {}
  const position: unknown = Reflect.get(said, 'position')
  const message: unknown = Reflect.get(said, 'message')
  const reason = typeof message === 'string' ? message.charAt(0).toLowerCase() + message.slice(1) : 'cannot be read'
  return { at: typeof position === 'number' ? position : null, reason, proposal: null }
}

type Node = Readonly<Record<string, unknown>>

/** Functions that take the record itself where they are given fewer arguments than this. */
const takeRecord: Readonly<Record<string, number>> = {
  string: 1,
  keys: 1,
  spread: 1,
  clone: 1,
  lookup: 2,
  each: 2,
  sift: 2,
}

/** Walks a tree. Below a step of a path names are those of what the step gave, and none of the record. */
class Reader {
  readonly faults: ExpressionFault[] = []
  readonly names = new Set<string>()
  isWhole = false
  readonly #bound = new Set<string>()

  constructor(tree: unknown) {
    this.#collectBound(tree)
    this.#read(tree, true)
  }

  /** Variables that the expression itself makes, wherever: which of them is seen where is JSONata's to say. */
  #collectBound(value: unknown): void {
    for (const node of nodesIn(value)) {
      const { type, lhs, arguments: args, focus, index } = node
      if (type === 'bind') this.#bind(lhs)
      if (type === 'lambda') for (const arg of nodesIn(args)) this.#bind(arg)
      for (const name of [focus, index]) if (typeof name === 'string') this.#bound.add(name)
      for (const child of Object.values(node)) this.#collectBound(child)
    }
  }

  #bind(variable: unknown): void {
    for (const { type, value } of nodesIn(variable))
      if (type === 'variable' && typeof value === 'string') this.#bound.add(value)
  }

  #read(value: unknown, atRoot: boolean): void {
    for (const node of nodesIn(value)) {
      const { type, predicate, group, ...rest } = node
      switch (type) {
        case 'path':
          this.#readPath(node, atRoot)
          break
        case 'variable':
          this.#readVariable(node, atRoot)
          break
        case 'name':
          if (atRoot && typeof node['value'] === 'string') this.names.add(node['value'])
          break
        case 'wildcard':
        case 'descendant':
        case 'transform':
          this.isWhole ||= atRoot
          if (type === 'transform') this.#read(Object.values(rest), false)
          break
        case 'lambda':
          this.#read(node['body'], atRoot)
          break
        case 'function':
          this.#readCall(node, atRoot)
          this.#read([node['procedure'], node['arguments']], atRoot)
          break
        default:
          // What it binds is no use of it.
          this.#read(type === 'bind' ? node['rhs'] : Object.values(rest), atRoot)
      }
      if (type !== 'path') this.#read([predicate, group], false)
    }
  }

  #readPath({ steps, group }: Node, atRoot: boolean): void {
    const all = nodesIn(steps)
    const [first] = all
    const isRecord = first?.['type'] === 'variable' && (first['value'] === '$' || (first['value'] === '' && atRoot))
    const named = leadingNames(isRecord ? all.slice(1) : all)
    if (isRecord && named.length === 0) this.isWhole = true
    else if ((isRecord || atRoot) && named.length > 0) this.names.add(named.join('.'))
    else this.#read(first, atRoot)
    for (const step of all.slice(1)) this.#read(step, false)
    for (const { stages, predicate } of all) this.#read([stages, predicate], false)
    this.#read(group, false)
  }

  #readVariable({ value, position }: Node, atRoot: boolean): void {
    if (typeof value !== 'string') return
    if (value === '$' || (value === '' && atRoot)) this.isWhole = true
    if (value === '$' || value === '' || this.#bound.has(value) || functions.has(value)) return
    const why = Object.hasOwn(refused, value) ? refused[value] : undefined
    const close = nearest(value, [...functions, ...this.#bound])
    this.faults.push({
      at: typeof position === 'number' ? position - value.length : null,
      reason: why === undefined ? `$${value} is not known` : `$${value} may not be used: ${why}`,
      proposal: why !== undefined || close === null ? null : `$${close}`,
    })
  }

  #readCall({ procedure, arguments: args }: Node, atRoot: boolean): void {
    const [called] = nodesIn(procedure)
    const name = called?.['value']
    const least = typeof name === 'string' && Object.hasOwn(takeRecord, name) ? takeRecord[name] : undefined
    if (atRoot && least !== undefined && nodesIn(args).length < least) this.isWhole = true
  }
}

/** `Owner.Name` is the vendor's field of that very name: what vendors' fields hold has no parts. */
function leadingNames(steps: Node[]): string[] {
  const names: string[] = []
  for (const { type, value, stages, predicate, focus, index } of steps) {
    if (type !== 'name' || typeof value !== 'string') break
    names.push(value)
    if (stages !== undefined || predicate !== undefined || focus !== undefined || index !== undefined) break
  }
  return names
}

/** The nodes that a part of the tree is or holds: one, a list of them, or lists of lists. */
function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => nodesIn(one))
  return isNode(value) ? [value] : []
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !(value instanceof RegExp)
}
