/** Associations between records: kept from both sides, the primary one bringing the plain one with it. */
import { invalid, notFound } from './errors.ts'
import type { AssociationType } from './association-types.ts'
import type { ObjectType } from './object-types.ts'
import { objectTypeOf, objectTypes } from './object-types.ts'
import { currentId } from './portal.ts'
import { touch } from './touch.ts'
import type { Portal } from './portal.ts'

export interface Spec {
  associationCategory: string
  associationTypeId: number
}

/** One end of an association. */
export interface End {
  type: ObjectType
  id: string
}

/** Links two records with the given types, or with the plain one when none is given. Returns the labels in force. */
export function associate(portal: Portal, from: End, to: End, specs: Spec[]): string[] {
  requireLive(portal, from)
  requireLive(portal, to)
  const types =
    specs.length === 0 ? [plainType(portal, from.type, to.type)] : specs.map((s) => specType(portal, from, to, s))
  for (const type of types) {
    if (type.plain !== null) {
      dropOthers(portal, from, to, type)
      link(portal, from, to, typeById(portal, from.type, to.type, type.plain))
    } else if (portal.switches.firstCompanyBecomesPrimary && !hasPrimary(portal, from, to.type)) {
      const primary = portal.associationTypes.find((t) => t.from === from.type && t.to === to.type && t.primary)
      if (primary !== undefined) link(portal, from, to, primary)
    }
    link(portal, from, to, type)
    // A label never stands alone: the plain association comes with it.
    if (type.category === 'USER_DEFINED') {
      const plain = portal.associationTypes.find((t) => isPlain(t, from.type, to.type))
      if (plain !== undefined) link(portal, from, to, plain)
    }
  }
  return typesBetween(portal, from, to).flatMap((t) => (t.label === null ? [] : [t.label]))
}

/** Removes the given types, or everything between the two. */
export function dissociate(portal: Portal, from: End, to: End, specs: Spec[] | null): void {
  const types = specs === null ? typesBetween(portal, from, to) : specs.map((s) => specType(portal, from, to, s))
  for (const type of types) unlink(portal, from, to, type)
}

export function typesBetween(portal: Portal, from: End, to: End): AssociationType[] {
  const ids = portal.links.get(key(from))?.get(key(to)) ?? new Set<number>()
  return portal.associationTypes.filter((t) => t.from === from.type && t.to === to.type && ids.has(t.typeId))
}

/** All records of one type that a record is linked with, in the order of linking. */
export function linkedTo(portal: Portal, from: End, to: ObjectType): { id: string; types: AssociationType[] }[] {
  const prefix = `${to}:`
  return [...(portal.links.get(key(from))?.keys() ?? [])]
    .filter((k) => k.startsWith(prefix))
    .map((k) => ({ type: to, id: k.slice(prefix.length) }))
    .filter((end) => portal.records[to].get(end.id)?.archivedAt === null)
    .map((end) => ({ id: end.id, types: typesBetween(portal, from, end) }))
}

/** Gives a merged record's links to the record that it became. */
export function moveLinks(portal: Portal, type: ObjectType, oldId: string, newId: string): void {
  const from = { type, id: oldId }
  for (const [otherKey, ids] of portal.links.get(key(from)) ?? []) {
    const other = endOf(otherKey)
    for (const id of ids) {
      const t = portal.associationTypes.find((a) => a.typeId === id && a.from === type && a.to === other.type)
      if (t === undefined) continue
      const target = { type, id: newId }
      // Nobody is linked with itself, and what the heir may have once it keeps.
      if (other.type === type && other.id === newId) continue
      if (t.only === 'from' && linkedBy(portal, target, t)) continue
      add(portal, target, other, t)
    }
    portal.links.get(otherKey)?.delete(key(from))
  }
  portal.links.delete(key(from))
}

export function plainType(portal: Portal, from: ObjectType, to: ObjectType): AssociationType {
  const found = portal.associationTypes.find((t) => isPlain(t, from, to))
  if (found === undefined) throw invalid(`No association type exists between ${from} and ${to}`)
  return found
}

const isPlain = (t: AssociationType, from: ObjectType, to: ObjectType) =>
  t.from === from && t.to === to && t.category === 'HUBSPOT_DEFINED' && t.plain === null

function specType(portal: Portal, from: End, to: End, spec: Spec): AssociationType {
  const found = typeById(portal, from.type, to.type, spec.associationTypeId)
  if (found.category !== spec.associationCategory) {
    throw invalid(`Association type ${spec.associationTypeId} is not of category ${spec.associationCategory}`)
  }
  return found
}

function typeById(portal: Portal, from: ObjectType, to: ObjectType, typeId: number): AssociationType {
  const found = portal.associationTypes.find((t) => t.from === from && t.to === to && t.typeId === typeId)
  if (found === undefined) {
    throw invalid(
      `Association type id ${typeId} doesn't exist between ${objectTypes[from].id} and ${objectTypes[to].id}`,
    )
  }
  return found
}

function requireLive(portal: Portal, end: End): void {
  // Associations are asked and made with the id of today; an id from before a merge is not followed.
  if (portal.records[end.type].get(end.id)?.archivedAt === null) return
  const merged = currentId(portal, end.type, end.id) !== end.id
  throw notFound(`${end.type} ${end.id} ${merged ? 'was merged' : 'does not exist'}`, { id: [end.id] })
}

function hasPrimary(portal: Portal, from: End, to: ObjectType): boolean {
  return linkedTo(portal, from, to).some((l) => l.types.some((t) => t.primary))
}

function linkedBy(portal: Portal, from: End, type: AssociationType): boolean {
  return linkedTo(portal, from, type.to).some((l) => l.types.some((t) => t.typeId === type.typeId))
}

/** A record has one primary company and one parent: the earlier one keeps its plain association. */
function dropOthers(portal: Portal, from: End, to: End, type: AssociationType): void {
  const many = type.only === 'to' ? to : from
  const one = type.only === 'to' ? from : to
  const typeId = type.only === 'to' ? type.inverse : type.typeId
  for (const linked of linkedTo(portal, many, one.type)) {
    const primary = linked.types.find((t) => t.typeId === typeId)
    if (primary !== undefined && linked.id !== one.id) unlink(portal, many, { type: one.type, id: linked.id }, primary)
  }
}

function link(portal: Portal, from: End, to: End, type: AssociationType): void {
  if (portal.links.get(key(from))?.get(key(to))?.has(type.typeId) === true) return
  add(portal, from, to, type)
  emit(portal, from, to, type, false)
}

function add(portal: Portal, from: End, to: End, type: AssociationType): void {
  setOf(portal, from, to).add(type.typeId)
  setOf(portal, to, from).add(type.inverse)
}

function unlink(portal: Portal, from: End, to: End, type: AssociationType): void {
  if (!setOf(portal, from, to).delete(type.typeId)) return
  setOf(portal, to, from).delete(type.inverse)
  if (setOf(portal, from, to).size === 0) portal.links.get(key(from))?.delete(key(to))
  if (setOf(portal, to, from).size === 0) portal.links.get(key(to))?.delete(key(from))
  emit(portal, from, to, type, true)
}

function setOf(portal: Portal, from: End, to: End): Set<number> {
  const row = portal.links.get(key(from)) ?? new Map<string, Set<number>>()
  portal.links.set(key(from), row)
  const ids = row.get(key(to)) ?? new Set<number>()
  row.set(key(to), ids)
  return ids
}

/** Each association is told once a type, so a primary one is told twice: as itself and as the plain one. */
function emit(portal: Portal, from: End, to: End, type: AssociationType, removed: boolean): void {
  if (portal.switches.associationsTouch) for (const end of [from, to]) touchEnd(portal, end)
  const name = (end: End) => objectTypes[end.type].singular.toUpperCase()
  portal.emit({
    type: from.type,
    event: 'associationChange',
    objectId: from.id,
    occurredAt: portal.nowMs(),
    associationType: `${name(from)}_TO_${name(to)}`,
    fromObjectId: Number(from.id),
    toObjectId: Number(to.id),
    associationRemoved: removed,
    isPrimaryAssociation: type.primary,
  })
}

function touchEnd(portal: Portal, end: End): void {
  const held = portal.records[end.type].get(end.id)
  if (held !== undefined) touch(portal, held)
}

const key = (end: End) => `${end.type}:${end.id}`

function endOf(text: string): End {
  const [name = '', id = ''] = text.split(':')
  const type = objectTypeOf(name)
  if (type === null) throw new TypeError(`no object type ${name}`)
  return { type, id }
}
