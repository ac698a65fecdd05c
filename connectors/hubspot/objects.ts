import type { Capability } from '../contract.ts'
import type { Settings } from './settings.ts'

/** The objects that are records of HubSpot's; `deal-companies` are associations between two of them, `owners` its users. */
export const recordObjects = ['companies', 'contacts', 'deals', 'leads', 'tasks'] as const
type OwnObject = (typeof recordObjects)[number]
/** An object that the account defined, by its name or its type's id. */
export type CustomObject = `p_${string}` | `2-${string}`
export type RecordObject = OwnObject | CustomObject

export const isCustomObject = (object: string): object is CustomObject => /^(p_|2-)/.test(object)

const isOwnObject = (object: string): object is OwnObject => recordObjects.some((known) => known === object)

export const isRecordObject = (object: string): object is RecordObject => isOwnObject(object) || isCustomObject(object)

/** HubSpot's ids of its own objects' types. */
export const typeIds = {
  companies: '0-2',
  contacts: '0-1',
  deals: '0-3',
  leads: '0-136',
  tasks: '0-27',
} as const satisfies Record<OwnObject, string>

/** An object that the account defined is named by its id or by its name. */
export const typeIdOf = (object: RecordObject): string => (isCustomObject(object) ? object : typeIds[object])

/** The object's unique property that holds our id. */
export const keyOf = ({ customObjects, properties }: Settings, object: string): string =>
  customObjects.find((own) => own.object === object)?.key ?? properties.key

/** Inputs that a batch of records takes. */
export const batchSize = 100

/** The company type that makes a company a partner. */
export const partnerType = 'PARTNER'

export const mergedProperty = 'hs_merged_object_ids'
export const closeDateProperty = 'closedate'
export const modifiedPropertyOf = (object: RecordObject): string =>
  object === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate'

/**
 * Fields that are no properties: from associations, from the meaning of a deal's stage or a task's status, and from two properties put
 * together. `contactKind` says whether a contact is a partner's person or a lead, `changedByOwner` who changed a task last, and the other
 * owners who set a property that people choose in.
 */
const derivedFields = {
  companies: ['parentCompanyId'],
  contacts: ['partnerCompanyId', 'contactKind', 'fullName'],
  deals: ['companyId', 'partnerCompanyId', 'dealStatus', 'decidedByOwner', 'extensionAskedByOwner'],
  leads: [],
  tasks: ['taskState', 'dealId', 'companyId', 'changedByOwner'],
} as const satisfies Record<OwnObject, string[]>

const derivedOfCustom = ['decidedByOwner']

export const derivedOf = (object: RecordObject): readonly string[] =>
  isOwnObject(object) ? derivedFields[object] : derivedOfCustom

export const isDerived = (object: RecordObject, field: string): boolean =>
  derivedOf(object).some((name) => name === field)

/** Whether webhooks tell of changes, by the app's subscriptions or by ones made by hand. */
export const areHinted = (settings: Settings): boolean => settings.webhooks ?? settings.appId !== undefined

/** In the order in which they are written: what others refer to comes first. */
export function capabilitiesOf(settings: Settings): Capability[] {
  const common = { roles: ['crm'], group: null, conditional: false, batch: batchSize } satisfies Partial<Capability>
  const records = {
    ...common,
    read: 'changes',
    // Archived records are listed apart and come in `changes` with `deleted`.
    deletes: 'feed',
    write: 'upsert',
    update: true,
    key: settings.properties.key,
    // Reads by id and by unique property see a write at once; only search lags, and it is never asked for absence.
    visibleAfterMs: 0,
    find: true,
    hinted: areHinted(settings),
  } satisfies Partial<Capability>
  const all: Capability[] = [
    {
      ...common,
      object: 'owners',
      kinds: ['user'],
      read: 'changes',
      // Who leaves stays in the list of archived owners and comes as a user who left.
      deletes: 'none',
      write: 'none',
      update: false,
      key: null,
      visibleAfterMs: 0,
      find: true,
    },
    { ...records, object: 'companies', kinds: ['account', 'partner'], lists: true },
    { ...records, object: 'contacts', kinds: settings.leads === 'contacts' ? ['contact', 'lead'] : ['contact'] },
    { ...records, object: 'deals', kinds: ['deal'] },
    { ...records, object: 'leads', kinds: ['lead'] },
    // Of the many tasks of an account only ours are read; a webhook for each would be heard in vain.
    { ...records, object: 'tasks', kinds: ['task'], find: false, hinted: false },
    {
      ...common,
      object: 'deal-companies',
      kinds: ['party'],
      read: 'changes',
      // Of a deal that is read, the links that are held and no longer there.
      deletes: 'feed',
      parent: 'deals',
      write: 'set',
      update: false,
      key: null,
      batch: settings.associationWriteBatch,
      visibleAfterMs: 0,
      hinted: areHinted(settings),
    },
  ]
  // Webhooks name the type's id alone.
  const own = settings.customObjects.map(({ object, kind }): Capability => ({
    ...records,
    object,
    kinds: [kind],
    key: keyOf(settings, object),
    hinted: areHinted(settings) && object.startsWith('2-'),
  }))
  return [...all, ...own].filter(({ object }) => isSynced(settings, object))
}

export function isSynced(settings: Settings, object: string): boolean {
  if (object === 'leads') return settings.leads === 'object'
  if (object === 'tasks') return settings.tasks
  if (isCustomObject(object)) return settings.customObjects.some((own) => own.object === object)
  return settings.objects.some((wanted) => wanted === object)
}
