/** The object types that the sandbox holds, by name and by id. Webhooks tell of some under names of their own, of others as `object`. */
export const objectTypes = {
  contacts: { id: '0-1', singular: 'contact', modified: 'lastmodifieddate', required: [] as string[][], events: 'own' },
  companies: {
    id: '0-2',
    singular: 'company',
    modified: 'hs_lastmodifieddate',
    required: [['domain', 'name']],
    events: 'own',
  },
  deals: {
    id: '0-3',
    singular: 'deal',
    modified: 'hs_lastmodifieddate',
    required: [['dealname'], ['dealstage'], ['pipeline']],
    events: 'own',
  },
  tasks: {
    id: '0-27',
    singular: 'task',
    modified: 'hs_lastmodifieddate',
    required: [['hs_timestamp']],
    events: 'generic',
  },
  notes: {
    id: '0-46',
    singular: 'note',
    modified: 'hs_lastmodifieddate',
    required: [['hs_timestamp']],
    events: 'generic',
  },
  leads: {
    id: '0-136',
    singular: 'lead',
    modified: 'hs_lastmodifieddate',
    required: [['hs_lead_name']],
    events: 'generic',
  },
  // One that the account defined itself.
  p_registrations: {
    id: '2-4570001',
    singular: 'p_registration',
    modified: 'hs_lastmodifieddate',
    required: [['registration_name']],
    events: 'generic',
  },
} as const

export type ObjectType = keyof typeof objectTypes
export const objectTypeNames = [
  'contacts',
  'companies',
  'deals',
  'tasks',
  'notes',
  'leads',
  'p_registrations',
] as const satisfies ObjectType[]

/** Finds a type by its plural, singular or id; null when there is none. */
export function objectTypeOf(name: string): ObjectType | null {
  const wanted = name.toLowerCase()
  return (
    objectTypeNames.find((t) => t === wanted || objectTypes[t].id === wanted || objectTypes[t].singular === wanted) ??
    null
  )
}
