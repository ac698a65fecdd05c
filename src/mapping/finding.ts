/** What a check found in a mapping: named by a code, located by its line, mendable by its proposal. */
import type { ErrorCode } from '../errors.ts'

export interface Finding {
  /** Nothing with an error is published, unless a person says so. */
  severity: 'error' | 'warning'
  code: ErrorCode
  /** The line of the document, from 1; null where no document was written. */
  line: number | null
  /** The canonical field that it is about. */
  field: string | null
  /** The vendor's field that it is about. */
  path: string | null
  /** What was found and what was expected, in one sentence. */
  reason: string
  /** What would mend it; null where nothing comes near. */
  proposal: string | null
}
