/** A YAML or JSON text whose every part can say on which line it stands. */
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLParseError,
} from 'yaml'
import type { z } from 'zod'

/** What is wrong with the text itself, before anything is known of what it should say. */
export interface Flaw {
  line: number
  path: string
  message: string
  kind: 'tab' | 'twice' | 'alias' | 'syntax'
}

export class LocatedYaml {
  readonly document: Document
  readonly #lines = new LineCounter()

  constructor(source: string) {
    this.document = parseDocument(source, { lineCounter: this.#lines, prettyErrors: false })
  }

  /** What keeps the text from being read at all. */
  flaws(): Flaw[] {
    return this.document.errors.map((error) => this.#flawOf(error))
  }

  /** The text as plain values. An alias that names nothing, or that multiplies without measure, is a flaw. */
  value(): { ok: true; value: unknown } | { ok: false; flaws: Flaw[] } {
    const broken: Flaw[] = []
    visit(this.document, {
      Alias: (_, node) => {
        if (node.resolve(this.document) !== undefined) return
        const message = 'there is no anchor of this name'
        broken.push({ line: this.lineOf(node), path: `*${node.source}`, message, kind: 'alias' })
      },
      Scalar: (key, node) => {
        // Checked values are made without it, so what is said under it would be lost in silence.
        if (key !== 'key' || node.value !== '__proto__') return
        broken.push({
          line: this.lineOf(node),
          path: '__proto__',
          message: 'nothing may have this name',
          kind: 'syntax',
        })
      },
    })
    if (broken.length > 0) return { ok: false, flaws: broken }
    try {
      const value: unknown = this.document.toJS()
      return { ok: true, value }
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error
      const message = 'its aliases multiply without measure'
      return { ok: false, flaws: [{ line: 1, path: '', message, kind: 'alias' }] }
    }
  }

  /** The line of the deepest part of the path that stands in the text. */
  lineAt(path: readonly PropertyKey[]): number {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const parent = depth === 1 ? this.document.contents : this.document.getIn(path.slice(0, depth - 1), true)
      const key = path[depth - 1]
      const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
      if (pair !== undefined && isScalar(pair.key)) return this.lineOf(pair.key)
      const node = this.document.getIn(path.slice(0, depth), true)
      if (isMap(node) || isSeq(node) || isScalar(node)) return this.lineOf(node)
    }
    return 1
  }

  lineOf(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line
  }

  /** What stands at a path, without giving away a value that may be a secret. */
  kindAt(path: readonly PropertyKey[]): string {
    const value: unknown = path.length === 0 ? this.document.contents : this.document.getIn(path)
    if (value === undefined) return 'nothing'
    if (value === null) return 'an empty value'
    if (isMap(value)) return 'a group of settings'
    if (isSeq(value)) return 'a list'
    return `a ${typeof value}`
  }

  #flawOf({ code, message, pos }: YAMLParseError): Flaw {
    const { line } = this.#lines.linePos(pos[0])
    const first = message.split('\n', 1)[0] ?? message
    switch (code) {
      case 'TAB_AS_INDENT':
        return { line, path: '', message: 'found a tab, expected spaces before what stands in a line', kind: 'tab' }
      case 'DUPLICATE_KEY':
        return { line, path: '', message: first, kind: 'twice' }
      default:
        return { line, path: '', message: first, kind: 'syntax' }
    }
  }
}

/** What a schema expects where it found something else. */
export function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
}
