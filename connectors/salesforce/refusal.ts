/** Salesforce's error codes as our faults. Nothing reads the text of a message. */
import { z } from 'zod'
import { errors } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { faultOf } from '../contract.ts'
import type { Fault } from '../contract.ts'
import { redactText } from '../redact.ts'

const duplicates = z.object({
  matchResults: z.array(z.object({ matchRecords: z.array(z.object({ record: z.object({ Id: z.string() }) })) })),
})

/** One error; a single call names its code `errorCode`, a collection `statusCode`. The misspelt key is the API's own. */
const problemSchema = z
  .object({
    errorCode: z.string().nullish(),
    statusCode: z.string().nullish(),
    message: z.string().nullish(),
    fields: z.array(z.string()).nullish(),
    // Of another shape, it names no record: the code alone says what happened.
    duplicateResut: duplicates.nullish().catch(null),
    duplicateResult: duplicates.nullish().catch(null),
  })
  .transform((p) => ({
    code: p.errorCode ?? p.statusCode ?? 'UNKNOWN',
    message: p.message ?? '',
    fields: p.fields ?? [],
    existingIds:
      (p.duplicateResut ?? p.duplicateResult)?.matchResults.flatMap((m) => m.matchRecords.map((r) => r.record.Id)) ??
      [],
  }))

export const problemsSchema = z.array(problemSchema).min(1)
export type Problem = z.output<typeof problemSchema>

interface Meaning {
  code: ErrorCode
  scope: Fault['scope']
  /** Proven not done and worth another try. */
  retry: boolean
  retryAfterMs?: number
}

/** A record in an approval process waits for a person. */
const approvalMs = 5 * 60_000

const locked: Meaning = { code: 'CW_VENDOR_LOCKED', scope: 'record', retry: true }
const taken: Meaning = { code: 'CW_RECORD_DUPLICATE', scope: 'record', retry: false }
const gone: Meaning = { code: 'CW_RECORD_GONE', scope: 'record', retry: false }
const busy: Meaning = { code: 'CW_VENDOR_UNAVAILABLE', scope: 'batch', retry: true }
const barred: Meaning = { code: 'CW_VENDOR_SCOPE', scope: 'connection', retry: true }
const invalid: Meaning = { code: 'CW_RECORD_INVALID', scope: 'record', retry: false }

const meanings = new Map<string, Meaning>(
  Object.entries({
    UNABLE_TO_LOCK_ROW: locked,
    ENTITY_IS_LOCKED: { ...locked, retryAfterMs: approvalMs },
    ALREADY_IN_PROCESS: { ...locked, retryAfterMs: approvalMs },
    DUPLICATES_DETECTED: taken,
    DUPLICATE_VALUE: taken,
    DUPLICATE_EXTERNAL_ID: taken,
    ENTITY_IS_DELETED: gone,
    NOT_FOUND: gone,
    INVALID_CROSS_REFERENCE_KEY: gone,
    REQUEST_LIMIT_EXCEEDED: { code: 'CW_VENDOR_QUOTA', scope: 'connection', retry: true },
    INVALID_SESSION_ID: { code: 'CW_VENDOR_AUTH', scope: 'connection', retry: true },
    SERVER_UNAVAILABLE: busy,
    QUERY_TIMEOUT: busy,
    PROCESSING_HALTED: busy,
    ALL_OR_NONE_OPERATION_ROLLED_BACK: busy,
    API_CURRENTLY_DISABLED: barred,
    API_DISABLED_FOR_ORG: barred,
  }),
)

/** What a code is about, where the platform names no field with it. */
const namedFields: Record<string, string[]> = {
  INACTIVE_OWNER_OR_USER: ['OwnerId'],
  TRANSFER_REQUIRES_READ: ['OwnerId'],
}

/** The problems of one record or request as one fault; the first problem gives the code, all give their fields. */
export function faultFrom(problems: Problem[]): { fault: Fault; retry: boolean } {
  const [first] = problems
  if (first === undefined) throw new Error('a refusal has at least one problem')
  // A deleted or unknown record that a lookup names, with the lookup's name, is an invalid value; without a name it is the record itself.
  const known = meanings.get(first.code) ?? invalid
  const meaning = first.fields.length > 0 && known === gone ? invalid : known
  const fault = faultOf(meaning.code, redactText(problems.map((p) => p.message).join('; ')), {
    vendorCode: first.code,
    fields: [...new Set(problems.flatMap((p) => (p.fields.length > 0 ? p.fields : (namedFields[p.code] ?? []))))],
    existingIds: [...new Set(problems.flatMap((p) => p.existingIds))],
    scope: meaning.scope,
    retryAfterMs: meaning.retryAfterMs ?? null,
  })
  return { fault, retry: meaning.retry }
}

/** A refusal of a whole collection: the key field may be out of sight, else one of its `count` records is at fault, found by smaller batches. */
export function collectionFault(problems: Problem[], count: number): { fault: Fault; retry: boolean } {
  const { fault, retry } = faultFrom(problems)
  if (fault.vendorCode === 'NOT_FOUND')
    return { fault: { ...fault, code: 'CW_VENDOR_SCOPE', scope: 'connection' }, retry: true }
  return { fault: count > 1 && fault.scope === 'record' ? { ...fault, scope: 'batch' } : fault, retry }
}

/** A refusal of a read: no record is at fault. A field or object that is not there is not there for this user. */
export function readFault(problems: Problem[]): Fault {
  const { fault } = faultFrom(problems)
  if (fault.vendorCode === 'INVALID_FIELD' || fault.vendorCode === 'INVALID_TYPE')
    return { ...fault, code: 'CW_VENDOR_SCOPE', scope: 'connection' }
  return errors[fault.code].class === 'record' ? { ...fault, code: 'CW_VENDOR_ANSWER', scope: 'batch' } : fault
}
