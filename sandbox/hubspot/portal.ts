/** The state of one HubSpot portal: records with their history, schema, pipelines, owners and associations. */
import type { AssociationType } from './association-types.ts'
import { defaultAssociationTypes, firstLabelId } from './association-types.ts'
import type { ObjectType } from './object-types.ts'
import { defaultProperties } from './properties.ts'
import type { Property } from './properties.ts'
import { defaultPipelines } from './pipelines.ts'
import type { Pipeline } from './pipelines.ts'
import type { Setting } from './history.ts'
import type { List } from './lists.ts'
import type { Switches } from './switches.ts'
import type { Rule } from './validations.ts'

export interface StoredRecord {
  id: string
  type: ObjectType
  properties: Record<string, string | null>
  createdAt: number
  updatedAt: number
  archivedAt: number | null
  /** What search may see, oldest first: the index follows writes with a lag. */
  versions: { at: number; properties: Record<string, string | null>; archived: boolean }[]
  /** By property: the values that it had, newest first. */
  history: Map<string, Setting[]>
}

export interface Owner {
  id: string
  userId: number
  email: string
  firstName: string
  lastName: string
  archived: boolean
  createdAt: number
  updatedAt: number
}

/** One event type that the app asked to be told of; property changes one by one. */
export interface Subscription {
  id: string
  eventType: string
  propertyName: string | null
  objectTypeId: string | null
  active: boolean
  createdAt: number
  updatedAt: number
}

/** One pair's labels from one side; the other side is kept under its own key. */
export type Links = Map<string, Map<string, Set<number>>>

/** What a webhook event says, before the sender adds its own fields. */
export type PortalEvent = { type: ObjectType; event: string; objectId: string; occurredAt: number } & Record<
  string,
  unknown
>

export interface Portal {
  portalId: number
  timeZone: string
  records: Record<ObjectType, Map<string, StoredRecord>>
  /** Old id → the id of the record that it was merged into. */
  merged: Record<ObjectType, Map<string, string>>
  properties: Record<ObjectType, Map<string, Property>>
  /** Unique values → their live holders; see `unique.ts`. */
  unique: Record<ObjectType, Map<string, Set<StoredRecord>>>
  /** While set: what each written record was before, null for a new one. */
  journal: Map<StoredRecord, StoredRecord | null> | null
  /** By property: what values of it must satisfy. */
  validations: Record<ObjectType, Map<string, Rule[]>>
  groups: Record<ObjectType, Map<string, { name: string; label: string; displayOrder: number }>>
  pipelines: Map<ObjectType, Pipeline[]>
  owners: Owner[]
  lists: Map<string, List>
  webhooks: {
    settings: { targetUrl: string; maxConcurrentRequests: number; createdAt: number; updatedAt: number } | null
    subscriptions: Subscription[]
  }
  associationTypes: AssociationType[]
  /** `type:id` → `type:id` → association type ids. */
  links: Links
  switches: Switches
  nextId: number
  nextLabelId: number
  nextListId: number
  nowMs: () => number
  emit: (event: PortalEvent) => void
}

export function createPortal(given: {
  switches: Switches
  nowMs: () => number
  emit: (event: PortalEvent) => void
}): Portal {
  const now = given.nowMs()
  return {
    portalId: 148_000_001,
    timeZone: 'UTC',
    records: perType(() => new Map<string, StoredRecord>()),
    merged: perType(() => new Map<string, string>()),
    unique: perType(() => new Map<string, Set<StoredRecord>>()),
    journal: null,
    validations: perType(() => new Map<string, Rule[]>()),
    properties: perType(
      (type) => new Map(defaultProperties(type, now, given.switches.seededProperties).map((p) => [p.name, p])),
    ),
    groups: perType((type) => {
      const names = [`${type}information`, ...(given.switches.seededProperties ? ['causeway'] : [])]
      return new Map(names.map((name, displayOrder) => [name, { name, label: name, displayOrder }]))
    }),
    pipelines: new Map([['deals', defaultPipelines(now)]]),
    owners: defaultOwners(now),
    lists: new Map(),
    webhooks: { settings: null, subscriptions: [] },
    associationTypes: defaultAssociationTypes(given.switches.seededLabel),
    links: new Map(),
    nextId: 21_000_000_001,
    nextLabelId: firstLabelId + 2,
    nextListId: 0,
    ...given,
  }
}

function defaultOwners(now: number): Owner[] {
  const at = { createdAt: now, updatedAt: now }
  const owner = (id: number, userId: number, email: string, firstName: string, lastName: string, archived = false) => ({
    id: String(id),
    userId,
    email,
    firstName,
    lastName,
    archived,
    ...at,
  })
  return [
    owner(7001, 501, 'rae.morgan@example.com', 'Rae', 'Morgan'),
    owner(7002, 502, 'sam.okafor@example.com', 'Sam', 'Okafor'),
    owner(7003, 503, 'left@example.com', 'Left', 'Long-Ago', true),
  ]
}

export function perType<T>(make: (type: ObjectType) => T): Record<ObjectType, T> {
  return {
    contacts: make('contacts'),
    companies: make('companies'),
    deals: make('deals'),
    tasks: make('tasks'),
    notes: make('notes'),
    leads: make('leads'),
    p_registrations: make('p_registrations'),
  }
}

export function newId(portal: Portal): string {
  portal.nextId += 1
  return String(portal.nextId)
}

/** Two ids for a new label, one in each direction; answers the first. */
export function newLabelId(portal: Portal): number {
  portal.nextLabelId += 2
  return portal.nextLabelId - 2
}

/** The id under which a record is held today, following merges. */
export function currentId(portal: Portal, type: ObjectType, id: string): string {
  const into = portal.merged[type].get(id)
  return into === undefined ? id : currentId(portal, type, into)
}
