import type { Capability } from '../contract.ts'
import type { Settings } from './settings.ts'

/** The objects that are records of HubSpot's; `deal-companies` are associations between two of them. */
export type RecordObject = 'companies' | 'deals'

export const isRecordObject = (object: string): object is RecordObject => object === 'companies' || object === 'deals'

/** Inputs that a batch of records takes. */
export const batchSize = 100

export const modifiedProperty = 'hs_lastmodifieddate'
export const mergedProperty = 'hs_merged_object_ids'
export const closeDateProperty = 'closedate'

/** Fields of deals that are no properties: from associations, and from the stage's meaning. */
export const derivedDealFields = ['companyId', 'partnerCompanyId', 'dealStatus'] as const

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
  } satisfies Partial<Capability>
  return [
    { ...records, object: 'companies', kinds: ['account', 'partner'] },
    { ...records, object: 'deals', kinds: ['deal'] },
    {
      ...common,
      object: 'deal-companies',
      kinds: ['party'],
      read: 'by-id',
      deletes: 'none',
      write: 'set',
      update: false,
      key: null,
      visibleAfterMs: 0,
    },
  ]
}
