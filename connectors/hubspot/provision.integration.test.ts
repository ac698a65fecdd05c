import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { allScopes } from '../../sandbox/hubspot/index.ts'
import type { FieldMapping } from '../../src/mapping/definition.ts'
import type { Connector, Headroom, Making, ProvisionStep } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import { mappings } from './mappings.ts'
import { ctx, idOf, startRig, write } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

const blank = { seededProperties: false, seededLabel: false }
/** All that there is to wish for. */
const whole = { leads: 'object', pipelines: { partner: { label: 'Partner pipeline' }, coSell: { label: 'Co-sell' } } }

let rig: Rig
afterEach(() => rig.close())

async function start(switches: Parameters<typeof startRig>[0] = blank): Promise<void> {
  rig = await startRig(switches)
}

const planOf = (connector: Connector): Promise<ProvisionStep[]> => {
  if (connector.provision === undefined) throw new Error('it provisions nothing')
  return connector.provision.plan(ctx())
}

/** By what is limited. */
async function roomOf(connector: Connector): Promise<Record<string, Headroom>> {
  const missing = open(await planOf(connector)).filter(({ byHand }) => byHand === undefined)
  const room = (await connector.provision?.headroom?.(missing, ctx())) ?? []
  return Object.fromEntries(room.map((one) => [one.of, one]))
}

const makeOne = (connector: Connector, step: ProvisionStep): Promise<Making> =>
  connector.provision?.make(step, ctx()) ?? Promise.reject(new Error('it provisions nothing'))

/** Makes what is missing, in the plan's order, as far as what it needs is there. Answers what came of it, by id. */
async function apply(connector: Connector): Promise<Map<string, string>> {
  const plan = await planOf(connector)
  const there = new Set(plan.filter(({ state }) => state !== 'missing').map(({ id }) => id))
  const outcomes = new Map<string, string>()
  for (const step of plan) {
    if (step.state !== 'missing' || step.byHand !== undefined) continue
    if (!step.after.every((id) => there.has(id))) outcomes.set(step.id, 'held')
    else {
      const making = await makeOne(connector, step).catch((error: unknown) => {
        if (error instanceof ConnectorError) return error.fault
        throw error
      })
      if (typeof making === 'string') there.add(step.id)
      outcomes.set(step.id, typeof making === 'string' ? making : making.code)
    }
  }
  return outcomes
}

const open = (plan: ProvisionStep[]) => plan.filter(({ state }) => state !== 'made')
const writes = async () => (await rig.sandbox.control.requests.list()).filter(({ route }) => isWrite(route)).length
const isWrite = (route: string | null) => /^(POST|PUT|PATCH|DELETE) \/crm\//.test(route ?? '')
const stepNamed = (plan: ProvisionStep[], id: string) => {
  const found = plan.find((step) => step.id === id)
  if (found === undefined) throw new Error(`no step ${id} in ${plan.map((step) => step.id).join(', ')}`)
  return found
}

/** A value that the field may have, in the form in which HubSpot tells it. */
function sampleOf({ path, conversion, values, initial }: FieldMapping): string {
  if (initial !== undefined) return initial
  const [choice] = Object.values(values ?? {})
  if (choice !== undefined) return choice
  if (path === 'deal_currency_code') return 'EUR'
  switch (conversion.as) {
    case 'instant':
      return '2026-03-04T05:06:07.000Z'
    case 'date':
      return '2026-03-04'
    case 'boolean':
      return 'true'
    case 'decimal':
      return '12.5'
    default:
      return path === 'email' ? 'ana@helix.example' : `${path}.example`
  }
}

describe('a blank account', () => {
  it('is planned, made, and then has all that the connection needs; a second run writes nothing', async () => {
    await start()
    const connector = rig.connect(whole)
    const plan = await planOf(connector)
    expect(new Set(plan.map(({ what }) => what))).toEqual(
      new Set(['field-group', 'field', 'picklist-value', 'pipeline', 'association-label', 'list-view', 'rule']),
    )
    expect(open(plan).every(({ granted, what }) => granted === (what === 'rule' ? null : true))).toBe(true)
    expect(stepNamed(plan, 'picklist-value:companies.type.CUSTOMER').state).toBe('missing')
    expect(stepNamed(plan, 'picklist-value:companies.type.PARTNER').state).toBe('made')

    const outcomes = await apply(connector)
    expect([...new Set(outcomes.values())]).toEqual(['made'])
    const left = open(await planOf(connector))
    expect(left.map(({ id, byHand }) => [id, byHand !== undefined])).toEqual([
      ['rule:deals.partner_source.required', true],
      ['rule:deals.deal_under_review.holds', true],
    ])

    const before = await writes()
    expect((await apply(connector)).size).toBe(0)
    expect(await writes()).toBe(before)

    const done = rig.connect({ ...whole, doneByHand: left.map(({ id }) => id) })
    expect(open(await planOf(done))).toEqual([])
    expect(await done.check(ctx())).toEqual([])
  })

  it('keeps partner deals in their pipeline and shows them in their lists', async () => {
    await start()
    const connector = rig.connect(whole)
    await apply(connector)
    const company = { name: 'Helix', type: 'PARTNER', partner_tier: 'gold' }
    const partner = idOf((await connector.write([write('companies', 'p1', company)], ctx()))[0])
    const made = await connector.write(
      [
        write('deals', 'd1', { dealname: 'D1', partner_source: 'Partner-Sourced' }),
        write('deals', 'd2', { dealname: 'D2', partner_source: 'Direct' }),
      ],
      ctx(),
    )
    const [sourced, direct] = made.map(idOf)
    await connector.write(
      [write('deal-companies', null, { dealId: sourced ?? '', partnerCompanyId: partner, role: 'co-sell' })],
      ctx(),
    )
    const read = await connector.read(
      [sourced, direct].map((value) => ({ object: 'deals', by: 'id', value: value ?? '' })),
      ['pipeline', 'dealstage'],
      ctx(),
    )
    const pipelines = (await api('GET', '/crm/v3/pipelines/deals')).results
    const [, wished] = pipelines
    expect(wished).toMatchObject({ label: 'Partner pipeline' })
    for (const one of read)
      expect(one).toMatchObject({
        status: 'found',
        record: { fields: { pipeline: wished?.id, dealstage: wished?.stages[0]?.id } },
      })
    expect(await membersOf('Partner deals')).toEqual([sourced])
    expect(await membersOf('Co-sell deals')).toEqual([sourced])
    expect(await membersOf('Deals under review')).toEqual([])
    await rig.sandbox.control.seed({
      update: [{ type: 'deals', id: direct, properties: { deal_under_review: 'true' } }],
    })
    expect(await membersOf('Deals under review')).toEqual([direct])
  })

  it('takes every field that the default mapping writes, and tells it as it was written', async () => {
    await start()
    const connector = rig.connect({ ...whole, pipelines: {} })
    await apply(connector)
    const records = mappings(rig.settings({ leads: 'object' })).filter(({ object }) => object !== 'deal-companies')
    let partner = ''
    for (const { object, kind, fields, fixed = {} } of records) {
      const out = fields.filter(({ create, conversion }) => create !== 'in' && conversion.as !== 'lookup')
      if (out.length === 0) continue
      const sample = { ...Object.fromEntries(out.map((field) => [field.path, sampleOf(field)])), ...fixed }
      // People are ours to see as a partner's people only.
      const at = kind === 'contact' ? { partnerCompanyId: partner } : {}
      const [outcome] = await connector.write([write(object, `${kind}-1`, { ...sample, ...at })], ctx())
      if (kind === 'partner') partner = idOf(outcome)
      const [read] = await connector.read([{ object, by: 'id', value: idOf(outcome) }], Object.keys(sample), ctx())
      expect(read).toMatchObject({ status: 'found', record: { key: `${kind}-1`, fields: sample } })
    }
  })

  it('goes on where it stopped when a scope is taken away half-way', async () => {
    await start()
    const noLabels = allScopes.filter((scope) => scope !== 'crm.schemas.deals.write')
    await rig.sandbox.control.seed({ tokens: [{ token: 'narrow', scopes: noLabels }] })
    const narrow = rig.connect({ ...whole, accessToken: 'narrow' })
    const plan = await planOf(narrow)
    expect(stepNamed(plan, 'field:deals.partner_source')).toMatchObject({
      permission: 'crm.schemas.deals.write',
      granted: false,
    })
    const outcomes = await apply(narrow)
    expect(outcomes.get('field:companies.causeway_id')).toBe('made')
    expect(outcomes.get('field-group:deals.causeway')).toBe('CW_VENDOR_SCOPE')
    expect(outcomes.get('field:deals.partner_source')).toBe('held')
    expect(outcomes.get('pipeline:deals.Partner pipeline')).toBe('CW_VENDOR_SCOPE')
    expect(outcomes.get('list-view:deals.partner')).toBe('held')

    const again = await apply(rig.connect(whole))
    expect(again.has('field:companies.causeway_id')).toBe(false)
    expect([...new Set(again.values())]).toEqual(['made'])
    expect(open(await planOf(rig.connect(whole))).every(({ byHand }) => byHand !== undefined)).toBe(true)
  })

  it('says what it cannot see, and what the account’s plan has not', async () => {
    await start({ ...blank, lists: false })
    const connector = rig.connect(whole)
    const hidden = stepNamed(await planOf(connector), 'list-view:deals.partner')
    expect(hidden).toMatchObject({ state: 'missing', granted: false })
    expect(hidden.found).toContain('crm.lists.read')
    expect((await apply(connector)).get('list-view:deals.partner')).toBe('CW_VENDOR_SCOPE')
    const without = rig.connect({ ...whole, lists: { partner: null, coSell: null, underReview: null } })
    expect((await planOf(without)).some(({ what }) => what === 'list-view')).toBe(false)
  })

  it('asks only for what the synced objects need', async () => {
    await start()
    const plan = await planOf(rig.connect({ objects: ['owners', 'companies'] }))
    expect(new Set(plan.map(({ object }) => object))).toEqual(new Set(['companies']))
  })

  it('makes the key of an object that the account defined', async () => {
    await start()
    const customObjects = [{ object: 'p_registrations', kind: 'registration', key: 'our_key' }]
    const connector = rig.connect({ objects: ['owners'], customObjects })
    const plan = await planOf(connector)
    expect(stepNamed(plan, 'field:p_registrations.our_key')).toMatchObject({
      state: 'missing',
      permission: 'crm.schemas.custom.write',
      granted: true,
    })
    expect(await connector.check(ctx())).not.toEqual([])
    expect([...new Set((await apply(connector)).values())]).toEqual(['made'])
    expect(open(await planOf(connector))).toEqual([])
    expect(await connector.check(ctx())).toEqual([])
  })

  it('does not know scopes that HubSpot does not tell', async () => {
    await start({ ...blank, tokenInfo: 'oauth' })
    const plan = await planOf(rig.connect(whole))
    expect(new Set(plan.map(({ granted }) => granted))).toEqual(new Set([null]))
  })
})

describe('what is there already', () => {
  it('is left alone in another form, and said how', async () => {
    await start()
    await api('POST', '/crm/v3/properties/deals/groups', { name: 'mine', label: 'Mine' })
    const property = (name: string, type: string, fieldType: string) =>
      api('POST', '/crm/v3/properties/deals', { name, label: name, type, fieldType, groupName: 'mine' })
    await property('protected_until', 'string', 'text')
    await property('causeway_id', 'string', 'text')
    const connector = rig.connect(whole)
    const plan = await planOf(connector)
    expect(stepNamed(plan, 'field:deals.protected_until')).toMatchObject({
      state: 'differs',
      found: 'it is of type string; date and time is wished for',
    })
    expect(stepNamed(plan, 'field:deals.causeway_id').found).toContain('not unique')
    await apply(connector)
    expect(await api('GET', '/crm/v3/properties/deals/protected_until')).toMatchObject({ type: 'string' })
    expect(open(await planOf(connector)).filter(({ state }) => state === 'differs')).toHaveLength(2)
  })

  it('gets the choices that it lacks, and keeps its own', async () => {
    await start()
    await api('POST', '/crm/v3/properties/deals/groups', { name: 'mine', label: 'Mine' })
    const own = { label: 'Fair', value: 'Fair', displayOrder: 0, hidden: false, description: 'a fair' }
    await api('POST', '/crm/v3/properties/deals', {
      name: 'partner_source',
      label: 'Source',
      type: 'enumeration',
      fieldType: 'select',
      groupName: 'mine',
      options: [own, { label: 'Direct', value: 'Direct' }],
    })
    const connector = rig.connect(whole)
    expect(stepNamed(await planOf(connector), 'picklist-value:deals.partner_source.Direct').state).toBe('made')
    const outcomes = await apply(connector)
    expect(outcomes.get('picklist-value:deals.partner_source.Partner-Sourced')).toBe('made')
    const { options } = await api('GET', '/crm/v3/properties/deals/partner_source')
    expect(options.map(({ value }) => value)).toEqual(['Fair', 'Direct', 'Partner-Sourced', 'Partner-Influenced'])
  })

  it('is no failure when another made it after the plan', async () => {
    await start()
    const connector = rig.connect(whole)
    const plan = await planOf(connector)
    await apply(rig.connect(whole))
    const later = plan.filter(({ state, byHand }) => state === 'missing' && byHand === undefined)
    for (const step of later) expect([step.id, await makeOne(connector, step)]).toEqual([step.id, 'there'])
  })

  it('is told of where a pair of labels half exists', async () => {
    await start()
    await rig.sandbox.control.seed({
      labels: [
        // One label for both sides, as HubSpot's screens make it unless asked for a pair.
        { from: 'deals', to: 'companies', label: 'Sourcing partner' },
        { from: 'companies', to: 'deals', label: 'Influenced deal', inverseLabel: 'Helper' },
      ],
    })
    const connector = rig.connect({ ...whole, pipelines: {} })
    const plan = await planOf(connector)
    const sourcing = stepNamed(plan, 'association-label:deals-companies.sourcing')
    expect(sourcing).toMatchObject({ state: 'differs' })
    expect(sourcing.found).toContain('Causeway works with it')
    const influencing = stepNamed(plan, 'association-label:deals-companies.influencing')
    expect(influencing.found).toContain('partnerLabels.influencing')
    const outcomes = await apply(connector)
    expect(outcomes.get('association-label:deals-companies.co-sell')).toBe('made')
    expect(outcomes.has('association-label:deals-companies.sourcing')).toBe(false)
    expect(await connector.check(ctx())).toEqual([])
  })

  it('is refused in HubSpot’s words where the account is full', async () => {
    await start({ ...blank, dealPipelines: 1, labelsAPair: 1, customProperties: 3 })
    const outcomes = await apply(rig.connect(whole))
    expect(outcomes.get('pipeline:deals.Partner pipeline')).toBe('CW_RECORD_INVALID')
    expect(outcomes.get('association-label:deals-companies.fulfilment')).toBe('CW_RECORD_INVALID')
    expect([...outcomes].filter(([id, end]) => id.startsWith('field:deals.') && end === 'made')).toHaveLength(3)
  })

  it('is told of before anything is made where the account is full', async () => {
    await start({ ...blank, dealPipelines: 1, labelsAPair: 1, customProperties: 3 })
    const connector = rig.connect({
      ...whole,
      objects: ['owners', 'deals', 'deal-companies', 'companies'],
      leads: 'off',
    })
    const before = await writes()
    const room = await roomOf(connector)
    const plan = await planOf(connector)
    const fields = (object: string) => plan.filter((step) => step.what === 'field' && step.object === object).length
    expect(room).toMatchObject({
      'custom properties of deals': { needs: fields('deals'), limit: 3, used: 0, unsure: null },
      'custom properties of companies': { needs: fields('companies'), limit: 3, used: 0, unsure: null },
      'custom properties of all objects': { needs: fields('deals') + fields('companies'), limit: 21 },
      'deal pipelines': { needs: 2, limit: 1, used: 1, unsure: null },
      'labels between deals and companies': { needs: 4, limit: 1, used: 0, unsure: null },
    })
    // HubSpot says nowhere how many of these an account may have.
    expect(room['properties with unique values of deals']).toMatchObject({ needs: 1, limit: 10, used: 0 })
    expect(room['properties with unique values of deals']?.unsure).toContain('10 is what HubSpot documents')
    expect(await writes()).toBe(before)
  })

  it('leaves room unknown, and fails nothing, where HubSpot hides its limits or answers otherwise', async () => {
    await start({ ...blank, limitsTold: false })
    const connector = rig.connect(whole)
    const hidden = await roomOf(connector)
    expect(hidden['custom properties of deals']).toMatchObject({ limit: null, used: null })
    expect(hidden['custom properties of deals']?.unsure).toContain('crm.objects.deals.read')
    expect(hidden['deal pipelines']).toMatchObject({ limit: null, used: null })

    await rig.sandbox.control.switches.set({ limitsTold: true })
    const route = 'GET /crm/limits/2026-09/pipelines'
    await rig.sandbox.control.faults.add({ route, kind: 'status', status: 200, body: { results: [] } })
    const odd = await roomOf(connector)
    expect(odd['deal pipelines']).toMatchObject({ limit: null, used: null })
    expect(odd['custom properties of deals']).toMatchObject({ limit: 1000, used: 0, unsure: null })
    const gone = { route: 'GET /crm/limits/2026-09/custom-properties', kind: 'status', status: 404 } as const
    await rig.sandbox.control.faults.add({ ...gone, body: { status: 'error', category: 'OBJECT_NOT_FOUND' } })
    expect((await roomOf(connector))['custom properties of deals']).toMatchObject({ limit: null, used: null })
  })

  it('is asked for no limit that nothing is needed of', async () => {
    await start()
    const connector = rig.connect(whole)
    await apply(connector)
    expect(await roomOf(connector)).toEqual({})
    const asked = await rig.sandbox.control.requests.list()
    expect(asked.filter(({ route }) => route?.includes('/crm/limits/') === true)).toEqual([])
  })

  it('is a list of another kind that has the name', async () => {
    await start()
    await api('POST', '/crm/v3/lists', { name: 'Partner deals', objectTypeId: '0-3', processingType: 'MANUAL' })
    const plan = await planOf(rig.connect(whole))
    expect(stepNamed(plan, 'list-view:deals.partner')).toMatchObject({
      state: 'differs',
      found: 'its filters do not look at partner_source',
    })
  })
})

const answerSchema = z.looseObject({
  results: z
    .array(
      z.looseObject({
        label: z.string().default(''),
        id: z.string().default(''),
        recordId: z.string().default(''),
        stages: z.array(z.looseObject({ id: z.string() })).default([]),
      }),
    )
    .default([]),
  options: z.array(z.looseObject({ value: z.string() })).default([]),
  list: z.looseObject({ listId: z.string() }).default({ listId: '' }),
})

/** As a person's program would. */
async function api(method: string, path: string, body?: unknown) {
  const response = await fetch(rig.sandbox.url + path, {
    method,
    headers: { authorization: 'Bearer pat-na1-sandbox-service-key', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  return answerSchema.parse(await response.json())
}

async function membersOf(name: string): Promise<string[]> {
  const { list } = await api('GET', `/crm/v3/lists/object-type-id/0-3/name/${encodeURIComponent(name)}`)
  const { results } = await api('GET', `/crm/v3/lists/${list.listId}/memberships`)
  return results.map(({ recordId }) => recordId)
}
