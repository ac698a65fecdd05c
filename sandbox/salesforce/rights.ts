/**
 * What the integration user may do: by its profile, and by the permission sets that are assigned to it. Whoever made a set, its rows
 * are what counts, so what a program grants itself takes effect as in an org.
 */
import { refuse } from './problem.ts'
import type { Org, Row } from './org.ts'

export const systemPermissions = [
  'ApiEnabled',
  'AssignPermissionSets',
  'AuthorApex',
  'CreateCustomizeFilters',
  'CustomizeApplication',
  'EditPublicFilters',
  'EditTask',
  'ManageProfilesPermissionsets',
  'ManageUsers',
  'ModifyAllData',
  'ModifyMetadata',
  'RunReports',
  'ViewAllData',
  'ViewAllUsers',
  'ViewSetup',
] as const
export type SystemPermission = (typeof systemPermissions)[number]

export const objectRights = ['Read', 'Create', 'Edit', 'Delete', 'ViewAllRecords', 'ModifyAllRecords'] as const
export type ObjectRight = (typeof objectRights)[number]

export interface Profile {
  /** A profile is a permission set too, with rows that follow from it. */
  setId: string
  system: Set<SystemPermission>
  /** `Account.Read`: taken from the profile, which has every right on objects but to change all records. */
  withheld: Set<string>
}

/** An administrator's for the interface of programs: it may set up the org, and has no right over all data and users. */
export function freshProfile(): Profile {
  const never: readonly SystemPermission[] = [
    'AuthorApex',
    'ManageUsers',
    'ModifyAllData',
    'ModifyMetadata',
    'ViewAllData',
  ]
  return { setId: '', system: new Set(systemPermissions.filter((name) => !never.includes(name))), withheld: new Set() }
}

/** Objects whose access is an administrator's matter, and the permission that changing them takes. */
const setUpObjects: Record<string, SystemPermission> = {
  PermissionSet: 'ManageProfilesPermissionsets',
  ObjectPermissions: 'ManageProfilesPermissionsets',
  FieldPermissions: 'ManageProfilesPermissionsets',
  PermissionSetAssignment: 'AssignPermissionSets',
}

/** Objects that profiles and sets say nothing of: everybody may read them, or nobody but the platform writes them. */
const governed = new Set(['Account', 'Contact', 'Lead', 'Opportunity'])

export function isGoverned(object: string): boolean {
  return governed.has(object) || object.endsWith('__c')
}

export function has(org: Org, permission: SystemPermission): boolean {
  return (
    org.profile.system.has(permission) ||
    assignedSets(org).some((set) => set.values[`Permissions${permission}`] === true)
  )
}

/** INSUFFICIENT_ACCESS, as setup answers to a user who may not. */
export function demand(org: Org, permission: SystemPermission): void {
  if (has(org, permission)) return
  throw refuse(
    403,
    'INSUFFICIENT_ACCESS',
    'You do not have the level of access necessary to perform the operation you requested.',
  )
}

export function may(org: Org, object: string, right: ObjectRight): boolean {
  const setUp = setUpObjects[object]
  if (setUp !== undefined) return has(org, right === 'Read' ? 'ViewSetup' : setUp)
  if (!isGoverned(object)) return true
  if (has(org, 'ModifyAllData') || (has(org, 'ViewAllData') && ['Read', 'ViewAllRecords'].includes(right))) return true
  if (profileGives(org, object, right)) return true
  return rowsOf(org, 'ObjectPermissions').some(
    (row) => row.values.SobjectType === object && row.values[`Permissions${right}`] === true,
  )
}

/** Whether the profile itself gives the right. */
function profileGives({ profile }: Org, object: string, right: ObjectRight): boolean {
  return right !== 'ModifyAllRecords' && !profile.withheld.has(`${object}.${right}`)
}

/** A row of the profile's own permission set says what the profile does; undefined for any other row and field. */
export function ofProfile(org: Org, row: Row, field: string): boolean | undefined {
  const isObject = row.type === 'ObjectPermissions' && row.values.ParentId === org.profile.setId
  const right = isObject ? objectRights.find((name) => field === `Permissions${name}`) : undefined
  if (right !== undefined) return profileGives(org, String(row.values.SobjectType), right)
  const isSet = row.type === 'PermissionSet' && row.id === org.profile.setId
  const permission = isSet ? systemPermissions.find((name) => field === `Permissions${name}`) : undefined
  return permission === undefined ? undefined : org.profile.system.has(permission)
}

/** Objects that profiles and sets speak of in a fresh org. */
export const governedObjects = [...governed]

/** What an object that the user may not read looks like. */
export function demandRead(org: Org, object: string): void {
  if (!may(org, object, 'Read')) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
}

export function demandWrite(org: Org, object: string, right: 'Create' | 'Edit' | 'Delete'): void {
  // No profile gives rights on tasks: one permission opens them all.
  if (object === 'Task' && !has(org, 'EditTask'))
    throw refuse(400, 'INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object Task', [])
  if (may(org, object, right)) return
  if (object in setUpObjects) demand(org, setUpObjects[object] ?? 'ViewSetup')
  throw refuse(400, 'INSUFFICIENT_ACCESS_OR_READONLY', `insufficient access rights on object ${object}`, [])
}

/** A field that the profile does not give is seen and written as far as an assigned set says. */
export function fieldRight(org: Org, object: string, field: string): 'edit' | 'read' | 'none' {
  const path = `${object}.${field}`
  if (!org.hidden.has(path)) return 'edit'
  const rows = rowsOf(org, 'FieldPermissions').filter((row) => row.values.Field === path)
  if (rows.some((row) => row.values.PermissionsEdit === true)) return 'edit'
  return rows.some((row) => row.values.PermissionsRead === true) ? 'read' : 'none'
}

/** The rows of the sets that are assigned to the integration user. */
function rowsOf(org: Org, object: 'ObjectPermissions' | 'FieldPermissions'): Row[] {
  const sets = new Set(assignedSets(org).map(({ id }) => id))
  return [...(org.rows.get(object)?.values() ?? [])].filter(
    (row) => row.deletedMs === null && sets.has(String(row.values.ParentId)),
  )
}

function assignedSets(org: Org): Row[] {
  const assigned = [...(org.rows.get('PermissionSetAssignment')?.values() ?? [])].filter(
    (row) => row.deletedMs === null && row.values.AssigneeId === org.runningUserId,
  )
  const sets = org.rows.get('PermissionSet')
  return assigned.flatMap((row) => {
    const set = sets?.get(String(row.values.PermissionSetId))
    return set === undefined || set.deletedMs !== null ? [] : [set]
  })
}
