/** What a record that is read after a write says of it: the vendor's form of our values, or a user's edit in between. */
import type { Fields, FieldValue } from '../../connectors/contract.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import { asKept, flowsIn, isSame } from './translate.ts'

/**
 * The fields as they were read, with our value in the place of one that may be a user's edit: it then comes in as a change, and is not
 * taken for the form that the vendor gives to our value. Only fields that a user may say are in doubt.
 *
 * @param sent the fields of the write
 * @param read the fields of the record as it was read a moment later
 */
export function readBack(mappings: readonly ObjectMapping[], sent: Fields, read: Fields): Fields {
  const doubtful = mappings
    .flatMap(({ fields }) => fields)
    .filter(({ path, update }) => flowsIn(update) && path in sent && path in read)
    .filter((field) => !isFormOf(field, sent[field.path] ?? null, read[field.path] ?? null))
  return { ...read, ...Object.fromEntries(doubtful.map(({ path }) => [path, sent[path] ?? null])) }
}

/** Vendors trim, change case, add or drop marks, cut at a length and round; none of them makes another text of ours. */
function isFormOf(field: FieldMapping, sent: FieldValue, read: FieldValue): boolean {
  if (isSame(sent, read)) return true
  if (sent === null || read === null || field.conversion.as === 'lookup') return false
  const [ours, theirs] = [String(sent), String(read)]
  if (asKept(field, ours) === theirs || folded(ours) === folded(theirs)) return true
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
