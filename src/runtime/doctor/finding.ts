/** What the doctor says of one part. */
import { errors, type ErrorCode } from '../../errors.ts'

export interface Finding {
  part: string
  /** `note`: worth knowing, and nothing to mend. */
  status: 'well' | 'note' | 'wrong'
  code: ErrorCode | null
  message: string
  remedy: string | null
}

export function well(part: string, message: string): Finding {
  return { part, status: 'well', code: null, message, remedy: null }
}

export function note(part: string, message: string, remedy: string | null = null): Finding {
  return { part, status: 'note', code: null, message, remedy }
}

export function wrong(part: string, code: ErrorCode, message: string, remedy: string = errors[code].remedy): Finding {
  return { part, status: 'wrong', code, message, remedy }
}
