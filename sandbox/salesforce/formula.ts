/** The part of the formula language that validation rules are written in here; anything else is refused when the rule is saved. */
import { refuse } from './problem.ts'
import type { Value } from './org.ts'
import type { ObjectDef } from './schema.ts'

/** A record being saved: its values, and those it had, null for a new one. */
export interface Saving {
  now: Readonly<Record<string, Value>>
  before: Readonly<Record<string, Value>> | null
}

type Evaluate = (saving: Saving) => Value

interface Term {
  evaluate: Evaluate
  /** The field's name, where the term is a bare field. */
  field: string | null
  isPicklist: boolean
}

const tokens = /\s+|(?<string>"(?:\\.|[^"\\])*")|(?<word>[A-Za-z_]\w*)|(?<symbol>&&|\|\||<>|!=|==|[=!(),])/uy

/** Compiles a formula of the object. Throws FIELD_INTEGRITY_EXCEPTION, as the platform does, for what it cannot understand. */
export function compileFormula(def: ObjectDef, text: string): (saving: Saving) => boolean {
  const parser = new Parser(def, tokenise(text))
  const term = parser.either()
  parser.end()
  return (saving) => term.evaluate(saving) === true
}

function wrong(message: string): never {
  throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', message, ['errorConditionFormula'])
}

function tokenise(text: string): string[] {
  const out: string[] = []
  tokens.lastIndex = 0
  while (tokens.lastIndex < text.length) {
    const match = tokens.exec(text)
    if (match === null) return wrong('Error: Syntax error')
    if (match[0].trim() !== '') out.push(match[0])
  }
  return out
}

class Parser {
  private place = 0
  private readonly def: ObjectDef
  private readonly found: string[]

  constructor(def: ObjectDef, found: string[]) {
    this.def = def
    this.found = found
  }

  end(): void {
    if (this.place < this.found.length) wrong(`Error: Syntax error. Extra ${this.found[this.place] ?? ''}`)
  }

  either(): Term {
    let left = this.both()
    while (this.takes('||')) left = logic('OR', [left, this.both()])
    return left
  }

  private both(): Term {
    let left = this.compared()
    while (this.takes('&&')) left = logic('AND', [left, this.compared()])
    return left
  }

  private compared(): Term {
    const left = this.single()
    const isEqual = this.takes('=') || this.takes('==')
    const isUnequal = !isEqual && (this.takes('<>') || this.takes('!='))
    if (!isEqual && !isUnequal) return left
    const right = this.single()
    for (const side of [left, right]) plain(side)
    return computed((s) => same(left.evaluate(s), right.evaluate(s)) === isEqual)
  }

  private single(): Term {
    if (this.takes('!')) return logic('NOT', [this.single()])
    if (this.takes('(')) {
      const inner = this.either()
      this.needs(')')
      return inner
    }
    const token = this.found[this.place]
    if (token === undefined) return wrong('Error: Syntax error. Found nothing')
    this.place += 1
    if (token.startsWith('"')) {
      const text = token.slice(1, -1).replaceAll(/\\(.)/g, '$1')
      return computed(() => text)
    }
    if (/^(true|false)$/i.test(token)) return computed(() => token.toLowerCase() === 'true')
    if (this.takes('(')) return this.called(token.toUpperCase())
    return this.field(token)
  }

  private field(name: string): Term {
    const field = this.def.fields.find((f) => f.name === name)
    if (field === undefined) return wrong(`Error: Field ${name} does not exist. Check spelling.`)
    const isTrue = field.type === 'boolean'
    return {
      field: name,
      isPicklist: field.type === 'picklist',
      evaluate: ({ now }) => now[name] ?? (isTrue ? false : null),
    }
  }

  private called(name: string): Term {
    const given: Term[] = []
    while (!this.takes(')')) {
      if (given.length > 0) this.needs(',')
      given.push(this.either())
    }
    const [first, second] = given
    switch (name) {
      case 'AND':
      case 'OR':
      case 'NOT':
        return logic(name, given)
      case 'ISNEW':
        return computed(({ before }) => before === null)
      case 'ISCHANGED':
        return computed(changed(bare(first)))
      case 'PRIORVALUE': {
        const field = bare(first)
        return {
          field: null,
          isPicklist: first?.isPicklist ?? false,
          evaluate: (s) => (s.before ?? s.now)[field] ?? null,
        }
      }
      case 'ISBLANK': {
        const term = plain(first)
        return computed((s) => (term.evaluate(s) ?? '') === '')
      }
      case 'TEXT':
        if (first === undefined) return wrong('Error: Incorrect parameter for function TEXT')
        return computed((s) => String(first.evaluate(s) ?? ''))
      case 'ISPICKVAL': {
        if (first?.isPicklist !== true || second === undefined)
          return wrong('Error: Incorrect parameter for function ISPICKVAL')
        return computed((s) => same(first.evaluate(s) ?? '', second.evaluate(s)))
      }
      default:
        return wrong(`Error: Unknown function ${name}. Check spelling.`)
    }
  }

  private takes(token: string): boolean {
    if (this.found[this.place] !== token) return false
    this.place += 1
    return true
  }

  private needs(token: string): void {
    if (!this.takes(token)) wrong(`Error: Syntax error. Missing '${token}'`)
  }
}

function computed(evaluate: Evaluate): Term {
  return { evaluate, field: null, isPicklist: false }
}

function logic(name: 'AND' | 'OR' | 'NOT', parts: Term[]): Term {
  if (parts.length === 0 || (name === 'NOT' && parts.length > 1))
    return wrong(`Error: Incorrect number of parameters for function '${name}()'`)
  if (name === 'NOT') return computed((s) => parts[0]?.evaluate(s) !== true)
  return computed((s) =>
    name === 'AND' ? parts.every((part) => part.evaluate(s) === true) : parts.some((part) => part.evaluate(s) === true),
  )
}

function changed(field: string): Evaluate {
  return ({ now, before }) => before !== null && !same(now[field] ?? null, before[field] ?? null)
}

function same(a: Value, b: Value): boolean {
  return String(a ?? '') === String(b ?? '')
}

function bare(term: Term | undefined): string {
  return term?.field ?? wrong('Error: Incorrect parameter. Expected a field')
}

/** Picklists are values of their own kind: the platform lets them stand in few functions. */
function plain(term: Term | undefined): Term {
  if (term === undefined) return wrong('Error: Incorrect number of parameters')
  if (term.isPicklist)
    return wrong('Error: Field is a picklist field. Picklist fields are only supported in certain functions.')
  return term
}
