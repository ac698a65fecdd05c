/** Each finding of the checks against what the sandboxes describe after an administrator changed them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Vendor } from '../../connectors/registry.ts'
import type { SchemaChange } from '../../sandbox/framework/schema-change.ts'
import type { ErrorCode } from '../../src/errors.ts'
import type { FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import type { Finding } from '../../src/mapping/finding.ts'
import { checkAgainst } from '../../src/mapping/live/check.ts'
import { startVendor, type SandboxedVendor } from './vendors.test-support.ts'

const names = ['salesforce', 'hubspot', 'partnerstack'] as const satisfies Vendor[]
const vendors = new Map<Vendor, SandboxedVendor>()
beforeAll(async () => {
  for (const name of names) {
    const stages = name === 'partnerstack' ? { stages: { approved: 'Qualified' } } : {}
    vendors.set(name, await startVendor(name, stages))
  }
})
afterAll(async () => {
  for (const vendor of vendors.values()) await vendor.close()
})
beforeEach(async () => {
  for (const { sandbox } of vendors.values()) await sandbox.control.reset()
})

function vendorOf(name: Vendor): SandboxedVendor {
  const found = vendors.get(name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

async function findings(name: Vendor, object: string, mappings?: ObjectMapping[]): Promise<Finding[]> {
  const vendor = vendorOf(name)
  const schema = await vendor.connector.describe(object, { signal: AbortSignal.timeout(20_000), priority: 'user' })
  const mine = mappings ?? vendor.mappings.filter((mapping) => mapping.object === object)
  return checkAgainst(mine, { capability: vendor.capability(object), schema })
}

describe.each(names)('%s', (name) => {
  it('takes its default mapping as it is', async () => {
    for (const object of new Set(vendorOf(name).mappings.map((mapping) => mapping.object))) {
      const errors = (await findings(name, object)).filter(({ severity }) => severity === 'error')
      expect(errors).toEqual([])
    }
  })
})

const at = (vendor: Vendor): { object: string; field: string } =>
  vendor === 'salesforce'
    ? { object: 'Opportunity', field: 'Registered_By__c' }
    : vendor === 'hubspot'
      ? { object: 'deals', field: 'registered_by' }
      : { object: 'deals', field: 'registration_status' }

/** What an administrator did, and what the check of the default mapping then says of which field. */
const cases: [Vendor, SchemaChange, Finding['severity'], ErrorCode, string | null][] = [
  ...names.map((vendor): (typeof cases)[number] => [
    vendor,
    { do: 'remove', ...at(vendor) },
    'error',
    'CW_MAPPING_PATH_UNKNOWN',
    vendor === 'partnerstack' ? 'state' : 'registeredBy',
  ]),
  ...names.map((vendor): (typeof cases)[number] => [
    vendor,
    { do: 'alter', ...at(vendor), type: vendor === 'salesforce' ? 'double' : 'number' },
    'error',
    'CW_MAPPING_TYPE',
    vendor === 'partnerstack' ? 'state' : 'registeredBy',
  ]),
  ...names.map((vendor): (typeof cases)[number] => [
    vendor,
    { do: 'alter', ...at(vendor), readOnly: true },
    'error',
    'CW_MAPPING_READ_ONLY',
    vendor === 'partnerstack' ? 'state' : 'registeredBy',
  ]),
  [
    'salesforce',
    { do: 'alter', object: 'Opportunity', field: 'Protected_Until__c', type: 'string', length: 10 },
    'error',
    'CW_MAPPING_TOO_SHORT',
    'protectedUntil',
  ],
  [
    'salesforce',
    { do: 'remove-values', object: 'Opportunity', field: 'Partner_Source__c', values: ['Direct'] },
    'error',
    'CW_MAPPING_VALUE_UNKNOWN',
    'source',
  ],
  [
    'hubspot',
    { do: 'remove-values', object: 'deals', field: 'partner_source', values: ['Direct'] },
    'error',
    'CW_MAPPING_VALUE_UNKNOWN',
    'source',
  ],
  [
    'partnerstack',
    { do: 'remove-values', object: 'deals', field: 'stage', values: ['Qualified'] },
    'error',
    'CW_MAPPING_VALUE_UNKNOWN',
    'pipelineStage',
  ],
  [
    'salesforce',
    { do: 'add', object: 'Opportunity', field: 'Region__c', type: 'string', required: true },
    'error',
    'CW_MAPPING_REQUIRED',
    null,
  ],
  [
    'partnerstack',
    { do: 'add', object: 'leads', field: 'region', type: 'input', required: true },
    'error',
    'CW_MAPPING_REQUIRED',
    null,
  ],
  [
    'salesforce',
    { do: 'alter', object: 'Opportunity', field: 'Causeway_Id__c', unique: false },
    'error',
    'CW_MAPPING_KEY',
    null,
  ],
  ['hubspot', { do: 'alter', object: 'deals', field: 'causeway_id', unique: false }, 'error', 'CW_MAPPING_KEY', null],
  [
    'salesforce',
    { do: 'alter', object: 'Opportunity', field: 'Partner_Account__c', refersTo: ['Contact'] },
    'error',
    'CW_MAPPING_LOOKUP_OBJECT',
    'partnerId',
  ],
]

it.each(cases)('%s: after %j it says %s %s of %s', async (vendor, change, severity, code, field) => {
  await vendorOf(vendor).sandbox.control.schema(change)
  const found = (await findings(vendor, change.object)).filter((finding) => finding.code === code)
  expect(found).toMatchObject([{ severity, code, field }])
  expect(found[0]?.proposal).toEqual(expect.any(String))
})

const mapped = (path: string, more: Partial<FieldMapping> = {}): FieldMapping => ({
  field: 'custom.score',
  path,
  conversion: { as: 'decimal' },
  create: 'in',
  update: 'in',
  wins: 'vendor',
  ...more,
})

it('hubspot: a mapping that pairs stages is told of one that went', async () => {
  await vendorOf('hubspot').sandbox.control.schema({
    do: 'remove-values',
    object: 'deals',
    field: 'dealstage',
    values: ['appointmentscheduled'],
  })
  const stage = mapped('dealstage', {
    field: 'stage',
    conversion: { as: 'text' },
    create: 'both',
    values: { new: 'appointmentscheduled', won: 'closedwon' },
  })
  const found = await findings('hubspot', 'deals', [{ object: 'deals', kind: 'deal', fields: [stage] }])
  expect(found.filter(({ field }) => field === 'stage')).toMatchObject([
    { severity: 'error', code: 'CW_MAPPING_VALUE_UNKNOWN', field: 'stage' },
    { severity: 'warning', code: 'CW_MAPPING_VALUE_UNPAIRED', field: 'stage' },
  ])
})

it.each([
  ['salesforce', 'Opportunity', 'deal', { field: 'Score__c', type: 'double' }],
  ['hubspot', 'deals', 'deal', { field: 'score', type: 'number' }],
] as const)('%s: a formula that flows in is warned of', async (vendor, object, kind, { field, type }) => {
  await vendorOf(vendor).sandbox.control.schema({ do: 'add', object, field, type, computed: true })
  expect(await findings(vendor, object, [{ object, kind, fields: [mapped(field)] }])).toMatchObject([
    { severity: 'warning', code: 'CW_MAPPING_COMPUTED', field: 'custom.score' },
  ])
})

it.each([
  ['salesforce', 'Opportunity', 'Amuont', 'Amount'],
  ['hubspot', 'deals', 'ammount', 'amount'],
  ['partnerstack', 'deals', 'fields.product', 'fields.products'],
] as const)('%s: of %s the name %s is taken for %s', async (vendor, object, wrong, right) => {
  expect(await findings(vendor, object, [{ object, kind: 'deal', fields: [mapped(wrong)] }])).toMatchObject([
    { code: 'CW_MAPPING_PATH_UNKNOWN', proposal: `Write \`path: ${right}\`.` },
  ])
})

const rule = (ruleType: string, argument: string) => ({ ruleType, ruleArguments: [argument] })
const toldOfRules = async () =>
  (await findings('hubspot', 'deals')).flatMap(({ severity, code, field, reason }) =>
    code === 'CW_MAPPING_RULE' || code === 'CW_MAPPING_TOO_SHORT' ? [{ severity, code, field, reason }] : [],
  )

describe('rules that HubSpot’s administrators lay upon values', () => {
  beforeEach(async () => {
    const { sandbox } = vendorOf('hubspot')
    await sandbox.control.seed({
      validations: [
        { type: 'deals', property: 'registered_by', rules: [rule('MIN_LENGTH', '3'), rule('REGEX', '[A-Z].*')] },
        { type: 'deals', property: 'protected_until', rules: [rule('MAX_LENGTH', '10')] },
        { type: 'deals', property: 'description', rules: [rule('MIN_LENGTH', '9')] },
        { type: 'companies', property: 'name', rules: [rule('MIN_LENGTH', '9')] },
      ],
    })
  })

  it('are told of the mapped fields before anything is sent', async () => {
    expect(await toldOfRules()).toEqual([
      expect.objectContaining({ severity: 'warning', code: 'CW_MAPPING_RULE', field: 'registeredBy' }),
      expect.objectContaining({ severity: 'error', code: 'CW_MAPPING_TOO_SHORT', field: 'protectedUntil' }),
    ])
    expect((await toldOfRules())[0]?.reason).toContain('MIN_LENGTH 3 and REGEX [A-Z].*')
  })

  it.each([
    { status: 403, body: { status: 'error', category: 'MISSING_SCOPES' } },
    { status: 404, body: { status: 'error', category: 'OBJECT_NOT_FOUND' } },
    { status: 200, body: { rules: 'of another shape' } },
  ])('are not known where HubSpot does not tell them: $status', async (answer) => {
    const route = 'GET /crm/property-validations/2026-09/:type'
    await vendorOf('hubspot').sandbox.control.faults.add({ route, kind: 'status', ...answer })
    expect(await toldOfRules()).toEqual([])
  })
})
