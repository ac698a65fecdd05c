/** HubSpot's error bodies. Every field beyond `status` and `message` is optional there, and clients must treat it so. */

/** Thrown inside the sandbox and answered as HubSpot answers it. */
export class HubSpotError extends Error {
  override readonly name = 'HubSpotError'
  readonly status: number
  readonly category: string
  readonly details: ErrorDetail[]
  readonly context: Record<string, string[]>
  readonly subCategory: string | null

  constructor(
    status: number,
    category: string,
    message: string,
    more: { details?: ErrorDetail[]; context?: Record<string, string[]>; subCategory?: string } = {},
  ) {
    super(message)
    this.status = status
    this.category = category
    this.details = more.details ?? []
    this.context = more.context ?? {}
    this.subCategory = more.subCategory ?? null
  }

  /** The body of a failed call. */
  body(correlationId: string): Record<string, unknown> {
    return {
      status: 'error',
      message: this.message,
      correlationId,
      category: this.category,
      ...(this.subCategory === null ? {} : { subCategory: this.subCategory }),
      ...(this.details.length === 0 ? {} : { errors: this.details }),
      ...(Object.keys(this.context).length === 0 ? {} : { context: this.context }),
    }
  }

  /** One row of `errors` in a 207 answer. */
  row(traceId: string | null): Record<string, unknown> {
    return {
      status: 'error',
      category: this.category,
      message: this.message,
      ...(this.subCategory === null ? {} : { subCategory: this.subCategory }),
      context: { ...this.context, ...(traceId === null ? {} : { objectWriteTraceId: [traceId] }) },
      errors: this.details,
      links: {},
    }
  }
}

export interface ErrorDetail {
  message: string
  code: string
  in?: string
  context?: Record<string, string[]>
}

export const notFound = (message: string, context: Record<string, string[]> = {}) =>
  new HubSpotError(404, 'OBJECT_NOT_FOUND', message, { context, subCategory: 'crm.object.OBJECT_NOT_FOUND' })

export const invalid = (message: string, details: ErrorDetail[] = [], context: Record<string, string[]> = {}) =>
  new HubSpotError(400, 'VALIDATION_ERROR', message, { details, context })

export const missingScopes = (scopes: string[]) =>
  new HubSpotError(403, 'MISSING_SCOPES', "This app hasn't been granted all required scopes to make this call.", {
    details: [
      {
        message: 'One or more of the following scopes are required.',
        code: 'MISSING_SCOPES',
        context: { requiredGranularScopes: scopes },
      },
    ],
    context: { requiredGranularScopes: scopes },
  })
