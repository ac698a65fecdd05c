/** Association types: each pair of objects has one id in each direction, and labels add a pair of ids of their own. */
import type { ObjectType } from './object-types.ts'

export interface AssociationType {
  typeId: number
  from: ObjectType
  to: ObjectType
  /** The id of the same association seen from the other side. */
  inverse: number
  label: string | null
  category: 'HUBSPOT_DEFINED' | 'USER_DEFINED' | 'INTEGRATOR_DEFINED'
  /** For a primary or parent type, the plain type that comes with it. */
  plain: number | null
  /** Which end may have one such association only: a deal has one primary company, a child one parent. */
  only: 'from' | 'to' | null
  primary: boolean
}

type Pair = [from: ObjectType, to: ObjectType, typeId: number, inverse: number]

// HubSpot's own ids, as the SDK's AssociationTypes has them.
const plain: Pair[] = [
  ['deals', 'contacts', 3, 4],
  ['deals', 'companies', 341, 342],
  ['contacts', 'companies', 279, 280],
  ['companies', 'companies', 450, 450],
  ['deals', 'tasks', 215, 216],
  ['companies', 'tasks', 191, 192],
  ['contacts', 'tasks', 203, 204],
  ['deals', 'notes', 213, 214],
  ['companies', 'notes', 189, 190],
  ['contacts', 'notes', 201, 202],
]

const primary: [...Pair, plain: number, plainInverse: number][] = [
  ['deals', 'companies', 5, 6, 341, 342],
  ['contacts', 'companies', 1, 2, 279, 280],
]

const childToParent = 14
const parentToChild = 13
const companyToCompany = 450

/** Where this account's own labels begin; an id is never used again. */
export const firstLabelId = 1001

/** `seeded`: whether the label that Causeway uses exists already. Ids of labels differ in every account. */
export function defaultAssociationTypes(seeded: boolean): AssociationType[] {
  const own = { label: null, category: 'HUBSPOT_DEFINED' as const, plain: null, only: null, primary: false }
  const types: AssociationType[] = plain.flatMap(([from, to, typeId, inverse]) =>
    typeId === inverse
      ? [{ typeId, from, to, inverse, ...own }]
      : [
          { typeId, from, to, inverse, ...own },
          { typeId: inverse, from: to, to: from, inverse: typeId, ...own },
        ],
  )
  for (const [from, to, typeId, inverse, plainId, plainInverse] of primary) {
    const both = { ...own, label: 'Primary', primary: true }
    types.push({ ...both, typeId, from, to, inverse, plain: plainId, only: 'from' })
    types.push({ ...both, typeId: inverse, from: to, to: from, inverse: typeId, plain: plainInverse, only: 'to' })
  }
  const family = { ...own, from: 'companies', to: 'companies', plain: companyToCompany } as const
  types.push({ ...family, typeId: childToParent, inverse: parentToChild, label: 'Parent Company', only: 'from' })
  types.push({ ...family, typeId: parentToChild, inverse: childToParent, label: 'Child Company', only: 'to' })
  if (seeded)
    addLabel(
      types,
      { from: 'deals', to: 'companies', label: 'Sourcing partner', inverseLabel: 'Sourced deal' },
      firstLabelId,
    )
  return types
}

/** Adds a label's two types under `typeId` and the next, and returns them, the asked direction first. */
export function addLabel(
  types: AssociationType[],
  wish: { from: ObjectType; to: ObjectType; label: string; inverseLabel: string },
  typeId: number,
): [AssociationType, AssociationType] {
  const there: AssociationType = {
    typeId,
    from: wish.from,
    to: wish.to,
    inverse: typeId + 1,
    label: wish.label,
    category: 'USER_DEFINED',
    plain: null,
    only: null,
    primary: false,
  }
  const back: AssociationType = {
    typeId: typeId + 1,
    from: wish.to,
    to: wish.from,
    inverse: typeId,
    label: wish.inverseLabel,
    category: 'USER_DEFINED',
    plain: null,
    only: null,
    primary: false,
  }
  types.push(there, back)
  return [there, back]
}
