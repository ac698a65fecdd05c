/**
 * What an org needs for the settings, as one table: from it the org is provisioned, by it `access` judges, and from it the permission
 * sets are made that are shipped as files.
 */
import type { ObjectMapping } from '../../src/mapping/definition.ts'
import { derivedFields } from './derived.ts'
import { mappings } from './mapping.ts'
import { isUsed, keyOf } from './objects.ts'
import type { ObjectName } from './objects.ts'
import type { Settings } from './settings.ts'

export type FieldKind =
  | { type: 'Text'; length: number; isKey?: true }
  | { type: 'DateTime' }
  | { type: 'Currency' }
  | { type: 'Checkbox' }
  | { type: 'Lookup'; to: 'Account' | 'User'; children: string }
  | { type: 'Picklist'; values: string[]; usual: string | null }

/** A custom field of ours. */
export interface OrgField {
  object: string
  name: string
  label: string
  why: string
  kind: FieldKind
}

type StandardField = OrgField & { object: ObjectName }

export function orgFields(settings: Settings): OrgField[] {
  const f = settings.fields
  const key = <T extends string>(object: T) => ({
    object,
    name: keyOf(settings, object),
    label: 'Causeway Id',
    why: 'our id: by it a record is found again and never made twice',
    kind: { type: 'Text', length: 255, isKey: true } as const,
  })
  const partner = (object: ObjectName, children: string): StandardField => ({
    object,
    name: f.partnerAccount,
    label: 'Partner Account',
    why: `the partner of the ${object === 'Lead' ? 'lead' : 'deal'}`,
    kind: { type: 'Lookup', to: 'Account', children },
  })
  const standard: StandardField[] = [
    key('Account'),
    key('Contact'),
    {
      object: 'Contact',
      name: f.contactState,
      label: 'Partner Contact Status',
      why: 'invited, active or left',
      kind: text(40),
    },
    key('Lead'),
    partner('Lead', 'Partner_Leads'),
    key('Opportunity'),
    partner('Opportunity', 'Partner_Deals'),
    deal(f.partnerSource, 'Partner Source', 'where the deal came from; every new deal has one', {
      type: 'Picklist',
      values: Object.values(settings.sourceValues),
      usual: settings.sourceValues['direct'] ?? null,
    }),
    deal(f.registeredBy, 'Registered By', 'the partner that registered the deal', text(255)),
    deal(f.registeredAt, 'Registered At', 'when it was registered', { type: 'DateTime' }),
    deal(f.registrationStatus, 'Registration Status', 'what became of the registration', text(40)),
    deal(f.protectedUntil, 'Protected Until', 'until when the deal is the partner’s', { type: 'DateTime' }),
    deal(f.registeredPrice, 'Registered Price', 'the partner’s price while the deal is protected', {
      type: 'Currency',
    }),
    deal(f.discountReference, 'Discount Reference', 'the partner’s discount while the deal is protected', text(80)),
    deal(f.extensionRequested, 'Extension Requested', 'tick it to ask that the partner’s protection last longer', {
      type: 'Checkbox',
    }),
    deal(f.registrationNote, 'Registration Note', 'what Causeway says of the registration', text(255)),
    deal(f.registrationId, 'Registration Id', 'the registration in Causeway', text(80)),
    deal(f.accountManager, 'Partner Account Manager', 'who looks after the partner', {
      type: 'Lookup',
      to: 'User',
      children: 'Managed_Partner_Deals',
    }),
    deal(f.home, 'Home System', 'the connection that the deal lives in; elsewhere it is a mirror', text(80)),
    deal(f.underReview, 'Deal Under Review', 'while it is ticked, the stage stays as it is', { type: 'Checkbox' }),
    key('Task'),
    {
      object: 'Task',
      name: f.decision,
      label: 'Causeway Decision',
      why: 'what the task’s owner decides',
      kind: { type: 'Picklist', values: Object.values(settings.outcomes), usual: null },
    },
    {
      object: 'Task',
      name: f.decisionReason,
      label: 'Causeway Reason',
      why: 'why it is so decided; the partner is told it',
      kind: text(255),
    },
  ]
  const own = settings.customObjects.map(({ object }): OrgField => key(object))
  return [...standard.filter(({ object }) => isUsed(settings, object)), ...own]
}

function deal(name: string, label: string, why: string, kind: FieldKind): StandardField {
  return { object: 'Opportunity', name, label, why, kind }
}

function text(length: number): FieldKind {
  return { type: 'Text', length }
}

/** Where the fields of an object are made: those of tasks belong to activities. */
export function fieldsStandOn(object: string): string {
  return object === 'Task' ? 'Activity' : object
}

/** Values that the platform's own picklists must offer. `set` is the platform's name of the picklist. */
export interface OrgValue {
  object: string
  field: string
  set: string
  value: string
  why: string
}

export function orgValues(settings: Settings): OrgValue[] {
  const roles = isUsed(settings, 'Partner') ? Object.values(settings.partnerRoles) : []
  return [
    {
      object: 'Account',
      field: 'Type',
      set: 'AccountType',
      value: settings.partnerType,
      why: 'marks the account of a partner',
    },
    ...roles.map((value) => ({
      object: 'Partner',
      field: 'Role',
      set: 'PartnerRole',
      value,
      why: 'what a partner does in a deal',
    })),
  ]
}

export interface OrgRule {
  name: string
  /** Holds for what is refused. */
  formula: string
  message: string
  display: string
  why: string
  fields: string[]
}

export function orgRules(settings: Settings): OrgRule[] {
  const { partnerSource, underReview } = settings.fields
  const sources = Object.values(settings.sourceValues).join(', ')
  return [
    {
      name: 'Causeway_Deal_Source',
      formula: `AND(ISNEW(), ISBLANK(TEXT(${partnerSource})))`,
      message: `Say where this deal came from: ${sources}.`,
      display: partnerSource,
      why: 'every new deal says where it came from; older ones can be edited without',
      fields: [partnerSource],
    },
    {
      name: 'Causeway_Deal_Under_Review',
      formula: `AND(NOT(ISNEW()), ${underReview}, ISCHANGED(StageName))`,
      message: 'This deal is under review. Its stage can change when the review has ended.',
      display: 'StageName',
      why: 'a deal under review keeps its stage',
      fields: [underReview],
    },
  ]
}

export interface OrgView {
  name: string
  label: string
  columns: string[]
  filters: { field: string; values: string[] }[]
  why: string
}

export function orgViews(settings: Settings): OrgView[] {
  const { partnerAccount, partnerSource, registrationStatus, protectedUntil } = settings.fields
  const own = [partnerAccount, partnerSource, registrationStatus, protectedUntil]
  const of = (name: string, label: string, source: string, why: string): OrgView[] => {
    const value = settings.sourceValues[source]
    if (value === undefined) return []
    const filters = [
      { field: partnerSource, values: [value] },
      { field: 'IsClosed', values: ['False'] },
    ]
    return [
      { name, label, why, filters, columns: ['Name', 'Account.Name', 'Amount', 'StageName', 'CloseDate', ...own] },
    ]
  }
  return [
    ...of('Causeway_Partner_Pipeline', 'Partner Pipeline', 'partner-sourced', 'open deals that partners brought'),
    ...of('Causeway_Co_Sell_Pipeline', 'Co-Sell Pipeline', 'partner-influenced', 'open deals that partners help with'),
  ]
}

/** Rights on one object, and on its fields; a field that is not named here is under no field-level security. */
export interface OrgGrant {
  object: string
  /** Empty where the platform knows none, as on tasks, which a system permission opens. */
  rights: readonly ObjectRight[]
  /** Field → whether it is written too. */
  fields: Map<string, 'read' | 'edit'>
}
export const objectRights = ['Read', 'Create', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords'] as const
export type ObjectRight = (typeof objectRights)[number]

export interface OrgPermissionSet {
  name: string
  label: string
  description: string
  /** The platform's names of system permissions. */
  system: string[]
  grants: OrgGrant[]
}

/** The least that the integration user works with. @param runsReports whether reports of the org name accounts */
export function integrationSet(settings: Settings, runsReports = false): OrgPermissionSet {
  const all = mappings(settings)
  const standard = (['Account', 'Contact', 'Lead', 'Opportunity', 'Task'] as const).filter((object) =>
    isUsed(settings, object),
  )
  const objects = [...standard, ...settings.customObjects.map(({ object }) => object)]
  return {
    name: 'Causeway_Integration',
    label: 'Causeway Integration',
    description: 'What Causeway’s integration user reads and writes, and no more.',
    system: [
      'ApiEnabled',
      ...(isUsed(settings, 'Task') ? ['EditTask'] : []),
      ...(runsReports ? ['RunReports'] : []),
      ...(isUsed(settings, 'User') ? ['ViewAllUsers'] : []),
    ],
    grants: objects.map((object) => ({
      object,
      rights: object === 'Task' ? [] : ['Read', 'Create', 'Edit', 'ViewAllRecords'],
      fields: fieldsOf(object, settings, all),
    })),
  }
}

/** For people: they see what we know of a deal, say where a new one came from, and ask for a longer protection. */
export function peopleSet(settings: Settings): OrgPermissionSet {
  const { key, partnerSource, extensionRequested, decision, decisionReason } = settings.fields
  const shown = orgFields(settings).filter(({ name }) => name !== key)
  const said = [partnerSource, extensionRequested, decision, decisionReason]
  const right = (name: string) => (said.includes(name) ? 'edit' : 'read')
  const fieldsOn = (object: string): OrgGrant => ({
    object,
    rights: [],
    fields: new Map(shown.filter((field) => field.object === object).map(({ name }) => [name, right(name)])),
  })
  return {
    name: 'Causeway_People',
    label: 'Causeway People',
    description:
      'Lets sales people see what Causeway knows of a deal, say where a new deal came from, ask for a longer protection, and decide by their tasks.',
    system: [],
    grants: [fieldsOn('Opportunity'), ...(isUsed(settings, 'Task') ? [fieldsOn('Task')] : [])],
  }
}

/** What `tasks: true` adds, for the integration and for people: where sets are made by `causeway apply` it stands in theirs. */
export function tasksSets(settings: Settings): OrgPermissionSet[] {
  const ofTasks = ({ grants }: OrgPermissionSet) => grants.filter(({ object }) => object === 'Task')
  return [
    {
      name: 'Causeway_Integration_Tasks',
      label: 'Causeway Integration: tasks',
      description: 'With tasks: true, beside Causeway_Integration: tasks of the org’s people are made and closed.',
      system: ['EditTask'],
      grants: ofTasks(integrationSet(settings)),
    },
    {
      name: 'Causeway_People_Tasks',
      label: 'Causeway People: tasks',
      description: 'With tasks: true, beside Causeway_People: lets people decide by their tasks.',
      system: [],
      grants: ofTasks(peopleSet(settings)),
    },
  ]
}

/** What reports that name accounts add, where sets are deployed as files. */
export function reportsSet(): OrgPermissionSet {
  return {
    name: 'Causeway_Integration_Reports',
    label: 'Causeway Integration: reports',
    description:
      'With namedAccounts, beside Causeway_Integration: runs the reports that name accounts. Share their folder with the user too.',
    system: ['RunReports'],
    grants: [],
  }
}

/** For the time of `causeway apply` only. */
export function setUpSet(): OrgPermissionSet {
  return {
    name: 'Causeway_Set_Up',
    label: 'Causeway Set-Up',
    description: 'For the time of causeway apply only: take it away from the integration user afterwards.',
    system: [...setUpPermissions],
    grants: [],
  }
}

/** What `plan` needs to see everything, and `apply` to make it. */
export const setUpPermissions = [
  'AssignPermissionSets',
  'CustomizeApplication',
  'EditPublicFilters',
  'ManageProfilesPermissionsets',
  'ViewSetup',
] as const

/** Standard fields under field-level security, by the name that it has for them. Names, owners and what is always required are not. */
const secured: Record<string, Record<string, string>> = {
  Account: {
    Website: 'Website',
    Type: 'Type',
    ParentId: 'ParentId',
    BillingCountry: 'BillingAddress',
    Phone: 'Phone',
    Industry: 'Industry',
  },
  Contact: { AccountId: 'AccountId', Email: 'Email', Phone: 'Phone', Title: 'Title' },
  Lead: {
    Website: 'Website',
    Email: 'Email',
    Phone: 'Phone',
    Country: 'Address',
    Description: 'Description',
    LeadSource: 'LeadSource',
  },
  Task: { Description: 'Description', ActivityDate: 'ActivityDate', WhatId: 'WhatId' },
  Opportunity: {
    AccountId: 'AccountId',
    Amount: 'Amount',
    Description: 'Description',
    LeadSource: 'LeadSource',
    NextStep: 'NextStep',
    Type: 'Type',
  },
}

/** The fields that the mapping reads and writes, and our own. */
function fieldsOf(object: string, settings: Settings, all: ObjectMapping[]): Map<string, 'read' | 'edit'> {
  const fields = new Map<string, 'read' | 'edit'>()
  const add = (path: string, isWritten: boolean): void => {
    const name = path.endsWith('__c') ? path : secured[object]?.[path]
    if (name !== undefined && (isWritten || !fields.has(name))) fields.set(name, isWritten ? 'edit' : 'read')
  }
  const derived = derivedFields(object, settings)
  for (const mapping of all.filter((m) => m.object === object)) {
    for (const path of Object.keys(mapping.fixed ?? {})) add(path, true)
    for (const { path, create, update } of mapping.fields) {
      const isWritten = [create, update].some((way) => way === 'out' || way === 'both')
      for (const column of derived.get(path)?.columns ?? [path])
        add(column, isWritten && (column === path || column === 'WhatId'))
    }
  }
  for (const own of orgFields(settings)) if (own.object === object) add(own.name, true)
  return fields
}
