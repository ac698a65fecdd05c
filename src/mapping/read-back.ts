/** What a record that is read after a write says of it: the vendor's form of our values, or a user's edit in between. */
import type { Fields, FieldValue } from '../../connectors/contract.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import { flowsIn, flowsOut, isSame, readsAlike, type Answer } from './translate.ts'

export interface ReadBack {
  /**
   * The fields as they were read, with our value in the place of one that may be a user's edit and that users may say: it then comes in
   * as a change, and is not taken for the form that the vendor gives to our value.
   */
  fields: Fields
  /** Fields that only we say and that hold something else: what it is shows when they are written once more. */
  doubtful: ReadonlySet<string>
}

/**
 * @param sent the fields of the write
 * @param read the fields of the record as it was read a moment later
 */
export function readBack(mappings: readonly ObjectMapping[], sent: Fields, read: Fields): ReadBack {
  const fields = { ...read }
  const doubtful = new Set<string>()
  for (const [path, value] of Object.entries(sent)) {
    const held = read[path]
    if (held === undefined) continue
    const mapped = mappings.flatMap((mapping) => mapping.fields).filter((field) => field.path === path)
    if (isSame(value, held) || mapped.some((field) => isFormOf(field, value, held))) continue
    const isFixed = mappings.some(({ fixed }) => fixed !== undefined && path in fixed)
    if (mapped.some(({ update }) => flowsIn(update))) fields[path] = value
    else if (isFixed || mapped.some(({ update, write }) => flowsOut(update) && write !== 'if-empty')) doubtful.add(path)
  }
  return { fields, doubtful }
}

/** So often a value is written anew in the place of something else before that counts as what the vendor makes of it. */
const MOST_DOUBTS = 3

/**
 * What to make of a doubtful value. A user's edit gives way when ours is written once more; what is there again, or something else
 * time after time, is the vendor's doing, and writing on would never end.
 *
 * @param before what is known of the field from its last write
 */
export function weigh({ sent, held }: Answer, before: Answer | undefined): Answer {
  const isAgain = before !== undefined && isSame(before.sent, sent)
  if (isAgain && isSame(before.held, held)) return { sent, held }
  const doubts = isAgain ? (before.doubts ?? 0) + 1 : 1
  return doubts > MOST_DOUBTS ? { sent, held } : { sent, held, doubts }
}

/** Vendors trim, change case, add or drop marks, cut at a length and round; none of them makes another text of ours. */
function isFormOf(field: FieldMapping, sent: FieldValue, read: FieldValue): boolean {
  if (readsAlike(field, sent, read)) return true
  if (sent === null || read === null || field.conversion.as === 'lookup') return false
  const [ours, theirs] = [String(sent), String(read)]
  if (folded(ours) === folded(theirs)) return true
  return isCut(ours, theirs) || isRounded(ours, theirs)
}

function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
}

/** Shorter than this no vendor cuts a text. */
const SHORTEST_CUT = 20

function isCut(ours: string, theirs: string): boolean {
  return theirs.length >= SHORTEST_CUT && folded(ours).startsWith(folded(theirs))
}

function isRounded(ours: string, theirs: string): boolean {
  const NUMBER = /^-?\d+(?:\.(\d+))?$/
  const digits = NUMBER.exec(theirs)?.[1]?.length ?? 0
  if (!NUMBER.test(ours) || !NUMBER.test(theirs)) return false
  return Math.abs(Number(ours) - Number(theirs)) <= 0.5 * 10 ** -digits
}
