/** What the integration user may do against what the settings need, by the table from which the shipped permission sets are made. */
import type { Access, Ctx, Permission } from '../contract.ts'
import type { Client } from './client.ts'
import { textIn } from './derived.ts'
import { describedObject } from './describe.ts'
import { unlessRefused, whoami } from './org-look.ts'
import { integrationSet, setUpPermissions } from './org-set-up.ts'
import type { ObjectRight, OrgGrant } from './org-set-up.ts'
import { heldPermissions, permissionLabels, sweeping } from './permissions.ts'
import type { PermissionName } from './permissions.ts'
import { allRows } from './read.ts'
import type { Settings } from './settings.ts'
import { quoted } from './soql.ts'

export async function compareAccess(
  client: Client,
  settings: Settings,
  runsReports: boolean,
  ctx: Ctx,
): Promise<Access> {
  const { system, grants } = integrationSet(settings, runsReports)
  const held = await heldPermissions(client, ctx)
  const rights = await objectRightsOf(client, ctx)
  const access: Access = { missing: [], excessive: [], unknown: [] }
  for (const name of system) {
    const has = held.get(permissionIn(name))
    if (has === false)
      access.missing.push({ name: permissionLabels[permissionIn(name)], why: systemWhy[name] ?? 'to work' })
    if (has === undefined) access.unknown.push(`${permissionLabels[permissionIn(name)]}: the org does not tell`)
  }
  for (const name of sweeping)
    if (held.get(name) === true)
      access.excessive.push({ name: permissionLabels[name], why: 'it is a right over everything' })
  for (const name of setUpPermissions)
    if (held.get(name) === true)
      access.excessive.push({
        name: permissionLabels[name],
        why: 'for `causeway apply` only: take Causeway_Set_Up away afterwards',
      })
  if (rights === null)
    access.unknown.push(
      'View All and Delete on objects: it takes View Setup and Configuration to look at permission sets',
    )
  for (const grant of grants) {
    const there = rights === null ? null : (rights.get(grant.object) ?? new Set<ObjectRight>())
    const isAll = held.get('ViewAllData') === true || held.get('ModifyAllData') === true
    access.missing.push(...(await lacking(client, grant, isAll ? null : there, ctx)))
    access.excessive.push(...superfluous(grant, there))
  }
  return access
}

const systemWhy: Record<string, string> = {
  ApiEnabled: 'to be let in at all',
  ViewAllUsers: 'owners are known across systems by their users',
  RunReports: 'reports of the org name accounts (`namedAccounts`); their folder is shared with the user too',
  EditTask: 'tasks of the org’s people are made and closed',
}

function permissionIn(name: string): PermissionName {
  const found = (['ApiEnabled', 'EditTask', 'RunReports', 'ViewAllUsers'] as const).find((one) => one === name)
  if (found === undefined) throw new Error(`${name} is no permission that is known`)
  return found
}

/** From what the org describes to this user, whatever gives it; View All from the rows, where they can be read. */
async function lacking(
  client: Client,
  grant: OrgGrant,
  rights: Set<ObjectRight> | null,
  ctx: Ctx,
): Promise<Permission[]> {
  const { object, fields } = grant
  const described = await unlessRefused(() => describedObject(client, object, ctx))
  if (described === null)
    return [{ name: `Read, Create and Edit on ${object}`, why: 'the user does not see the object' }]
  const missing: Permission[] = []
  if (!described.createable) missing.push({ name: `Create on ${object}`, why: 'new records are made there' })
  if (!described.updateable) missing.push({ name: `Edit on ${object}`, why: 'records are kept equal' })
  // The platform knows no rights on tasks: what is seen of them follows from the records and their owners.
  if (grant.rights.length > 0 && rights !== null && !rights.has('ViewAllRecords') && !rights.has('ModifyAllRecords'))
    missing.push({ name: `View All on ${object}`, why: 'what is not seen cannot stand against a claim' })
  const seen = new Map(described.fields.map((field) => [field.name, field]))
  for (const [name, right] of fields) {
    const field = seen.get(parts[`${object}.${name}`] ?? name)
    if (field === undefined)
      missing.push({
        name: `Read on ${object}.${name}`,
        why: 'the mapping reads it, or the field is not there: `causeway plan`',
      })
    else if (right === 'edit' && !field.updateable)
      missing.push({ name: `Edit on ${object}.${name}`, why: 'the mapping writes it' })
  }
  return missing
}

/** A field of several parts is granted whole and seen by one of them. */
const parts: Record<string, string> = { 'Account.BillingAddress': 'BillingCountry', 'Lead.Address': 'Country' }

function superfluous({ object }: OrgGrant, rights: Set<ObjectRight> | null): Permission[] {
  const found: Permission[] = []
  if (rights?.has('Delete') === true)
    found.push({ name: `Delete on ${object}`, why: 'nothing is deleted but the marked records of `causeway certify`' })
  if (rights?.has('ModifyAllRecords') === true)
    found.push({
      name: `Modify All on ${object}`,
      why: 'only where the org’s sharing keeps the user from records of others',
    })
  return found
}

/** What the profile and the permission sets of the user give on objects, or null where it may not look. */
async function objectRightsOf(client: Client, ctx: Ctx): Promise<Map<string, Set<ObjectRight>> | null> {
  const userId = await whoami(client, ctx)
  const columns = ['Delete', 'ViewAllRecords', 'ModifyAllRecords'] as const
  const soql = (where: string) =>
    `SELECT SobjectType, ${columns.map((right) => `Permissions${right}`).join(', ')} FROM ObjectPermissions WHERE ${where}`
  const sets = await unlessRefused(() =>
    allRows(
      client,
      `SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = ${quoted(userId)}`,
      ctx,
      'query',
    ),
  )
  if (sets === null) return null
  const rights = new Map<string, Set<ObjectRight>>()
  for (const { PermissionSetId } of sets)
    for (const row of (await unlessRefused(() =>
      allRows(client, soql(`ParentId = ${quoted(textIn(PermissionSetId) ?? '')}`), ctx, 'query'),
    )) ?? []) {
      const object = textIn(row.SobjectType) ?? ''
      const given = columns.filter((right) => row[`Permissions${right}`] === true)
      rights.set(object, new Set([...(rights.get(object) ?? []), ...given]))
    }
  return rights
}
