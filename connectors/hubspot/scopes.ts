/**
 * Which scopes Causeway needs and what for: the one table behind `causeway doctor`, the plan's permissions and the files in
 * `deploy/access/hubspot`.
 */
import { isCustomObject, isSynced, recordObjects } from './objects.ts'
import type { RecordObject } from './objects.ts'
import type { Settings } from './settings.ts'

export interface ScopeNeed {
  scope: string
  why: string
  /** What is switched on where it is needed; `set-up` is for `causeway apply` alone and may be taken away afterwards. */
  feature: RecordObject | 'owners' | 'namedAccounts' | 'set-up'
}

export const scopeNeeds: readonly ScopeNeed[] = [
  need('companies', 'crm.objects.companies.read', 'reads accounts and partners'),
  need('companies', 'crm.objects.companies.write', 'makes accounts and partners and keeps them equal'),
  need('companies', 'crm.schemas.companies.read', 'looks whether the properties of companies are as the mapping needs'),
  need('contacts', 'crm.objects.contacts.read', 'reads the people of partners'),
  need('contacts', 'crm.objects.contacts.write', 'makes the people of partners and keeps them equal'),
  need('contacts', 'crm.schemas.contacts.read', 'looks whether the properties of contacts are as the mapping needs'),
  need('deals', 'crm.objects.deals.read', 'reads deals, their companies and the pipelines'),
  need('deals', 'crm.objects.deals.write', 'makes the deals of registrations and links them with their partners'),
  need('deals', 'crm.schemas.deals.read', 'looks whether the properties and labels of deals are as the mapping needs'),
  need('leads', 'crm.objects.leads.read', 'reads leads'),
  need('leads', 'crm.objects.leads.write', 'makes leads and keeps them equal'),
  need('leads', 'crm.schemas.leads.read', 'looks whether the properties of leads are as the mapping needs'),
  need('tasks', 'crm.objects.contacts.read', 'reads tasks, which HubSpot opens with contacts'),
  need('tasks', 'crm.objects.contacts.write', 'makes tasks of the account’s users and closes them'),
  need('owners', 'crm.objects.owners.read', 'knows owners by their e-mail'),
  need('namedAccounts', 'crm.lists.read', 'reads the lists that name accounts of direct sales'),
  ...recordObjects.filter((object) => object !== 'tasks').map(schemaWrite),
  need('set-up', 'crm.lists.read', 'looks whether the lists of deals are there'),
  need('set-up', 'crm.lists.write', 'makes the lists of deals'),
]

/** What these settings need to run. @param readsLists whether lists of the account name accounts */
export function neededToRun(settings: Settings, readsLists = false): ScopeNeed[] {
  const synced = scopeNeeds.filter(({ feature }) => {
    if (feature === 'namedAccounts') return readsLists
    return feature !== 'set-up' && isSynced(settings, feature)
  })
  return [...synced, ...ofCustomObjects(settings)]
}

/** One family of scopes for all objects that an account defined. */
function ofCustomObjects({ customObjects }: Settings): ScopeNeed[] {
  const [first] = customObjects.map(({ object }) => object).filter(isCustomObject)
  if (first === undefined) return []
  return [
    need(first, 'crm.objects.custom.read', 'reads the objects that the account defined'),
    need(first, 'crm.objects.custom.write', 'makes records of the objects that the account defined'),
    need(first, 'crm.schemas.custom.read', 'looks whether the properties of these objects are as the mapping needs'),
  ]
}

/** What `causeway apply` needs on top of it. */
export function neededToSetUp(settings: Settings): ScopeNeed[] {
  const lists = wishesLists(settings)
  const [custom] = settings.customObjects.map(({ object }) => object).filter(isCustomObject)
  const standard = scopeNeeds.filter(({ feature, scope }) => {
    if (feature !== 'set-up') return false
    if (scope.startsWith('crm.lists.')) return lists
    return recordObjects.some((object) => scope === schemaScope(object) && isSynced(settings, object))
  })
  return custom === undefined ? standard : [...standard, schemaWrite(custom)]
}

export function schemaScope(object: RecordObject): string {
  // Tasks have no scopes of their own.
  const family = isCustomObject(object) ? 'custom' : object === 'tasks' ? 'contacts' : object
  return `crm.schemas.${family}.write`
}

/** Lists are of deals: without these nobody looks at them. */
export function wishesLists(settings: Settings): boolean {
  return isSynced(settings, 'deals') && Object.values(settings.lists).some((name) => name !== null)
}

function need(feature: ScopeNeed['feature'], scope: string, why: string): ScopeNeed {
  return { feature, scope, why }
}

function schemaWrite(object: RecordObject): ScopeNeed {
  const more = object === 'deals' ? ', pipelines, and labels between deals and companies' : ''
  const named = isCustomObject(object) ? 'the objects that the account defined' : object
  return need('set-up', schemaScope(object), `makes properties of ${named}${more}`)
}
