/** Results of a mapping's expressions, made before anybody asks for them: translation itself never waits. */
import type { FieldValue, Fields } from '../../../connectors/contract.ts'
import type { Canonical } from '../convert.ts'
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import { expectationOf } from './bounds.ts'
import { inputOf, isPresent } from './input.ts'
import { runner, type Evaluation, type Request } from './runner.ts'

/** What an expression made of a record, or why it made nothing. No text of it holds a value. */
export type Made = { value: FieldValue } | { trouble: TransformTrouble }

export interface TransformTrouble {
  code: 'CW_TRANSFORM_STOPPED' | 'CW_TRANSFORM_FAILED' | 'CW_TRANSFORM_RESULT'
  expected: string
  found: string
}

/** What translation asks. */
export interface Transformed {
  /** The vendor's value that `transform.in` makes of the vendor's fields. */
  in(field: FieldMapping, fields: Fields): Made
  /** The vendor's value that `transform.out` makes of a record of ours. */
  out(field: FieldMapping, record: Record<string, Canonical>): Made
}

/** It was asked for what nobody prepared; see `Transformations.prepare`. */
export class NotTransformed extends Error {
  readonly request: Request

  constructor(request: Request) {
    super('a value was not transformed yet')
    this.request = request
  }
}

/** Whether any of the mappings has expressions that are evaluated this way. */
export function transforms(mappings: readonly ObjectMapping[], way: 'in' | 'out'): boolean {
  return mappings.some(({ fields }) => fields.some(({ transform }) => transform?.[way] !== undefined))
}

/** The results of one page or batch. What is asked for without being prepared throws `NotTransformed`. */
export class Transformations implements Transformed {
  readonly #evaluate: (requests: Request[]) => Promise<Evaluation[]>
  readonly #made = new Map<string, Made>()

  constructor(evaluate: (requests: Request[]) => Promise<Evaluation[]> = (requests) => runner.evaluate(requests)) {
    this.#evaluate = evaluate
  }

  async prepare(requests: Iterable<Request>): Promise<void> {
    const missing = new Map<string, Request>()
    for (const request of requests) {
      const name = nameOf(request)
      if (!this.#made.has(name)) missing.set(name, request)
    }
    if (missing.size === 0) return
    const evaluations = await this.#evaluate([...missing.values()])
    for (const [i, name] of [...missing.keys()].entries()) {
      const evaluation = evaluations[i]
      if (evaluation !== undefined) this.#made.set(name, madeOf(evaluation))
    }
  }

  /** What these mappings make of vendors' records. */
  async read(mappings: readonly ObjectMapping[], records: Iterable<Fields>): Promise<void> {
    if (!transforms(mappings, 'in')) return
    const fields = mappings.flatMap((mapping) => mapping.fields).filter(({ transform }) => transform?.in !== undefined)
    const requests: Request[] = []
    for (const record of records)
      for (const field of fields) if (isPresent(field, record)) requests.push(requestOf(field.transform?.in, record))
    await this.prepare(requests)
  }

  /** What a mapping makes of records of ours. */
  async write(mapping: ObjectMapping, records: Iterable<Record<string, Canonical>>): Promise<void> {
    if (!transforms([mapping], 'out')) return
    const fields = mapping.fields.filter(({ transform }) => transform?.out !== undefined)
    const requests: Request[] = []
    for (const record of records) for (const field of fields) requests.push(requestOf(field.transform?.out, record))
    await this.prepare(requests)
  }

  /** How the values of records of ours would read after a stay at the vendor: what goes out, and what comes back of it. */
  async keep(mapping: ObjectMapping, records: Iterable<Record<string, Canonical>>): Promise<void> {
    const fields = mapping.fields.filter(({ transform: t }) => t?.in !== undefined && t.out !== undefined)
    if (fields.length === 0) return
    const both = { ...mapping, fields }
    const all = [...records]
    await this.write(both, all)
    const returned = all.flatMap((record) =>
      fields.flatMap((field): Fields[] => {
        const made = this.out(field, record)
        return 'value' in made ? [{ [field.path]: made.value }] : []
      }),
    )
    await this.read([both], returned)
  }

  in(field: FieldMapping, fields: Fields): Made {
    return this.#madeBy(requestOf(field.transform?.in, fields))
  }

  out(field: FieldMapping, record: Record<string, Canonical>): Made {
    return this.#madeBy(requestOf(field.transform?.out, record))
  }

  #madeBy(request: Request): Made {
    const made = this.#made.get(nameOf(request))
    if (made === undefined) throw new NotTransformed(request)
    return made
  }
}

function requestOf(text: string | undefined, record: Fields): Request {
  return { text: text ?? '', input: inputOf(text ?? '', record) }
}

function nameOf({ text, input }: Request): string {
  return `${text}\n${input}`
}

function madeOf(evaluation: Evaluation): Made {
  if ('value' in evaluation) return evaluation
  if ('stopped' in evaluation) {
    const { stopped: bound } = evaluation
    const found =
      'rests' in evaluation
        ? `not tried for a while after it met the bound on ${bound} again and again`
        : `stopped at the bound on ${bound}`
    return troubleOf('CW_TRANSFORM_STOPPED', expectationOf(bound), found)
  }
  if ('misfit' in evaluation)
    return troubleOf('CW_TRANSFORM_RESULT', 'a text, a number, true or false, or a list of texts', evaluation.misfit)
  const { failed, at } = evaluation
  return troubleOf('CW_TRANSFORM_FAILED', 'a result', `${failed}${at === null ? '' : ` at character ${String(at)}`}`)
}

function troubleOf(code: TransformTrouble['code'], expected: string, found: string): Made {
  return { trouble: { code, expected, found } }
}
