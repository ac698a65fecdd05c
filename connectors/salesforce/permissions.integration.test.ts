/** What the integration user may do against what it needs, over an org that is set up and then taken apart. */
import { readdirSync, readFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { accessFiles } from './access-files.ts'
import { ctx, startOrg, type Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

/** Makes everything that the plan lacks, in its order. */
async function setUp({ provision } = org.connector): Promise<void> {
  for (const step of (await provision?.plan(ctx())) ?? [])
    if (step.state === 'missing') await provision?.make(step, ctx())
}

const names = (of: { name: string }[] = []) => of.map(({ name }) => name)

async function compared() {
  const access = await org.connector.access?.(ctx())
  return { missing: names(access?.missing), excessive: names(access?.excessive), unknown: access?.unknown ?? [] }
}

const objects = ['Account', 'Contact', 'Lead', 'Opportunity']
const setUpRights = [
  'Assign Permission Sets',
  'Customize Application',
  'Manage Public List Views',
  'Manage Profiles and Permission Sets',
  'View Setup and Configuration',
]

it('finds all that is needed once the org is set up, and takes the rights of the set-up for too much', async () => {
  await setUp()
  expect(await compared()).toEqual({
    missing: [],
    excessive: [...setUpRights, ...objects.map((object) => `Delete on ${object}`)],
    unknown: [],
  })
})

it('finds nothing to say of a user with just the permission set', async () => {
  await setUp()
  await org.sandbox.control.seed({
    revoke: {
      system: [
        'ApiEnabled',
        'ViewAllUsers',
        'AssignPermissionSets',
        'CustomizeApplication',
        'EditPublicFilters',
        'ManageProfilesPermissionsets',
      ],
      objects: objects.flatMap((object) =>
        ['Read', 'Create', 'Edit', 'Delete', 'ViewAllRecords'].map((right) => `${object}.${right}`),
      ),
    },
  })
  expect(await compared()).toEqual({ missing: [], excessive: ['View Setup and Configuration'], unknown: [] })
  expect(await org.connector.check(ctx())).toEqual([])
})

it('names each right that is missing', async () => {
  await setUp()
  await org.sandbox.control.seed({
    revoke: { system: ['ViewAllUsers'], objects: ['Lead.Edit', 'Contact.Read', 'Account.ViewAllRecords'] },
    hideFields: ['Opportunity.Amount', 'Opportunity.Home_System__c'],
    alterFields: [{ object: 'Opportunity', name: 'Registered_By__c', updateable: false }],
  })
  await takeAway('Causeway_Integration')
  expect((await compared()).missing).toEqual([
    'View All Users',
    'View All on Account',
    'Read, Create and Edit on Contact',
    'Edit on Lead',
    'Read on Opportunity.Amount',
    'Read on Opportunity.Home_System__c',
    'Edit on Opportunity.Registered_By__c',
  ])
})

it('asks for Run Reports once a report names accounts, and has it made with the rest of an org', async () => {
  const reading = org.connectWith({ readsLists: true })
  await setUp()
  await org.sandbox.control.seed({ revoke: { system: ['RunReports'] } })
  expect((await compared()).missing).toEqual([])
  expect(names((await reading.access?.(ctx()))?.missing)).toEqual(['Run Reports'])
  const lacking = (await reading.provision?.plan(ctx()))?.filter(({ state }) => state !== 'made') ?? []
  expect(lacking).toMatchObject([{ what: 'permission-set', state: 'differs', found: 'it lacks RunReports' }])
  await org.close()

  org = await startOrg()
  const fresh = org.connectWith({ readsLists: true })
  await setUp(fresh)
  await org.sandbox.control.seed({ revoke: { system: ['RunReports'] } })
  expect((await fresh.access?.(ctx()))?.missing).toEqual([])
})

it('asks to read the region of partners where the settings name its field', async () => {
  await setUp()
  const regional = org.connectWith({ settings: { fields: { partnerRegion: 'Sales_Region__c' } } })
  expect(names((await regional.access?.(ctx()))?.missing)).toEqual(['Read on Account.Sales_Region__c'])
})

it('names rights over everything, and more than is needed on an object', async () => {
  await setUp()
  await org.sandbox.control.seed({
    grant: { system: ['ModifyAllData', 'ViewAllData', 'ManageUsers', 'AuthorApex'] },
    plant: (await rows('ObjectPermissions'))
      .filter(({ SobjectType, PermissionsRead }) => SobjectType === 'Account' && PermissionsRead === true)
      .map(({ Id }) => ({
        object: 'ObjectPermissions',
        id: Id,
        fields: { PermissionsDelete: true, PermissionsModifyAllRecords: true },
      })),
  })
  const { excessive } = await compared()
  for (const name of [
    'Modify All Data',
    'View All Data',
    'Manage Users',
    'Author Apex',
    'Delete on Account',
    'Modify All on Account',
  ])
    expect(excessive).toContain(name)
})

it('says what it cannot find out', async () => {
  await org.sandbox.control.seed({ revoke: { system: ['ViewSetup'] } })
  expect((await compared()).unknown).toEqual([expect.stringContaining('View Setup and Configuration')])
})

it('is shipped as files; scripts/write-access.ts writes them', async () => {
  const folder = new URL('../../deploy/access/salesforce/', import.meta.url)
  const wished = accessFiles()
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(new Set(found.map(({ name }) => name))).toEqual(
    new Set(Object.keys(wished).map((name) => name.split('/').at(-1))),
  )
  for (const [name, text] of Object.entries(wished)) {
    const file = new URL(name, folder)
    const whole = name.endsWith('.xml')
      ? text
      : await format(text, { ...(await resolveConfig(file)), filepath: file.pathname })
    expect(readFileSync(file, 'utf8')).toBe(whole)
  }
})

const rowsSchema = z.array(z.record(z.string(), z.unknown()))
const stateSchema = z.object({ objects: z.record(z.string(), rowsSchema) })

async function rows(object: string): Promise<z.infer<typeof rowsSchema>> {
  const { objects: held } = stateSchema.parse(await org.sandbox.control.state())
  return held[object] ?? []
}

async function takeAway(name: string): Promise<void> {
  const set = (await rows('PermissionSet')).find(({ Name }) => Name === name)
  const assigned = (await rows('PermissionSetAssignment')).filter(({ PermissionSetId }) => PermissionSetId === set?.Id)
  await org.sandbox.control.seed({ purge: assigned.map(({ Id }) => ({ object: 'PermissionSetAssignment', id: Id })) })
}
