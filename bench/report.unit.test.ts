import { describe, expect, it } from 'vitest'
import type { LoggedRequest } from '../sandbox/framework/request-log.ts'
import { markdown, printed, spreadOf, type Section } from './report.ts'
import { isToken, whyOf } from './why.ts'

describe('a sample’s summary', () => {
  it('holds only values that were measured', () => {
    const twenty = Array.from({ length: 20 }, (_, i) => (i + 1) * 10)
    expect(spreadOf(twenty.toReversed())).toEqual({ n: 20, min: 10, p50: 100, p95: 190, max: 200 })
    expect(spreadOf([7])).toEqual({ n: 1, min: 7, p50: 7, p95: 7, max: 7 })
  })

  it('is refused for nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})

const section: Section = {
  name: 'requests',
  title: 'Requests',
  notes: ['A note.'],
  tables: [{ caption: 'By route', head: ['route', 'n'], rows: [['GET /a|b', 12]] }],
}
const run = { at: '2026-11-23T10:00:00.000Z', command: 'npm run bench', machine: '2 cores' }

it('is printed in columns', () => {
  expect(printed({ ...run, sections: [section] })).toContain('  route     n\n  --------  --\n  GET /a|b  12')
})

it('stands in the documentation with its command, day and machine, and no cell breaks its table', () => {
  const text = markdown(run, section)
  expect(text).toContain('| GET /a\\|b | 12 |')
  expect(text).toContain('Measured by `npm run bench` on 2026-11-23, on 2 cores.')
})

describe('what a request was made for', () => {
  it('tells a reading of changes from a read by id', () => {
    const changes = { q: 'SELECT Id FROM Account WHERE SystemModstamp >= 1 ORDER BY SystemModstamp, Id LIMIT 5' }
    const path = '/services/data/v67.0/queryAll'
    expect(whyOf('sales', request('GET', path, changes), [])).toBe('changes of Account since the last reading')
    const byId = { q: "SELECT Id FROM Opportunity WHERE Id = '1'" }
    expect(whyOf('sales', request('GET', path, byId), [])).toContain('read Opportunity by id')
  })

  it('names the object of a composite call by the write that was logged next', () => {
    const written = [
      { at: '2026-11-23T10:00:00.900Z', connection: 'sales', object: 'Account' },
      { at: '2026-11-23T10:00:01.100Z', connection: 'sales', object: 'Opportunity' },
    ]
    const composite = request('POST', '/services/data/v67.0/composite')
    expect(whyOf('sales', composite, written)).toContain('write Opportunity')
  })

  it('leaves tokens out', () => {
    expect(isToken(request('POST', '/services/oauth2/token'))).toBe(true)
    expect(isToken(request('GET', '/api/v2/deals'))).toBe(false)
  })
})

function request(method: string, path: string, query: Record<string, string> = {}): LoggedRequest {
  const at = '2026-11-23T10:00:01.000Z'
  const size = { ms: 1, bytesIn: 0, bytesOut: 0 }
  return { number: 1, at, method, path, query, route: null, headers: {}, status: 200, faults: [], ...size }
}
