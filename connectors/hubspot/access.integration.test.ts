import { afterEach, expect, it } from 'vitest'
import { allScopes } from '../../sandbox/hubspot/index.ts'
import { ctx, oauthSettings, startRig } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'
import { neededToRun } from './scopes.ts'

let rig: Rig
afterEach(() => rig.close())

async function accessOf(scopes: string[], more: Record<string, unknown> = {}) {
  await rig.sandbox.control.seed({ tokens: [{ token: 'given', scopes }] })
  const connector = rig.connect({ accessToken: 'given', ...more })
  return connector.access?.(ctx())
}
const namesOf = (permissions: { name: string }[] = []) => permissions.map(({ name }) => name)

it('finds nothing wrong with the scopes that the settings need', async () => {
  rig = await startRig()
  for (const more of [{}, { leads: 'object' }, { objects: ['owners', 'companies'] }]) {
    const needed = neededToRun(rig.settings(more)).map(({ scope }) => scope)
    expect(await accessOf(['oauth', ...needed], more)).toEqual({ missing: [], excessive: [], unknown: [] })
  }
})

it('names what is missing and what could be done without, and why', async () => {
  rig = await startRig()
  const needed = neededToRun(rig.settings()).map(({ scope }) => scope)
  const given = [...needed.filter((scope) => scope !== 'crm.objects.owners.read'), 'crm.lists.write', 'tickets']
  const access = await accessOf(given)
  expect(access?.missing).toEqual([{ name: 'crm.objects.owners.read', why: 'knows owners by their e-mail' }])
  expect(access?.excessive).toEqual([
    { name: 'crm.lists.write', why: 'only `causeway apply` needs it: it makes the lists of deals' },
    { name: 'tickets', why: 'nothing in the settings needs it' },
  ])
  const narrow = await accessOf(needed, { objects: ['owners', 'companies'] })
  expect(namesOf(narrow?.excessive)).toContain('crm.objects.deals.write')
})

it('asks for the right to read lists once a list names accounts', async () => {
  rig = await startRig()
  const needed = neededToRun(rig.settings()).map(({ scope }) => scope)
  const missingIn = async (scopes: string[], readsLists: boolean) => {
    await rig.sandbox.control.seed({ tokens: [{ token: 'given', scopes }] })
    return namesOf((await rig.connect({ accessToken: 'given' }, { readsLists }).access?.(ctx()))?.missing)
  }
  expect(await missingIn(needed, false)).toEqual([])
  expect(await missingIn(needed, true)).toEqual(['crm.lists.read'])
  expect(await missingIn([...needed, 'crm.lists.read'], true)).toEqual([])
})

it('asks for an OAuth token’s scopes too', async () => {
  rig = await startRig()
  const access = await rig.connect(oauthSettings).access?.(ctx())
  expect(access?.missing).toEqual([])
  expect(namesOf(access?.excessive)).toEqual(
    allScopes.filter((scope) => /leads|lists|custom|schemas.*write$/.test(scope)).toSorted(),
  )
})

it('says when HubSpot does not tell, and when it refuses the token', async () => {
  rig = await startRig({ tokenInfo: 'oauth' })
  expect((await rig.connect().access?.(ctx()))?.unknown).toHaveLength(1)
  await expect(rig.connect({ accessToken: 'revoked' }).access?.(ctx())).rejects.toMatchObject({
    fault: { code: 'CW_VENDOR_AUTH' },
  })
})
