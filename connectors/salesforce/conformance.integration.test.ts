/** The common suite, once for each position of the sandbox's switches that the connector can meet. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { conformance } from '../conformance/suite.ts'
import { sandboxFaults } from '../conformance/sandbox-faults.ts'
import type { ObjectHands, Subject } from '../conformance/subject.ts'
import type { Fields } from '../contract.ts'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import type { ControlClient } from '../../sandbox/control-client.ts'
import { longId } from './ids.ts'
import { salesforce } from './index.ts'
import { startOrg } from './org.test-support.ts'

/** Together they hold every position of every switch that a connector can meet. */
const positions: [string, SwitchSet][] = [
  ['as documented', {}],
  [
    'small pages, exponents, duplicates spelt rightly',
    { queryPage: 'smaller', numbers: 'exponent', duplicateDetails: 'duplicateResult', burstInLimitInfo: false },
  ],
  [
    'milliseconds, several currencies, row locks, older answers',
    {
      stampPrecision: 'millisecond',
      multiCurrency: true,
      duplicateDetails: 'none',
      rowLockWindowMs: 200,
      upsertUpdateAnswer: '204',
      feedLagSeconds: 0,
    },
  ],
]

for (const [name, switches] of positions) conformance({ name: `salesforce, ${name}`, start: () => start(switches) })

async function start(switches: SwitchSet): Promise<Subject> {
  const customObjects = [{ object: 'Deal_Registration__c', kind: 'registration' }]
  const tasks = Object.keys(switches).length === 0
  const settings = { multiCurrency: switches.multiCurrency === true, customObjects, tasks }
  const org = await startOrg(settings)
  const { control } = org.sandbox
  await control.switches.set(switches)
  const { accounts } = made.parse(await control.seed({ accounts: [{ Name: 'Nordwind', Type: 'Partner' }] }))
  const AccountId = accounts[0] ?? ''
  return {
    connect: ({ deadlineMs = 5000, credentials = 'good' } = {}) =>
      org.connectWith({ deadlineMs, settings: credentials === 'bad' ? { clientSecret: 'wrong' } : {} }),
    mappings: salesforce.mappings(org.settings),
    objects: [
      hands(control, 'Account', { Name: 'Account' }, ['Name', 'Website', 'Type', 'BillingCountry'], {
        Name: 'x'.repeat(256),
      }),
      hands(
        control,
        'Opportunity',
        { Name: 'Deal', StageName: 'Qualification', CloseDate: '2027-03-31', Amount: 12_500_000.5 },
        ['Name', 'Amount', 'CurrencyIsoCode', 'StageName', 'StageStatus', 'CloseDate', 'AccountId', 'Registered_At__c'],
        { Partner_Source__c: 'Nowhere' },
      ),
      hands(
        control,
        'Contact',
        { AccountId, LastName: 'Silva', Email: 'ana@nordwind.example' },
        ['PersonName', 'LastName', 'Email', 'Partner_Contact_Status__c'],
        { Email: 'nobody' },
        { mark: 'LastName', createFields: { AccountId } },
      ),
      hands(
        control,
        'Lead',
        { Company: 'Hafen AG', LastName: 'Silva' },
        ['Company', 'PersonName', 'LeadState', 'OwnerId', 'Partner_Account__c', 'CreatedDate'],
        { Partner_Account__c: '001Cw0000000001AAA' },
        { mark: 'Company' },
      ),
      hands(
        control,
        'Deal_Registration__c',
        { Name: 'R-1', Partner_Account__c: AccountId, Company__c: 'Hafen AG', Amount__c: 12_500_000.5 },
        ['Name', 'Partner_Account__c', 'Company__c', 'Amount__c', 'Status__c', 'Submitted_At__c'],
        { Status__c: 'Nowhere' },
        { createFields: { Company__c: 'Hafen AG', Partner_Account__c: AccountId } },
      ),
      // Of the org's tasks only ours are read.
      ...(tasks
        ? [
            hands(
              control,
              'Task',
              () => ({ Subject: 'Task', Causeway_Id__c: randomUUID() }),
              ['Subject', 'TaskState', 'TaskOpportunity', 'OwnerId', 'Causeway_Decision__c', 'LastModifiedById'],
              { Causeway_Decision__c: 'Nowhere' },
              { mark: 'Subject' },
            ),
          ]
        : []),
      {
        ...hands(
          control,
          'User',
          { LastName: 'Rep', Email: 'rep@meridian.example' },
          ['Name', 'Email', 'UserState'],
          null,
          {
            mark: 'LastName',
          },
        ),
        change: null,
        modes: [],
      },
    ],
    ...sandboxFaults(control, { read: ['GET *'], write: ['POST /services/data/:version/composite'] }),
    // Locks of an account's children pass.
    settle: async () => {
      if (switches.rowLockWindowMs !== undefined) await control.clock.advance(300)
    },
    expireTokens: async () => {
      await control.seed({ expireSessions: true })
    },
    stop: () => org.close(),
  }
}

const made = z.object({ accounts: z.array(z.string()) })
const idsSchema = z.object({ records: z.array(z.string()) })
const rowSchema = z.looseObject({
  Id: z.string(),
  Causeway_Id__c: z.string().nullish(),
  IsDeleted: z.boolean().default(false),
})
const absent: Record<string, string> = {
  Account: '001',
  Opportunity: '006',
  Contact: '003',
  Lead: '00Q',
  User: '005',
  Task: '00T',
  Deal_Registration__c: 'a0R',
}
const stateSchema = z.object({ objects: z.record(z.string(), z.array(z.looseObject({}))) })

function hands(
  control: ControlClient,
  object: string,
  fresh: Record<string, unknown> | (() => Record<string, unknown>),
  fields: string[],
  refused: ObjectHands['refused'],
  { mark = 'Name', createFields = {} }: { mark?: string; createFields?: Fields } = {},
): ObjectHands {
  let edits = 0
  return {
    object,
    fields,
    async create(count) {
      const records = Array.from({ length: count }, () => ({
        object,
        fields: typeof fresh === 'function' ? fresh() : fresh,
      }))
      return idsSchema.parse(await control.seed({ records })).records
    },
    async edit(id) {
      edits += 1
      // A user’s edit waits for a lock of its account that a call before it holds.
      await control.clock.advance(300)
      await control.seed({ edit: [{ object, id, fields: { [mark]: `Edited ${String(edits)}` } }] })
    },
    async state() {
      const rows = stateSchema.parse(await control.state()).objects[object] ?? []
      return rows
        .map((row) => rowSchema.parse(row))
        .filter((row) => !row.IsDeleted)
        .map((row) => ({ id: row.Id, key: row.Causeway_Id__c ?? null, mark: String(row[mark]) }))
    },
    change: (n) => ({ fields: { [mark]: `Mark ${String(n)}` }, mark: `Mark ${String(n)}` }),
    createFields: () => createFields,
    modes: ['update', 'upsert', 'create'],
    absentId: longId(`${absent[object] ?? ''}Cw0000000001`) ?? '',
    refused,
  }
}
