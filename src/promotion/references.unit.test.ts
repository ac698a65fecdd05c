import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { named, resolved, resolvedValue, type Environment } from './references.ts'

const staging: Environment = {
  'sales.owner': '005A',
  'sales.stage': 'Neu, offen',
  'smb.owner': '005A',
  'sales.count': '12',
}
const production: Environment = {
  'sales.owner': '00512',
  'sales.stage': "Bob's: #1",
  'smb.owner': '9',
  'sales.count': 'x',
}

const text = `# 005A is the desk
mapping: 1
records:
  deal:
    fixed: { Owner: 005A, Copy: "005A", Other: '005A' }
    when: { path: 005A, in: [005A, Partner] }
    fields:
      stage: { path: 005A, initial: Neu, values: { 005A: 005A } }
      ownerId:
        path: Owner
        as: { lookup: user, object: User, fallback: 005A } # the desk
`

describe('a document between environments', () => {
  it('names values of the environment where a vendor’s value stands, and nowhere else', () => {
    expect(named(text, 'sales', staging)).toBe(`# 005A is the desk
mapping: 1
records:
  deal:
    fixed: { Owner: $(sales.owner), Copy: $(sales.owner), Other: $(sales.owner) }
    when: { path: 005A, in: [$(sales.owner), Partner] }
    fields:
      stage: { path: 005A, initial: Neu, values: { 005A: $(sales.owner) } }
      ownerId:
        path: Owner
        as: { lookup: user, object: User, fallback: $(sales.owner) } # the desk
`)
  })

  it('comes back to the same names from any environment, whatever quotes its values need', () => {
    const source = 'records: { deal: { fixed: { A: $(sales.owner), B: $(sales.stage), C: $(sales.count) } } }\n'
    for (const environment of [staging, production]) {
      const there = resolved(source, environment)
      expect(there.missing).toEqual([])
      expect(parse(there.source)).toEqual({
        records: {
          deal: {
            fixed: { A: environment['sales.owner'], B: environment['sales.stage'], C: environment['sales.count'] },
          },
        },
      })
      expect(named(there.source, 'sales', environment)).toBe(source)
    }
  })

  it('stays JSON where it is JSON', () => {
    const json = '{ "records": { "deal": { "fixed": { "Owner": "005A" } } } }'
    const moved = named(json, 'sales', staging)
    expect(moved).toBe('{ "records": { "deal": { "fixed": { "Owner": "$(sales.owner)" } } } }')
    expect(JSON.parse(resolved(moved, production).source)).toEqual({ records: { deal: { fixed: { Owner: '00512' } } } })
  })

  it('tells each name that has no value, with its line, and leaves expressions alone', () => {
    const source = 'a: $(sales.nothing)\nb: "$round(Amount)"\nc:\n  - $(also.nothing)\n'
    expect(resolved(source, staging)).toEqual({
      source,
      missing: [
        { name: 'sales.nothing', line: 1 },
        { name: 'also.nothing', line: 4 },
      ],
    })
  })

  it('puts a list in the place of its name among settings', () => {
    const missing: string[] = []
    const value = { groups: '$(portal.groups)', url: '$(portal.url)' }
    expect(resolvedValue(value, { 'portal.groups': ['a', 'b'] }, (name) => void missing.push(name))).toEqual({
      groups: ['a', 'b'],
      url: '$(portal.url)',
    })
    expect(missing).toEqual(['portal.url'])
  })
})
