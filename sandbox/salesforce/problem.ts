/** One error as Salesforce words it; a single call answers it as an array, a collection as a result with `statusCode`. */
export interface Problem {
  errorCode: string
  message: string
  fields?: string[]
  /** Extra keys beside the code, such as `duplicateResut`. */
  extra?: Record<string, unknown>
}

/** Thrown while a call is carried out; the dispatcher turns it into the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly problems: Problem[]

  constructor(status: number, ...problems: Problem[]) {
    super(problems.map((p) => `${p.errorCode}: ${p.message}`).join('; '))
    this.status = status
    this.problems = problems
  }
}

export function refuse(status: number, errorCode: string, message: string, fields?: string[]): Refusal {
  return new Refusal(status, fields === undefined ? { errorCode, message } : { errorCode, message, fields })
}

/** The body of a single call's error answer. */
export function errorBody(problems: Problem[]): unknown[] {
  return problems.map(({ errorCode, message, fields, extra }) => ({
    ...extra,
    message,
    errorCode,
    ...(fields === undefined ? {} : { fields }),
  }))
}

/** The same errors inside a collection's result: there the code's key is `statusCode`, and `fields` is always an array. */
export function resultErrors(problems: Problem[]): unknown[] {
  return problems.map(({ errorCode, message, fields, extra }) => ({
    ...extra,
    statusCode: errorCode,
    message,
    fields: fields ?? [],
  }))
}
