import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settingsOf, type Vendor } from '../../../connectors/registry.ts'
import { recordFields, recordKinds, type RecordKind } from '../../domain/records.ts'
import type { Conversion, FieldMapping, ObjectMapping } from '../definition.ts'
import { mappingVersion } from '../version.ts'
import { checkDocument } from './check.ts'
import { compile } from './compile.ts'
import { printDocument } from './print.ts'
import { readDocument } from './read.ts'

/** What a printed mapping says when it is read again. */
function printedAndRead(object: string, mappings: readonly ObjectMapping[]): ObjectMapping[] {
  const read = readDocument(printDocument({ connection: 'sales', object, mappings }))
  expect(read.findings).toEqual([])
  if (read.document === null) throw new Error('the document was not understood')
  const { mappings: compiled, gaps } = compile(read.document, [])
  expect(gaps).toEqual([])
  return compiled
}

const salesforce = { loginUrl: 'https://acme.my.salesforce.com', clientId: 'id', clientSecret: 'secret' }
const hubspot = { accessToken: 'token' }
const partnerstack = { publicKey: 'pk', secretKey: 'sk' }
const everyDefault: [string, Vendor, Record<string, unknown>][] = [
  ['plain', 'salesforce', salesforce],
  ['with few objects', 'salesforce', { ...salesforce, objects: [] }],
  ['with an owner’s fallback', 'salesforce', { ...salesforce, ownerFallback: '005000000000001', multiCurrency: true }],
  [
    'with values like keywords',
    'salesforce',
    { ...salesforce, partnerType: 'true', sourceValues: { direct: 'no', yes: '1' } },
  ],
  ['with names like comments', 'salesforce', { ...salesforce, partnerType: '# a: b', stages: { open: '- null' } }],
  ['plain', 'hubspot', hubspot],
  ['with leads as contacts', 'hubspot', { ...hubspot, leads: 'contacts', ownerFallback: 42 }],
  ['with leads as objects', 'hubspot', { ...hubspot, leads: 'object', properties: { source: 'x y', manager: '{m}' } }],
  ['with companies only', 'hubspot', { ...hubspot, objects: ['companies'] }],
  ['plain', 'partnerstack', partnerstack],
  ['with stages', 'partnerstack', { ...partnerstack, stages: { approved: 'Won: almost', '1': '2' } }],
]

describe.each(everyDefault)('the default %s of %s', (_, vendor, settings) => {
  const configured = settingsOf(vendor, settings)
  const { mappings } = configured
  const objects = [...new Set(mappings.map(({ object }) => object))]

  it.each(objects)('is the same after it was printed and read: %s', (object) => {
    const own = mappings.filter((mapping) => mapping.object === object)
    const again = printedAndRead(object, own)
    expect(again).toEqual(own)
    expect(again.map(mappingVersion)).toEqual(own.map(mappingVersion))
  })

  it('has nothing that a check finds', () => {
    const { capabilities } = configured.connect(unused)
    for (const object of objects) {
      const capability = capabilities.find((candidate) => candidate.object === object)
      if (capability === undefined) throw new Error(`no ability for ${object}`)
      const defaults = mappings.filter((mapping) => mapping.object === object)
      const others = mappings.filter((mapping) => mapping.object !== object)
      const source = printDocument({ connection: 'sales', object, mappings: defaults })
      const checked = checkDocument(source, { connection: 'sales', object, capability, defaults, others })
      // Several states of ours may be one word there: told, and no more.
      expect(
        checked.findings.filter(({ severity, code }) => severity === 'error' || code !== 'CW_MAPPING_LOSSY'),
      ).toEqual([])
      expect(checked.mappings).toEqual(defaults)
    }
  })
})

// Only its abilities are asked of the connector here.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing of it is used
const unused = { http: {}, tokens: {}, nowMs: () => 0 } as unknown as Parameters<
  ReturnType<typeof settingsOf>['connect']
>[0]

// A name that no document may hold is refused; see check.unit.test.ts.
const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__proto__'),
  fc.constantFrom(
    'off',
    'null',
    'true',
    '1',
    '~',
    '# x',
    'a: b',
    '- y',
    '"',
    "'",
    '{',
    '*a',
    '&b',
    '\t',
    ' x ',
    'é',
    '\n',
    '0x1',
  ),
)
const direction = fc.constantFrom('in', 'out', 'both', 'none')
const kind: fc.Arbitrary<RecordKind> = fc.constantFrom(...recordKinds)
const pairs = fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true })
const conversion: fc.Arbitrary<Conversion> = fc.oneof(
  fc.constantFrom<Conversion[]>({ as: 'text' }, { as: 'decimal' }, { as: 'date' }, { as: 'epochMs' }),
  fc.record(
    { as: fc.constant('lookup'), of: kind, object: text, fallback: text },
    { requiredKeys: ['as', 'of', 'object'] },
  ),
)
const place = fc.record(
  {
    path: text,
    conversion,
    create: direction,
    update: direction,
    wins: fc.constantFrom('vendor', 'ledger', 'newest', 'ask'),
    values: pairs,
    rest: fc.constant('same-name'),
    currency: fc.oneof(fc.constantFrom({ is: 'EUR' }, { is: 'USD' }), fc.record({ path: text })),
    otherCurrency: fc.constantFrom('park', 'leave'),
    unpaired: fc.oneof(
      fc.constantFrom('pass', 'leave', 'park'),
      fc.record({ toVendor: text, toOurs: text }, { requiredKeys: [] }),
    ),
    write: fc.constantFrom('always', 'if-empty'),
    transform: fc.record({ in: text, out: text }, { requiredKeys: [] }),
    scale: fc.constantFrom('0.01', '100', '-1'),
    initial: text,
    mandatory: fc.boolean(),
    required: fc.constantFrom<(boolean | 'known')[]>(true, false, 'known'),
  },
  { requiredKeys: ['path', 'conversion', 'create', 'update', 'wins'] },
)

const mapping = (of: RecordKind): fc.Arbitrary<ObjectMapping> =>
  fc
    .record(
      {
        names: fc.uniqueArray(fc.oneof(fc.constantFrom(...recordFields[of]), fc.constant('custom.region')), {
          maxLength: 5,
        }),
        places: fc.array(fc.array(place, { minLength: 1, maxLength: 2 }), { minLength: 5, maxLength: 5 }),
        fixed: fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 3, noNullPrototype: true }),
        mode: fc.constantFrom('create-only', 'update-only', 'upsert'),
        when: fc.record({ path: text, in: fc.array(text, { minLength: 1, maxLength: 3 }) }),
      },
      { requiredKeys: ['names', 'places'] },
    )
    .map(({ names, places, ...rest }): ObjectMapping => {
      const fields = names.flatMap((field, at) => (places[at] ?? []).map((one): FieldMapping => ({ field, ...one })))
      return { object: 'Thing', kind: of, fields, ...rest }
    })

it('prints any mapping so that it is the same when it is read', () => {
  const several = fc.uniqueArray(kind, { maxLength: 3 }).chain((kinds) => fc.tuple(...kinds.map(mapping)))
  fc.assert(
    fc.property(several, (mappings) => {
      expect(printedAndRead('Thing', mappings)).toEqual(mappings)
    }),
    { numRuns: 300 },
  )
})
