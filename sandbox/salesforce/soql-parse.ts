/** The subset of SOQL that integrations use, parsed strictly: anything else is MALFORMED_QUERY, as the platform answers. */
import { refuse } from './problem.ts'

export type Literal =
  | { kind: 'string' | 'number' | 'date' | 'datetime'; text: string }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  | { kind: 'relative'; name: string; n: number }

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'IN' | 'NOT IN'
const operators: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>=', 'LIKE', 'IN']

export type Condition =
  | { op: 'and' | 'or'; parts: Condition[] }
  | { op: 'not'; part: Condition }
  | { op: 'compare'; path: string; operator: Operator; values: Literal[] }

export interface Query {
  fields: string[]
  count: boolean
  object: string
  where: Condition | null
  order: { path: string; descending: boolean; nullsLast: boolean }[]
  limit: number | null
  offset: number
}

interface Token {
  kind: 'word' | 'string' | 'number' | 'instant' | 'symbol'
  text: string
}

const tokenPattern =
  /\s+|(?<string>'(?:\\.|[^'\\])*')|(?<instant>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?)|(?<number>[+-]?\d+(?:\.\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_.]*(?::\d+)?)|(?<symbol><=|>=|!=|<>|[=<>(),])/uy

const escapes: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
  _: '\\_',
  '%': '\\%',
}

function malformed(message: string): never {
  throw refuse(400, 'MALFORMED_QUERY', message)
}

function unescape(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\(.)/gsu, (_all, c: string) => escapes[c] ?? malformed(`Illegal escape sequence: \\${c}`))
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < text.length) {
    const at = tokenPattern.lastIndex
    const match = tokenPattern.exec(text)
    if (match === null) malformed(`unexpected token: '${text.charAt(at)}'`)
    for (const kind of ['string', 'instant', 'number', 'word', 'symbol'] as const) {
      const part = match.groups?.[kind]
      if (part !== undefined) tokens.push({ kind, text: part })
    }
  }
  return tokens
}

/** Parses a query. Throws a `Refusal` with MALFORMED_QUERY. */
export function parseQuery(text: string): Query {
  if (text.length > 100_000) throw refuse(400, 'QUERY_TOO_COMPLICATED', 'The query is too long')
  const p = new Parser(tokenise(text))
  const query = p.query()
  p.end()
  return query
}

/** Parses a bare condition, as validation rules hold them. */
export function parseCondition(text: string): Condition {
  const p = new Parser(tokenise(text))
  const condition = p.condition()
  p.end()
  return condition
}

class Parser {
  readonly tokens: Token[]
  at = 0

  constructor(tokens: Token[]) {
    this.tokens = tokens
  }

  query(): Query {
    this.expect('SELECT')
    const fields: string[] = []
    let count = false
    if (this.peek('COUNT') && this.tokens[this.at + 1]?.text === '(') {
      this.expect('COUNT')
      this.expect('(')
      this.expect(')')
      count = true
    } else {
      do fields.push(this.name())
      while (this.take(','))
    }
    this.expect('FROM')
    const object = this.name()
    const where = this.take('WHERE') ? this.condition() : null
    const order: Query['order'] = []
    if (this.take('ORDER')) {
      this.expect('BY')
      do order.push(this.ordering())
      while (this.take(','))
    }
    const limit = this.take('LIMIT') ? this.wholeNumber() : null
    const offset = this.take('OFFSET') ? this.wholeNumber() : 0
    if (offset > 2000) throw refuse(400, 'NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000')
    return { fields, count, object, where, order, limit, offset }
  }

  condition(): Condition {
    const first = this.unary()
    // The platform refuses AND beside OR without parentheses: what follows a chain must not be the other word.
    for (const word of ['AND', 'OR'] as const) {
      if (!this.peek(word)) continue
      const parts = [first]
      while (this.take(word)) parts.push(this.unary())
      if (this.peek('AND') || this.peek('OR')) malformed(`unexpected token: '${this.tokens[this.at]?.text ?? ''}'`)
      return { op: word === 'AND' ? 'and' : 'or', parts }
    }
    return first
  }

  unary(): Condition {
    if (this.take('NOT')) return { op: 'not', part: this.unary() }
    if (this.take('(')) {
      const inner = this.condition()
      this.expect(')')
      return inner
    }
    const path = this.name()
    const operator = this.operator()
    if (operator !== 'IN' && operator !== 'NOT IN') return { op: 'compare', path, operator, values: [this.literal()] }
    this.expect('(')
    const values: Literal[] = []
    do values.push(this.literal())
    while (this.take(','))
    this.expect(')')
    return { op: 'compare', path, operator, values }
  }

  ordering(): Query['order'][number] {
    const path = this.name()
    const descending = this.take('DESC')
    if (!descending) this.take('ASC')
    let nullsLast = false
    if (this.take('NULLS')) {
      nullsLast = this.take('LAST')
      if (!nullsLast) this.expect('FIRST')
    }
    return { path, descending, nullsLast }
  }

  operator(): Operator {
    const token = this.next()
    const word = token.text.toUpperCase()
    if (word === '<>') return '!='
    if (word === 'NOT') {
      this.expect('IN')
      return 'NOT IN'
    }
    return operators.find((known) => known === word) ?? malformed(`unexpected token: '${token.text}'`)
  }

  literal(): Literal {
    const token = this.next()
    if (token.kind === 'string') return { kind: 'string', text: unescape(token.text) }
    if (token.kind === 'number') return { kind: 'number', text: token.text }
    if (token.kind === 'instant') return { kind: token.text.length === 10 ? 'date' : 'datetime', text: token.text }
    const word = token.text.toUpperCase()
    if (word === 'NULL') return { kind: 'null' }
    if (word === 'TRUE' || word === 'FALSE') return { kind: 'boolean', value: word === 'TRUE' }
    const relative = /^(TODAY|YESTERDAY|TOMORROW|LAST_N_DAYS|NEXT_N_DAYS)(?::(\d+))?$/.exec(word)
    if (token.kind !== 'word' || relative?.[1] === undefined) malformed(`unexpected token: '${token.text}'`)
    return { kind: 'relative', name: relative[1], n: Number(relative[2] ?? '0') }
  }

  wholeNumber(): number {
    const token = this.next()
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) malformed(`unexpected token: '${token.text}'`)
    return Number(token.text)
  }

  name(): string {
    const token = this.next()
    if (token.kind !== 'word' || token.text.includes(':') || token.text.endsWith('.'))
      malformed(`unexpected token: '${token.text}'`)
    return token.text
  }

  peek(text: string): boolean {
    const token = this.tokens[this.at]
    return token !== undefined && token.kind !== 'string' && token.text.toUpperCase() === text
  }

  take(text: string): boolean {
    const found = this.peek(text)
    if (found) this.at += 1
    return found
  }

  expect(text: string): void {
    if (!this.take(text)) malformed(`expecting '${text}', found '${this.tokens[this.at]?.text ?? '<EOF>'}'`)
  }

  next(): Token {
    const token = this.tokens[this.at]
    if (token === undefined) return malformed("unexpected token: '<EOF>'")
    this.at += 1
    return token
  }

  end(): void {
    const token = this.tokens[this.at]
    if (token !== undefined) malformed(`unexpected token: '${token.text}'`)
  }
}
