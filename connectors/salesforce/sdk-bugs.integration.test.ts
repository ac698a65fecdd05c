/**
 * Why jsforce is used for what it builds and not for how it talks: each fault of the stock client, shown, and shown to be closed in
 * the connector. A jsforce that has mended one of them fails the first half of its test, and the detour may go.
 */
import { Connection } from 'jsforce'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { app } from '../../sandbox/salesforce/oauth.ts'
import type { Write } from '../contract.ts'
import { child, withRaw } from './raw-server.test-support.ts'
import { ctx, startOrg } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

let org: Org
beforeEach(async () => {
  org = await startOrg()
})
afterEach(() => org.close())

const changes = (connector = org.connector) =>
  connector.changes({ object: 'Account', cursor: null, from: null, fields: ['Name'] }, ctx())
const write = (key: string, fields: Write['fields'] = { Name: 'Acme' }): Write => ({
  ref: key,
  object: 'Account',
  mode: 'upsert',
  id: null,
  key,
  parent: null,
  ifVersion: null,
  fields,
})

/** The stock client with a session of its own. */
async function stock(): Promise<Connection> {
  const conn = new Connection({
    version: '67.0',
    loginUrl: org.url,
    instanceUrl: org.url,
    oauth2: { loginUrl: org.url, clientId: app.clientId, clientSecret: app.clientSecret },
  })
  await conn.authorize({ grant_type: 'client_credentials' })
  return conn
}

const half = '{"totalSize":1,"done":true,"records":[{"Id":"001'
const page = JSON.stringify({ totalSize: 0, done: true, records: [] })

describe('a body that is cut off', () => {
  it('stock: ends the process with an exception that no caller can catch', () =>
    withRaw(
      (response) => {
        response.writeHead(200, { 'content-length': '500' })
        response.write(half)
        setTimeout(() => response.socket?.resetAndDestroy(), 20)
      },
      async (raw) => {
        const { out, err, code } = await child(raw.url, 5000)
        expect(out.trim()).toBe('asking')
        expect(err).toContain('terminated')
        expect(code).toBe(1)
      },
    ))

  it('ours: a read is repeated, a write is unclear', async () => {
    await changes()
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'reset-mid-body' })
    expect((await changes()).records).toEqual([])
    await org.sandbox.control.faults.add({ route: 'POST *', kind: 'reset-mid-body', when: 'after' })
    expect(await org.connector.write([write('a')], ctx())).toMatchObject([{ status: 'unclear' }])
  })
})

describe('a body that stalls', () => {
  it('stock: waits for ever', () =>
    withRaw(
      (response) => {
        response.writeHead(200, { 'content-length': '500' })
        response.write(half)
      },
      async (raw) => {
        const { out, code } = await child(raw.url, 1500)
        expect([out.trim(), code]).toEqual(['asking', null])
      },
    ))

  it('ours: ends at the deadline', async () => {
    const connector = org.connectWith({ deadlineMs: 400 })
    await changes(connector)
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'stall', times: 'always' })
    await expect(changes(connector)).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_TIMEOUT' } })
  })
})

describe('a new token that is refused as well', () => {
  it('stock: asks for ever', () =>
    withRaw(
      (response) => response.writeHead(401).end(JSON.stringify([{ errorCode: 'INVALID_SESSION_ID', message: 'no' }])),
      async (raw) => {
        let refreshes = 0
        const conn = new Connection({
          version: '67.0',
          instanceUrl: raw.url,
          accessToken: 'old',
          refreshFn: (_conn, done) => {
            refreshes += 1
            if (refreshes > 30) done(new Error('the test ends it'))
            else done(null, 'new')
          },
        })
        await expect(conn.query('SELECT Id FROM Account')).rejects.toThrow('the test ends it')
        expect(raw.seen.length).toBeGreaterThan(20)
      },
    ))

  it('ours: fails after the second refusal', async () => {
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'expired-token', times: 'always' })
    await expect(changes()).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_AUTH' } })
    expect(org.exchanges).toHaveLength(4)
  })
})

describe('an external id with signs of its own', () => {
  it('stock: goes into the path as it is', () =>
    withRaw(
      (response) => response.writeHead(201).end(JSON.stringify({ id: '001', success: true, errors: [] })),
      async (raw, conn) => {
        await conn.sobject('Account').upsert({ Causeway_Id__c: 'a/b?c', Name: 'Acme' }, 'Causeway_Id__c')
        expect(raw.seen[0]?.url).toBe('/services/data/v67.0/sobjects/Account/Causeway_Id__c/a/b?c')
      },
    ))

  it('ours: arrives as it is', async () => {
    expect(await org.connector.write([write('a/b?c')], ctx())).toMatchObject([
      { status: 'done', stored: { key: 'a/b?c' } },
    ])
  })
})

describe('an upsert that is answered with 204', () => {
  it('stock: tells success without an id', async () => {
    await org.sandbox.control.switches.set({ upsertUpdateAnswer: '204' })
    const conn = await stock()
    const upsert = () => conn.sobject('Account').upsert({ Causeway_Id__c: 'a', Name: 'Acme' }, 'Causeway_Id__c')
    await upsert()
    expect(await upsert()).toEqual({ success: true, errors: [] })
  })

  it('ours: knows the id', async () => {
    await org.sandbox.control.switches.set({ upsertUpdateAnswer: '204' })
    const [first] = await org.connector.write([write('a')], ctx())
    expect(await org.connector.write([write('a')], ctx())).toMatchObject([
      { status: 'done', id: first?.status === 'done' ? first.id : '' },
    ])
  })
})

describe('values in a query', () => {
  const hostile = String.raw`\' OR Name != '`
  beforeEach(() => org.sandbox.control.seed({ accounts: [{ Name: 'A' }, { Name: 'B' }] }))

  it('stock: a backslash breaks out of the string, and an empty list drops the condition', async () => {
    const conn = await stock()
    expect(await conn.sobject('Account').find({ Name: hostile }).toSOQL()).toContain(
      String.raw`WHERE Name = '\\' OR Name != \''`,
    )
    await expect(conn.sobject('Account').find({ Name: hostile }).execute()).rejects.toMatchObject({
      errorCode: 'MALFORMED_QUERY',
    })
    expect(await conn.sobject('Account').find({ Name: { $in: [] } })).toHaveLength(2)
  })

  it('ours: finds what was asked for, and nothing for nothing', async () => {
    expect(await org.connector.read([{ object: 'Account', by: 'key', value: hostile }], ['Name'], ctx())).toEqual([
      { status: 'absent' },
    ])
    expect(await org.connector.read([], ['Name'], ctx())).toEqual([])
  })
})

describe('more rows than one page', () => {
  beforeEach(async () => {
    await org.sandbox.control.switches.set({ queryPage: 'smaller' })
    await org.sandbox.control.seed({ accounts: Array.from({ length: 20 }, (_, n) => ({ Name: String(n) })) })
  })

  it('stock: stops at maxFetch as if that were all', async () => {
    const conn = await stock()
    const found = await conn.query('SELECT Id FROM Account', { autoFetch: true, maxFetch: 10 })
    expect([found.records.length, found.totalSize, found.done]).toEqual([10, 20, false])
  })

  it('ours: says that there is more, until there is none', async () => {
    const seen = new Set<string>()
    let cursor: string | null = null
    for (let more = true; more;) {
      const next = await org.connector.changes({ object: 'Account', cursor, from: null, fields: [] }, ctx())
      for (const record of next.records) seen.add(record.id)
      ;({ cursor, more } = next)
    }
    expect(seen.size).toBe(20)
  })
})

describe('a request with a body, answered with 503', () => {
  it('stock: a PUT is repeated without its body, and fails', () =>
    withRaw(
      (response, n) => (n === 0 ? response.writeHead(503).end('[]') : response.writeHead(200).end('{}')),
      async (raw, conn) => {
        await expect(conn.requestPut('/jobs/ingest/1/batches', { a: 1 })).rejects.toThrow('should not be disturbed')
        expect(raw.seen).toHaveLength(1)
      },
    ))

  it('ours: is unclear, and not repeated by itself', async () => {
    await org.sandbox.control.faults.add({ route: 'POST *composite*', kind: 'status', status: 503, when: 'after' })
    expect(await org.connector.write([write('a')], ctx())).toMatchObject([{ status: 'unclear' }])
    expect(await org.connector.write([write('a')], ctx())).toMatchObject([{ status: 'done' }])
    expect((await changes()).records).toHaveLength(1)
  })
})

describe('a connection that the server closes', () => {
  it('stock: a GET is not repeated', () =>
    withRaw(
      (response, n) => (n === 0 ? response.socket?.end() : response.writeHead(200).end(page)),
      async (raw, conn) => {
        await expect(conn.query('SELECT Id FROM Account')).rejects.toThrow('fetch failed')
        expect(raw.seen).toHaveLength(1)
      },
    ))

  it('ours: a read is repeated', async () => {
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'reset-before-headers' })
    expect((await changes()).records).toEqual([])
  })
})

describe('more than 200 records', () => {
  const many = Array.from({ length: 400 }, (_, n) => ({ Name: String(n) }))

  it('stock: sends them as one call, or loses the results of the chunks before one that fails', async () => {
    const conn = await stock()
    await expect(conn.sobject('Account').create(many)).rejects.toMatchObject({ errorCode: 'EXCEEDED_ID_LIMIT' })
    await org.sandbox.control.faults.add({
      route: 'POST *',
      kind: 'status',
      status: 400,
      body: [{ errorCode: 'X', message: 'x' }],
      match: { body: '"399"' },
    })
    await expect(conn.sobject('Account').create(many, { allowRecursive: true })).rejects.toMatchObject({
      errorCode: 'X',
    })
    expect((await conn.query('SELECT Id FROM Account')).totalSize).toBe(200)
  })

  it('ours: a batch is at most 200, and each record has its outcome', async () => {
    expect(org.connector.capabilities.map((c) => c.batch)).toEqual(Array.from({ length: 6 }, () => 200))
    await org.sandbox.control.faults.add({
      route: 'POST *composite*',
      kind: 'status',
      status: 400,
      body: [{ errorCode: 'X', message: 'x' }],
    })
    const outcomes = await org.connector.write([write('a'), write('b')], ctx())
    expect(outcomes.map((o) => o.status)).toEqual(['rejected', 'rejected'])
  })
})

describe('an answer that is not JSON', () => {
  it('stock: is given to the caller as text', () =>
    withRaw(
      (response) => response.writeHead(200).end('{"records": ['),
      async (_raw, conn) => {
        expect(await conn.request('/limits')).toBe('{"records": [')
      },
    ))

  it('ours: is no answer', async () => {
    await org.sandbox.control.faults.add({ route: 'GET *', kind: 'status', status: 200, body: '{"records": [' })
    await expect(changes()).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_ANSWER' } })
  })
})

describe('records with different fields', () => {
  it('stock: a bulk upload knows the fields of the first record only', () =>
    withRaw(
      (response, n) =>
        response
          .writeHead(n === 0 ? 200 : 201)
          .end(JSON.stringify({ id: '750', state: 'Open', object: 'Account', operation: 'insert' })),
      async (raw, conn) => {
        const job = conn.bulk2.createJob({ object: 'Account', operation: 'insert' })
        await job.open()
        await job.uploadData([{ Name: 'A' }, { Name: 'B', Website: 'b.example' }])
        const upload = raw.seen.find((r) => r.method === 'PUT')
        expect(upload?.body).toContain('B')
        expect(upload?.body).not.toContain('b.example')
      },
    ))

  it('ours: every field of every record arrives', async () => {
    const outcomes = await org.connector.write([write('a'), write('b', { Name: 'B', Website: 'b.example' })], ctx())
    const websites = outcomes.map((o) =>
      z
        .string()
        .nullish()
        .parse(o.status === 'done' ? o.stored?.fields.Website : 'none'),
    )
    expect(websites).toEqual([null, 'b.example'])
  })
})
