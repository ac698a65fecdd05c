/** What the connector does with each object of the org. */
import type { Capability } from '../contract.ts'
import type { Settings } from './settings.ts'
import { isOneOf } from './soql.ts'

export const objectNames = [
  'Account',
  'Opportunity',
  'User',
  'Contact',
  'Lead',
  'Partner',
  'Task',
  'ProcessInstance',
] as const
export type ObjectName = (typeof objectNames)[number]

/** Objects that are read and written only where `settings.objects` names them. */
export const optionalObjects = ['User', 'Contact', 'Lead', 'Partner'] as const satisfies ObjectName[]

interface Shape {
  /** Whether merges leave the winner's id on it. */
  merges: boolean
  /** Whether it has our key. */
  keyed: boolean
  /** Whether a deleted record lies in the Recycle Bin; users are never deleted. */
  bins: boolean
  /** Whether the org publishes change events of it. */
  published: boolean
  /** Which of its records are ours to read; null: all. A condition of SOQL. */
  only(settings: Settings): string | null
}

const shapes: Record<ObjectName, Shape> = {
  Account: { merges: true, keyed: true, bins: true, published: true, only: () => null },
  Opportunity: { merges: false, keyed: true, bins: true, published: true, only: () => null },
  // Portal and automated users are nobody's colleagues.
  User: { merges: false, keyed: false, bins: false, published: true, only: () => isOneOf('UserType', ['Standard']) },
  // Customers' people are no partner contacts. One with our key was one, and is followed to where it went.
  Contact: {
    merges: true,
    keyed: true,
    bins: true,
    published: true,
    only: ({ partnerType, fields }) => `(${isOneOf('Account.Type', [partnerType])} OR ${fields.key} != null)`,
  },
  Lead: {
    merges: true,
    keyed: true,
    bins: true,
    published: true,
    only: ({ leads, fields }) =>
      leads === 'all' ? null : `(${fields.partnerAccount} != null OR ${fields.key} != null)`,
  },
  // The platform's Partner rows also join two accounts, and name roles that are nothing of ours.
  Partner: {
    merges: false,
    keyed: false,
    bins: true,
    published: false,
    only: ({ partnerType, partnerRoles }) =>
      `OpportunityId != null AND ${isOneOf('AccountTo.Type', [partnerType])} AND ${isOneOf('Role', Object.values(partnerRoles))}`,
  },
  // Of the many tasks of an org only ours are read; a change event of each would be heard in vain.
  Task: { merges: false, keyed: true, bins: true, published: false, only: ({ fields }) => `${fields.key} != null` },
  // Of the org's approvals those of the one process.
  ProcessInstance: {
    merges: false,
    keyed: false,
    bins: false,
    published: false,
    only: ({ approvals }) =>
      approvals === undefined ? null : isOneOf('ProcessDefinition.DeveloperName', [approvals.process]),
  },
}

/** The object's shape. Objects that the connector does not know have the plainest. */
export function shapeOf(object: string): Shape {
  return isKnown(object)
    ? shapes[object]
    : { merges: false, keyed: true, bins: true, published: false, only: () => null }
}

function isKnown(object: string): object is ObjectName {
  return Object.hasOwn(shapes, object)
}

export function isUsed(settings: Settings, object: ObjectName): boolean {
  if (object === 'Task') return settings.tasks
  if (object === 'ProcessInstance') return settings.approvals !== undefined
  return optionalObjects.every((name) => name !== object) || settings.objects.some((name) => name === object)
}

/** The object's unique field that holds our id. */
export function keyOf({ customObjects, fields }: Settings, object: string): string {
  return customObjects.find((own) => own.object === object)?.key ?? fields.key
}

export const batchSize = 200
export const bulk = { above: 2000, batch: 10_000, deadlineMs: 8 * 60_000 }

export function capabilities(settings: Settings): Capability[] {
  const base = {
    roles: ['crm'],
    read: 'changes',
    deletes: 'feed',
    batch: batchSize,
    group: null,
    conditional: false,
    visibleAfterMs: settings.visibleAfterMs,
  } satisfies Partial<Capability>
  const both = {
    ...base,
    write: 'upsert',
    update: true,
    key: settings.fields.key,
    find: true,
  } satisfies Partial<Capability>
  const all: (Capability & { object: ObjectName })[] = [
    { ...both, object: 'Account', kinds: ['account', 'partner'], bulk, lists: true },
    // Children of one account wait for the account's lock.
    { ...both, object: 'Opportunity', kinds: ['deal'], group: 'parent', bulk },
    { ...base, object: 'User', kinds: ['user'], deletes: 'none', write: 'none', update: false, key: null, find: true },
    { ...both, object: 'Contact', kinds: ['contact'], group: 'parent', bulk },
    { ...both, object: 'Lead', kinds: ['lead'] },
    // No update and no key: a row is looked for before it is made, so that making it twice makes it once.
    { ...base, object: 'Partner', kinds: ['party'], write: 'set', update: false, key: null },
    { ...both, object: 'Task', kinds: ['task'], find: false },
    // A record is submitted once: what is pending already is looked for before. Changing one takes it back.
    {
      ...base,
      object: 'ProcessInstance',
      kinds: ['task'],
      deletes: 'none',
      write: 'set',
      update: true,
      makes: true,
      key: null,
    },
  ]
  const own = settings.customObjects.map(({ object, kind }): Capability => ({
    ...both,
    object,
    kinds: [kind],
    key: keyOf(settings, object),
  }))
  return [...all.filter(({ object }) => isUsed(settings, object)), ...own].map((one) => ({
    ...one,
    hinted: settings.changeEvents && shapeOf(one.object).published,
  }))
}
