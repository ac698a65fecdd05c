import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import {
  crmCapabilities,
  crmMappings,
  field,
  portalCapabilities,
  portalMappings,
  startBench,
  type Bench,
} from '../setup/bench.ts'

/** A field of the admin's own, kept on partners: made in the portal, edited on both sides. */
const region = (path: string, more: Partial<FieldMapping> = {}) =>
  field('custom.region', path, { wins: 'newest', ...more })

const portalSide: ObjectMapping[] = portalMappings.map((mapping) =>
  mapping.kind === 'partner'
    ? {
        ...mapping,
        fields: [...mapping.fields, region('region'), field('custom.score', 'score', { create: 'in', update: 'in' })],
      }
    : mapping,
)
const crmSide: ObjectMapping[] = [
  ...crmMappings,
  {
    object: 'partners',
    kind: 'partner',
    fields: [
      field('name', 'Name'),
      region('Region__c', { values: { north: 'Nord', south: 'Süd' }, unpaired: 'park' }),
      field('custom.score', 'Score__c', {
        create: 'out',
        update: 'out',
        conversion: { as: 'decimal' },
        scale: '0.01',
        write: 'if-empty',
      }),
    ],
  },
]

let bench: Bench
beforeAll(async () => {
  const [, claims] = portalCapabilities
  const [accounts, deals] = crmCapabilities
  if (accounts === undefined || claims === undefined || deals === undefined) throw new Error('the benches changed')
  bench = await startBench({
    portal: {
      role: 'portal',
      capabilities: [{ ...accounts, object: 'partners', kinds: ['partner'], key: null, write: 'set' }, claims],
      mappings: portalSide,
    },
    crm: {
      role: 'crm',
      capabilities: [accounts, deals, { ...accounts, object: 'partners', kinds: ['partner'] }],
      mappings: crmSide,
    },
  })
})
afterAll(() => bench.close())

const ledger = () =>
  bench.rows<{ id: string; custom: Record<string, string>; touched: Record<string, string> }>(
    `select id::text, custom, touched from partners`,
  )
const inCrm = () => bench.vendor('crm').of('partners')

it('carries a field of one’s own from the portal over the ledger to the CRM, and an edit there back', async () => {
  bench.vendor('portal').put('partners', { name: 'Acme', region: 'north', score: '0.587' }, null, 'p1')
  await bench.settle()
  expect(await ledger()).toMatchObject([
    { custom: { region: 'north', score: '0.587' }, touched: { 'custom.region': expect.any(String) as unknown } },
  ])
  expect(inCrm()).toMatchObject([{ fields: { Name: 'Acme', Region__c: 'Nord', Score__c: '58.7' } }])

  const [there] = inCrm()
  bench.vendor('crm').edit(there?.id ?? '', { Region__c: 'Süd', Score__c: '60' })
  await bench.settle()
  expect(await ledger()).toMatchObject([{ custom: { region: 'south', score: '0.587' } }])
  expect(bench.vendor('portal').of('partners')).toMatchObject([{ fields: { region: 'south' } }])
  // It only fills gaps: what the CRM's people said stays.
  bench.vendor('portal').edit('p1', { score: '0.7' })
  await bench.settle()
  expect(inCrm()).toMatchObject([{ fields: { Score__c: '60' } }])
})
