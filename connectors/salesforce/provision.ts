/** What an org lacks for the settings, step by step, and making each. */
import type { Ctx, Making, Provisioner, ProvisionStep } from '../contract.ts'
import { faultOf } from '../contract.ts'
import type { Client } from './client.ts'
import { lookAtOrg } from './org-look.ts'
import type { FieldLook, OrgLook } from './org-look.ts'
import * as org from './org-make.ts'
import { integrationSet, orgFields, orgRules, orgValues, orgViews } from './org-set-up.ts'
import type { FieldKind, OrgField, OrgGrant, OrgPermissionSet, OrgRule, OrgValue, OrgView } from './org-set-up.ts'
import { permissionLabels } from './permissions.ts'
import type { PermissionName } from './permissions.ts'
import type { Settings } from './settings.ts'

/** @param runsReports whether reports of the org name accounts */
export function provisioner(client: Client, settings: Settings, runsReports = false): Provisioner {
  return {
    async plan(ctx) {
      const look = await lookAtOrg(client, settings, runsReports, ctx)
      return wishes(settings, runsReports).flatMap((wish) => {
        const found = wish.look(look)
        return found === null ? [] : [stepOf(wish, found, look)]
      })
    },
    async make(step, ctx) {
      const wish = wishes(settings, runsReports).find(({ id }) => id === step.id)
      if (wish === undefined)
        return faultOf('CW_PROVISION_REFUSED', `The settings no longer wish for ${step.id}`, { scope: 'connection' })
      return wish.make(client, ctx)
    },
  }
}

interface Found {
  state: ProvisionStep['state']
  found?: string
}

interface Wish {
  id: string
  what: ProvisionStep['what']
  object: string
  label: string
  takes: PermissionName
  after: string[]
  /** Null: there is nothing to wish for as things stand. */
  look(org: OrgLook): Found | null
  make(client: Client, ctx: Ctx): Promise<Making>
}

const made: Found = { state: 'made' }
const missing: Found = { state: 'missing' }
const differs = (found: string): Found => ({ state: 'differs', found })

function stepOf({ id, what, object, label, takes, after }: Wish, found: Found, { held }: OrgLook): ProvisionStep {
  const permission = permissionLabels[takes]
  return { id, what, object, label, permission, granted: held.get(takes) ?? null, after, ...found }
}

/** In an order in which each can be made once those before it are there. */
function wishes(settings: Settings, runsReports: boolean): Wish[] {
  const set = integrationSet(settings, runsReports)
  const fields = orgFields(settings)
  const rights = new Map(set.grants.map((grant) => [grant.object, grant.fields]))
  return [
    ...setWishes(set),
    ...set.grants.map((grant) => objectWish(set.name, grant)),
    ...fields.map(fieldWish),
    ...fields.flatMap((field) => ownValueWishes(field)),
    ...fields.map((field) => grantWish(set.name, field, rights.get(field.object)?.get(field.name) ?? 'edit')),
    ...orgValues(settings).map(valueWish),
    ...orgRules(settings).map((rule) => ruleWish(rule)),
    ...orgViews(settings).map((view) => viewWish(set.name, view)),
  ]
}

const fieldId = (object: string, name: string): string => `field:${object}.${name}`
const setId = (name: string): string => `permission-set:${name}`
const assignmentId = (name: string): string => `permission:${name}`

function setWishes(set: OrgPermissionSet): Wish[] {
  return [
    {
      id: setId(set.name),
      what: 'permission-set',
      object: 'Permissions',
      label: `Permission set “${set.label}”: the least that the integration user works with`,
      takes: 'ManageProfilesPermissionsets',
      after: [],
      look({ set: found }) {
        if (found === null) return missing
        const lacking = set.system.filter((one) => !found.system.has(one))
        return lacking.length === 0 ? made : differs(`it lacks ${lacking.join(', ')}`)
      },
      make: (client, ctx) => org.makeSet(client, set, ctx),
    },
    {
      id: assignmentId(set.name),
      what: 'permission',
      object: 'Permissions',
      label: `“${set.label}” for the integration user`,
      takes: 'AssignPermissionSets',
      after: [setId(set.name)],
      look: ({ set: found }) => (found?.isAssigned === true ? made : missing),
      make: (client, ctx) => org.assignSet(client, set.name, ctx),
    },
  ]
}

function objectWish(set: string, grant: OrgGrant): Wish {
  const { object } = grant
  const standard = [...grant.fields].filter(([name]) => !name.endsWith('__c'))
  const needs = object === 'Contact' || object === 'Opportunity' ? [`permission:${set}.Account`] : []
  return {
    id: `permission:${set}.${object}`,
    what: 'permission',
    object: 'Permissions',
    label: `${object}: ${grant.rights.length === 0 ? '' : `${grant.rights.join(', ')}; `}its ${String(standard.length)} standard fields that are mapped`,
    takes: 'ManageProfilesPermissionsets',
    after: [setId(set), ...needs],
    look({ rights, fieldRights }) {
      const held = rights.get(object)
      const lacking = standard.filter(([name]) => !fieldRights.has(`${object}.${name}`))
      const isBare = held === undefined && grant.rights.length > 0
      if (isBare || lacking.length > 0) return missing
      const short = grant.rights.filter((right) => held?.has(right) !== true)
      const unwritten = standard.filter(
        ([name, right]) => right === 'edit' && fieldRights.get(`${object}.${name}`) === 'read',
      )
      const found = [...short, ...unwritten.map(([name]) => `Edit on ${name}`)]
      return found.length === 0 ? made : differs(`it lacks ${found.join(', ')}`)
    },
    make: (client, ctx) => org.grantObject(client, set, grant, ctx),
  }
}

function fieldWish(field: OrgField): Wish {
  const { object, name, kind, label, why } = field
  return {
    id: fieldId(object, name),
    what: 'field',
    object,
    label: `${label}, ${described(kind)}: ${why}`,
    takes: 'CustomizeApplication',
    after: [],
    look({ fields }) {
      const found = fields.get(`${object}.${name}`)
      if (found === undefined) return missing
      const other = difference(kind, found)
      return other === null ? made : differs(other)
    },
    make: (client, ctx) => org.makeField(client, field, ctx),
  }
}

function described(kind: FieldKind): string {
  switch (kind.type) {
    case 'Text':
      return `Text(${String(kind.length)})${kind.isKey === true ? ', External ID, Unique' : ''}`
    case 'Lookup':
      return `Lookup(${kind.to})`
    case 'Picklist':
      return `Picklist(${kind.values.join(', ')})`
    case 'DateTime':
      return 'Date/Time'
    case 'Currency':
      return 'Currency(16, 2)'
    case 'Checkbox':
      return 'Checkbox'
  }
}

/** How the field that is there cannot do what ours must; a longer text can. */
function difference(kind: FieldKind, { type, length, isKey, refersTo }: FieldLook): string | null {
  if (type !== kind.type) return `it is of type ${type}, and should be ${described(kind)}`
  if (kind.type === 'Text' && length < kind.length)
    return `it holds ${String(length)} characters, and should hold ${String(kind.length)}`
  if (kind.type === 'Text' && kind.isKey === true && !isKey)
    return 'it is not External ID and Unique, so records could be doubled'
  if (kind.type === 'Lookup' && !refersTo.includes(kind.to))
    return `it looks up ${refersTo.join(', ')}, and should ${kind.to}`
  return null
}

/** A value that the picklist of a field which is there lacks; a field that is made has them all. */
function ownValueWishes(field: OrgField): Wish[] {
  const { object, name, kind } = field
  if (kind.type !== 'Picklist') return []
  return kind.values.map((value) => ({
    id: `picklist-value:${object}.${name}=${value}`,
    what: 'picklist-value',
    object,
    label: `“${value}” in ${name}`,
    takes: 'CustomizeApplication',
    after: [fieldId(object, name)],
    look({ values }) {
      const found = values.get(`${object}.${name}`)
      if (found === undefined) return null
      return found.values.includes(value) ? made : missing
    },
    make: (client, ctx) => org.addOwnValue(client, field, value, ctx),
  }))
}

function grantWish(set: string, field: OrgField, right: 'read' | 'edit'): Wish {
  const { object, name } = field
  return {
    id: `permission:${set}.${object}.${name}`,
    what: 'permission',
    object,
    label: `${right === 'edit' ? 'Read and Edit' : 'Read'} on ${name} for the integration user`,
    takes: 'ManageProfilesPermissionsets',
    after: [setId(set), `permission:${set}.${object}`, fieldId(object, name)],
    look({ fieldRights }) {
      const found = fieldRights.get(`${object}.${name}`)
      if (found === undefined) return missing
      return found === 'read' && right === 'edit' ? differs('it grants Read, and should grant Edit') : made
    },
    make: (client, ctx) => org.grantOwnField(client, set, field, right, ctx),
  }
}

function valueWish(wish: OrgValue): Wish {
  const { object, field, value, why } = wish
  return {
    id: `picklist-value:${object}.${field}=${value}`,
    what: 'picklist-value',
    object,
    label: `“${value}” in ${field}: ${why}`,
    takes: 'CustomizeApplication',
    after: [],
    look: ({ values }) => (values.get(`${object}.${field}`)?.values.includes(value) === true ? made : missing),
    make: (client, ctx) => org.addStandardValue(client, wish, ctx),
  }
}

function ruleWish(rule: OrgRule): Wish {
  return {
    id: `rule:Opportunity.${rule.name}`,
    what: 'rule',
    object: 'Opportunity',
    label: `Validation rule: ${rule.why}`,
    takes: 'CustomizeApplication',
    after: rule.fields.map((name) => fieldId('Opportunity', name)),
    look({ rules }) {
      const found = rules.get(rule.name)
      if (found === undefined) return missing
      if (!found.isActive) return differs('it is not active')
      return found.formula === rule.formula ? made : differs(`its formula is ${found.formula}`)
    },
    make: (client, ctx) => org.makeRule(client, rule, ctx),
  }
}

/** Its columns and filters must be seen by whom it is made by, so it comes last. */
function viewWish(set: string, view: OrgView): Wish {
  const own = view.columns.filter((column) => column.endsWith('__c'))
  return {
    id: `list-view:Opportunity.${view.name}`,
    what: 'list-view',
    object: 'Opportunity',
    label: `List view “${view.label}”: ${view.why}`,
    takes: 'EditPublicFilters',
    after: [assignmentId(set), ...own.map((name) => `permission:${set}.Opportunity.${name}`)],
    look({ views }) {
      const found = views.get(view.name)
      if (found === undefined) return missing
      if (found.visibility !== 'Public') return differs(`it is ${found.visibility.toLowerCase()}`)
      const [is, should] = [found.filters, view.filters].map((filters) =>
        filters.map(toldFilter).toSorted().join(' and '),
      )
      return is === should && found.filters.every(({ operator }) => operator === 'Equals')
        ? made
        : differs(`it shows ${is ?? ''}`)
    },
    make: (client, ctx) => org.makeView(client, view, ctx),
  }
}

function toldFilter({ field, values }: { field: string; values: string[] }): string {
  return `${field} = ${values.join(', ')}`
}
