/**
 * How a deal is kept that is, or was, under review. While it is, its stage is ours to set back where the CRM itself does not hold it;
 * and a direct deal stays its people's: nothing of it is written but the hold, and what answers them.
 */
import type { FieldMapping, ObjectMapping } from './definition.ts'
import { flowsIn, flowsOut, type CanonicalRecord } from './translate.ts'

/** Whether the mapping lets us say that a deal is under review. */
export function canHold(mapping: ObjectMapping | undefined): boolean {
  return mapping?.fields.some(({ field, update }) => field === 'underReview' && flowsOut(update)) === true
}

export function reviewedAs(mapping: ObjectMapping, record: CanonicalRecord): ObjectMapping {
  const isHeld = record['underReview'] ?? null
  if (isHeld === null) return mapping
  const isDirect = (record['registrationId'] ?? null) === null && (record['partnerId'] ?? null) === null
  const known = forms.get(mapping) ?? new Map<string, ObjectMapping>()
  forms.set(mapping, known)
  const form = `${isHeld} ${String(isDirect)}`
  const made = known.get(form) ?? {
    ...mapping,
    fields: mapping.fields.map((field) => heldAs(field, isHeld === 'true', isDirect)),
    ...(isDirect ? { fixed: {} } : {}),
    // The stage that the deal has when it is held is the one that was read a moment before.
    readFirst: mapping.fields.flatMap(({ field, path }) => (field === 'underReview' ? [path] : [])),
  }
  known.set(form, made)
  return made
}

/** What people ask or decide on the deal, and what is said to it. */
const answers: ReadonlySet<string> = new Set([
  'extensionRequested',
  'registrationNote',
  'decision',
  'decisionReason',
  'decisionAnswer',
])

const forms = new WeakMap<ObjectMapping, Map<string, ObjectMapping>>()

function heldAs(field: FieldMapping, isHeld: boolean, isDirect: boolean): FieldMapping {
  if (field.field === 'underReview' || answers.has(field.field)) return field
  if (field.field === 'stage' && isHeld && flowsIn(field.update)) return { ...field, update: 'both', mandatory: true }
  return isDirect && flowsOut(field.update) ? { ...field, update: flowsIn(field.update) ? 'in' : 'none' } : field
}
