/** People who left a partner and whom PartnerStack’s API cannot remove: whoever says so, a person is asked to, once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { plainText } from '../../connectors/channels/contract.ts'
import { unlimitedBudget } from '../../connectors/budget.ts'
import { createHttp } from '../../connectors/http.ts'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig, type Rig } from '../../connectors/hubspot/rig.test-support.ts'
import { silentLog } from '../../connectors/log.ts'
import { partnerstack } from '../../connectors/partnerstack/index.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg, type Org } from '../../connectors/salesforce/org.test-support.ts'
import { startSandbox } from '../../sandbox/framework/start.ts'
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
import { notices } from '../../src/db/schema/index.ts'
import { leave } from '../../src/process/contacts.ts'
import { decide } from '../../src/process/decide.ts'
import { messageOf } from '../../src/process/notices/gather.ts'
import { listTasks } from '../../src/reports/tasks.ts'
import { startBench, type Bench, type Side } from '../setup/bench.ts'
import { reconcileAll } from '../setup/reconcile.ts'

const nordwind = {
  email: 'channel@nordwind.example',
  partner_key: 'nordwind',
  company: 'Nordwind',
  manager_email: 'mona@meridian.example',
}
const member = (first_name: string) => ({
  email: `${first_name.toLowerCase()}@nordwind.example`,
  first_name,
  last_name: 'Moreau',
})

let portal: Awaited<ReturnType<typeof startPortal>>
let bench: Bench

/** A portal with a partner of two people beside its own, and the connector to it. */
async function startPortal() {
  const sandbox = await startSandbox(partnerstackSandbox)
  const http = createHttp({ connection: 'portal', budget: unlimitedBudget, log: silentLog })
  const settings = partnerstack.settings.parse({
    baseUrl: `${sandbox.url}/api/v2`,
    ...partnerstackKeys.production,
    objects: ['partnerships', 'members'],
    visibilityLagMs: 0,
  })
  const tokens = { current: () => Promise.resolve(null), renew: () => Promise.reject(new Error('no tokens')) }
  const connector = partnerstack.create(settings, { http, tokens, nowMs: Date.now })
  await sandbox.control.seed({ partnerships: [{ ...nordwind, members: [member('Ben'), member('Cy')] }] })
  const side: Side = {
    role: 'portal',
    capabilities: [...connector.capabilities],
    mappings: partnerstack.mappings(settings),
    connector,
  }
  return {
    side,
    control: sandbox.control,
    async close() {
      http.close()
      await sandbox.close()
    },
  }
}

const asked = async () =>
  (await listTasks(bench.db, { limit: 50, after: null }))
    .filter(({ kind }) => kind === 'deactivate-contact')
    .toSorted((a, b) => a.round - b.round)

async function idOf(email: string): Promise<string> {
  const [row] = await bench.rows<{ id: string }>(`select id from contacts where email = '${email}'`)
  return row?.id ?? ''
}

beforeEach(async () => {
  portal = await startPortal()
})
afterEach(async () => {
  await bench.close()
  await portal.close()
})

describe('beside Salesforce', () => {
  let org: Org
  beforeEach(async () => {
    org = await startOrg({ tasks: true })
    const { connector, settings } = org
    const sales: Side = {
      role: 'crm',
      capabilities: [...connector.capabilities],
      mappings: salesforce.mappings(settings),
      connector,
    }
    bench = await startBench({ portal: portal.side, sales })
    await org.sandbox.control.seed({
      users: [{ FirstName: 'Mona', LastName: 'Lind', Email: nordwind.manager_email }],
      accounts: [{ Name: 'Suedwind', Type: 'Partner' }],
    })
    await bench.settle()
  })
  afterEach(() => org.close())

  const rowsOf = z.object({ objects: z.record(z.string(), z.array(z.looseObject({ Id: z.string() }))) })
  const inOrg = async (object: string) => rowsOf.parse(await org.sandbox.control.state()).objects[object] ?? []

  /** What sales says of the person. */
  async function say(email: string, status: string): Promise<void> {
    const contact = (await inOrg('Contact')).find((row) => row['Email'] === email)
    if (contact === undefined) throw new Error(`no contact ${email}`)
    await org.sandbox.control.seed({
      edit: [{ object: 'Contact', id: contact.Id, fields: { Partner_Contact_Status__c: status } }],
    })
    await bench.settle()
  }

  it('asks the account manager to remove from PartnerStack who left by Salesforce, once, in the inbox, by mail and in the CRM', async () => {
    await say('ben@nordwind.example', 'left')
    await bench.settle()
    expect(await asked()).toMatchObject([
      {
        state: 'open',
        connection: 'portal',
        contact: { name: 'Ben Moreau', email: 'ben@nordwind.example' },
        partner: 'Nordwind',
        assignee: nordwind.manager_email,
        why: ['has-left'],
      },
    ])
    const [notice, ...more] = await bench.db.select().from(notices)
    expect(more).toEqual([])
    const told = notice === undefined ? 'moot' : await messageOf(bench.db, undefined, notice)
    expect(notice?.recipient).toBe(nordwind.manager_email)
    expect(typeof told === 'string' ? told : `${told.message.subject}\n${plainText(told.message)}`).toMatch(
      /^Ben Moreau has left Nordwind: please remove their access to portal\n[^]*causeway tasks revoke/,
    )
    expect((await inOrg('Task')).map((row) => [row['Subject'], row['Description']])).toEqual([
      [expect.stringContaining('Ben Moreau'), expect.stringMatching(/System: portal[^]*- Revoke/)],
    ])
    // The timeline holds ids alone.
    expect(await bench.rows(`select detail - 'taskId' as detail from events where what like 'contact.%'`)).toEqual([
      { detail: {} },
    ])
  })

  it('asks just so where the API says that they left, and not again once a person said that it is done', async () => {
    await bench.db.execute('delete from nudges')
    await leave(bench.db, { contactId: await idOf('ben@nordwind.example'), successorId: null, actor: 'key:1' })
    expect(
      await bench.rows(`select workflow_id as id from nudges where workflow_id like 'stream/%' order by 1`),
    ).toEqual([{ id: 'stream/portal/members' }, { id: 'stream/sales/Contact' }])
    await bench.settle()
    const [task] = await asked()
    expect(task).toMatchObject({ state: 'open', contact: { email: 'ben@nordwind.example' } })
    await decide(bench.db, {
      taskId: task?.id ?? '',
      decision: 'revoke',
      reason: null,
      by: { label: 'Mona', email: nordwind.manager_email, door: 'api' },
    })
    await bench.settle()
    expect(await asked()).toMatchObject([{ state: 'decided', decision: 'revoke', decidedBy: 'Mona' }])
  })

  it('is settled by itself once the portal no longer has them', async () => {
    await say('ben@nordwind.example', 'left')
    await portal.control.seed({ removeMembers: [{ partnership: 'nordwind', email: 'ben@nordwind.example' }] })
    await reconcileAll(bench, 'portal', 'members')
    await bench.settle()
    expect(await asked()).toMatchObject([
      { state: 'decided', decision: 'revoke', decidedBy: 'portal', decidedDoor: 'system' },
    ])
  })

  it('is needless when they come back, and asks anew when they leave again', async () => {
    await say('ben@nordwind.example', 'left')
    await say('ben@nordwind.example', 'active')
    expect(await asked()).toMatchObject([{ state: 'cancelled' }])
    expect(await bench.rows(`select left_at from contacts where email = 'ben@nordwind.example'`)).toEqual([
      { left_at: null },
    ])
    await say('ben@nordwind.example', 'left')
    expect(await asked()).toMatchObject([{ state: 'cancelled' }, { state: 'open', round: 2 }])
  })

  it('asks nothing of who is no member there', async () => {
    const suedwind = (await inOrg('Account')).find((row) => row['Name'] === 'Suedwind')
    await org.sandbox.control.seed({
      records: [
        { object: 'Contact', fields: { LastName: 'Dahl', AccountId: suedwind?.Id, Email: 'di@suedwind.example' } },
      ],
    })
    await bench.settle()
    await say('di@suedwind.example', 'left')
    expect(await bench.rows(`select state from contacts where email = 'di@suedwind.example'`)).toEqual([
      { state: 'left' },
    ])
    expect(await asked()).toEqual([])
  })

  it('asks of a portal that is only observed when it goes live', async () => {
    await bench.db.execute(`update connections set mode = 'observe' where name = 'portal'`)
    await say('ben@nordwind.example', 'left')
    expect(await asked()).toEqual([])
    await bench.db.execute(`update connections set mode = 'live' where name = 'portal'`)
    await bench.settle()
    expect(await asked()).toMatchObject([{ state: 'open' }])
  })
})

describe('beside HubSpot', () => {
  let rig: Rig
  beforeEach(async () => {
    rig = await startRig()
    const connector = rig.connect({ objects: ['companies', 'contacts'] })
    const mappings = hubspot.mappings(rig.settings({ objects: ['companies', 'contacts'] }))
    bench = await startBench({
      portal: portal.side,
      growth: { role: 'crm', capabilities: [...connector.capabilities], mappings, connector },
    })
    await bench.settle()
  })
  afterEach(() => rig.close())

  const heldOf = z.object({
    contacts: z.array(z.object({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) })),
  })
  const inAccount = async (email: string) => {
    const { contacts } = heldOf.parse(await rig.sandbox.control.state())
    const found = contacts.find(({ properties }) => properties['email'] === email)
    if (found === undefined) throw new Error(`no contact ${email}`)
    return { id: found.id, status: found.properties['partner_contact_status'] }
  }

  it('writes to the contact that its person has left, and asks of the portal alone', async () => {
    expect(await inAccount('ben@nordwind.example')).toMatchObject({ status: 'Active' })
    await leave(bench.db, { contactId: await idOf('ben@nordwind.example'), successorId: null, actor: 'key:1' })
    await bench.settle()
    expect(await inAccount('ben@nordwind.example')).toMatchObject({ status: 'Left' })
    expect(await asked()).toMatchObject([{ state: 'open', connection: 'portal' }])
  })

  it('hears from the contact that its person has left', async () => {
    const { id } = await inAccount('ben@nordwind.example')
    await rig.sandbox.control.seed({
      update: [{ type: 'contacts', id, properties: { partner_contact_status: 'Left' } }],
    })
    await bench.settle()
    expect(await asked()).toMatchObject([
      { state: 'open', connection: 'portal', contact: { email: 'ben@nordwind.example' } },
    ])
  })
})
