/** What may be said anew of a registration, and what becomes of it. Pure. */
import { editableFields, type EditableField } from './policy/edits.ts'
import type { RegistrationState } from './records.ts'
import { isOpen } from './registration-states.ts'

/** What the policy says of edits. */
export interface EditRules {
  /** The claim is screened again. */
  screenAgain: readonly EditableField[]
  /** A proposal after the approval. */
  lockedAfterApproval: readonly EditableField[]
}

export type Values = Partial<Record<EditableField, string | null>>

/**
 * Which of the changed fields apply at once and which are only proposed; `closed`: nothing is edited any more.
 *
 * Before the approval everything applies, and what it was approved by cannot change behind the approver's back. Afterwards the locked
 * fields are what the protection was given for.
 */
export function judgeEdit(
  state: RegistrationState,
  changed: Values,
  { lockedAfterApproval }: EditRules,
): 'closed' | { apply: Values; propose: Values } {
  if (!isOpen(state)) return 'closed'
  if (state !== 'approved') return { apply: changed, propose: {} }
  return {
    apply: only(changed, (field) => !lockedAfterApproval.includes(field)),
    propose: only(changed, (field) => lockedAfterApproval.includes(field)),
  }
}

/** The values that differ from what is known. */
export function changedValues(known: Readonly<Record<EditableField, string | null>>, wished: Values): Values {
  return only(wished, (field) => known[field] !== (wished[field] ?? null))
}

function only(values: Values, keeps: (field: EditableField) => boolean): Values {
  return Object.fromEntries(
    editableFields.flatMap((field) => (field in values && keeps(field) ? [[field, values[field] ?? null]] : [])),
  )
}
