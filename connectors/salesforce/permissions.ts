/** System permissions: how Setup calls them, and which the integration user has, whatever gives them. */
import { ConnectorError } from '../contract.ts'
import type { Ctx } from '../contract.ts'
import type { Client } from './client.ts'
import { setUpPermissions } from './org-set-up.ts'
import { allRows } from './read.ts'

/** By the platform's name, as Setup calls it. */
export const permissionLabels = {
  ApiEnabled: 'API Enabled',
  AssignPermissionSets: 'Assign Permission Sets',
  AuthorApex: 'Author Apex',
  CustomizeApplication: 'Customize Application',
  EditTask: 'Edit Tasks',
  EditPublicFilters: 'Manage Public List Views',
  ManageProfilesPermissionsets: 'Manage Profiles and Permission Sets',
  ManageUsers: 'Manage Users',
  ModifyAllData: 'Modify All Data',
  ModifyMetadata: 'Modify Metadata Through Metadata API Functions',
  RunReports: 'Run Reports',
  ViewAllData: 'View All Data',
  ViewAllUsers: 'View All Users',
  ViewSetup: 'View Setup and Configuration',
} as const
export type PermissionName = keyof typeof permissionLabels

/** Rights over everything: no integration needs one of them. */
export const sweeping = ['ModifyAllData', 'ViewAllData', 'ManageUsers', 'AuthorApex', 'ModifyMetadata'] as const

const names: PermissionName[] = [
  'ApiEnabled',
  'EditTask',
  'RunReports',
  'ViewAllUsers',
  ...setUpPermissions,
  ...sweeping,
]

/** What the user has of `permissionLabels`; a permission that the org does not know, or does not tell of, is left out. */
export async function heldPermissions(client: Client, ctx: Ctx): Promise<Map<PermissionName, boolean>> {
  const all = await asked(client, names, ctx)
  if (all !== null) return all
  // An edition without one of them refuses the whole question.
  const held = new Map<PermissionName, boolean>()
  for (const name of names) for (const [known, is] of (await asked(client, [name], ctx)) ?? []) held.set(known, is)
  return held
}

async function asked(client: Client, wanted: PermissionName[], ctx: Ctx): Promise<Map<PermissionName, boolean> | null> {
  const soql = `SELECT ${wanted.map((name) => `Permissions${name}`).join(', ')} FROM UserPermissionAccess`
  try {
    const [row = {}] = await allRows(client, soql, ctx, 'query')
    return new Map(wanted.map((name) => [name, row[`Permissions${name}`] === true]))
  } catch (error) {
    if (error instanceof ConnectorError && error.fault.code === 'CW_VENDOR_SCOPE') return null
    throw error
  }
}
