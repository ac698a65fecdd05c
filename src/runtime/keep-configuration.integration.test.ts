/** What a start tells the audit of its configuration: driven by starts with an edited causeway.yaml, read as a person reads it. */
import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../connectors/log.ts'
import { createTestDatabase } from '../../test/setup/database.ts'
import { serveBench, type Served } from '../../test/setup/served.ts'
import { openDatabase, type Database } from '../db/connection.ts'
import { saveDraft } from '../db/mappings.ts'
import { publishDraft } from '../intake/publish-mapping.ts'
import { systemOf } from '../mapping/systems.ts'
import { listAudit, type AuditItem } from '../reports/audit.ts'
import { goLive } from '../write/go-live.ts'
import { checkSettings, compose } from './compose.ts'
import { parseConfig } from './config/load.ts'
import { keepConfiguration } from './keep-configuration.ts'

let made: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
let served: Served | null
beforeAll(async () => {
  made = await createTestDatabase()
  database = openDatabase(made.url, 4)
  served = null
})
afterAll(async () => {
  await served?.close()
  await database.close()
  await made.drop()
})

const base = `connections:
  portal:
    vendor: partnerstack
    role: portal
    settings: { publicKey: "\${KEY}", secretKey: "\${SECRET}" }
  sales:
    vendor: salesforce
    role: crm
    poll: 30s
    settings:
      loginUrl: https://example.my.salesforce.com
      clientId: id
      clientSecret: "\${SECRET}"
      ownerFallback: 005AAAAAAAAAAAAAAA
routing:
  - to: sales
policy:
  version: '1'
  decision: { within: 48h }
`
const env = { KEY: 'the-public-key', SECRET: 'the-secret', OTHER: 'another-secret' }

/** A process that starts with this text. */
async function start(source: string) {
  const config = parseConfig('causeway.yaml', source, env, checkSettings)
  const road = compose(config, { db: database.db, log: silentLog, secretKey: randomBytes(32) })
  try {
    await keepConfiguration(database.db, config, road.programme)
    return road.programme
  } finally {
    road.close()
  }
}

const all = () => listAudit(database.db, { limit: 500, after: null })
const countOf = async () => (await all()).length

/** What was told since so many, the earliest first, as one line for each value that changed. */
async function toldSince(count: number) {
  const items = (await all()).toReversed().slice(count)
  return items.map(({ what, actor, connection, version, ...item }) => ({
    what,
    actor,
    connection,
    hasVersion: version !== null,
    changes: item.fields.map((name) => `${name}: ${shown(item, 'before', name)} → ${shown(item, 'after', name)}`),
  }))
}
const shown = ({ values }: Pick<AuditItem, 'values'>, side: 'before' | 'after', name: string) =>
  JSON.stringify(values?.[side][name] ?? null)

let count: number
beforeEach(async () => {
  await start(base)
  count = await countOf()
})

it('tells everything once at the first start, and nothing where nothing changed', async () => {
  const items = await all()
  const kinds = new Map(items.map(({ what, actor }) => [what, actor]))
  expect(Object.fromEntries(kinds)).toEqual({
    policy: 'configuration file',
    'connection.mode': 'configuration file',
    'connection.settings': 'configuration file',
    routing: 'configuration file',
    mapping: 'system',
  })
  const settings = items.find(({ what, connection }) => what === 'connection.settings' && connection === 'sales')
  expect(settings?.values?.after).toMatchObject({ poll: '30s', 'settings.clientSecret': '${SECRET}' })
  // Comments, the order of what is said, and how a text is quoted say nothing.
  const reordered =
    `# Ours\n${base.replace('poll: 30s\n', 'poll: "30s" # often\n').replace(`      clientId: id\n`, '')}`.replace(
      'ownerFallback: 005AAAAAAAAAAAAAAA\n',
      'ownerFallback: 005AAAAAAAAAAAAAAA\n      clientId: id\n',
    )
  await start(base)
  await start(reordered)
  expect(await toldSince(count)).toEqual([])
})

it('tells each changed setting of a connection with its value before and after, by the file', async () => {
  const changed = base
    .replace('poll: 30s', 'poll: 10s\n    reconcile: null\n    deletions: { Account: unlink }\n    mode: live')
    .replace('005AAAAAAAAAAAAAAA', '005BBBBBBBBBBBBBBB')
  await start(changed)
  const [ofFile, ...following] = await toldSince(count)
  expect([ofFile]).toEqual([
    {
      what: 'connection.settings',
      actor: 'configuration file',
      connection: 'sales',
      hasVersion: true,
      changes: [
        'poll: "30s" → "10s"',
        'settings.ownerFallback: "005AAAAAAAAAAAAAAA" → "005BBBBBBBBBBBBBBB"',
        'reconcile: null → "null"',
        'deletions.Account: null → "unlink"',
      ],
    },
  ])
  // What the default mappings make of it took effect as well.
  expect(new Set(following.map(({ what, actor }) => `${what} by ${actor}`))).toEqual(new Set(['mapping by system']))
  expect(following.flatMap(({ changes }) => changes)).toContain(
    'deal.ownerId.conversion.fallback: "005AAAAAAAAAAAAAAA" → "005BBBBBBBBBBBBBBB"',
  )
})

it('shows of a secret its reference, and never what stands behind it or in the file', async () => {
  const bare = base.replace('clientSecret: "${SECRET}"', 'clientSecret: in-plain-sight')
  await start(bare)
  const again = bare.replace('in-plain-sight', 'in-plain-view')
  await start(again)
  await start(base.replace('clientSecret: "${SECRET}"', 'clientSecret: "${OTHER}"'))
  expect((await toldSince(count)).map(({ changes }) => changes)).toEqual([
    ['settings.clientSecret: "${SECRET}" → "${SALES_CLIENT_SECRET}"'],
    ['settings.clientSecret: "${SALES_CLIENT_SECRET}" → "${OTHER}"'],
  ])
  const everything = JSON.stringify(await all())
  for (const secret of [...Object.values(env), 'in-plain-sight', 'in-plain-view'])
    expect(everything).not.toContain(secret)
})

it('tells the routing rule by rule, and once however many start at once', async () => {
  const changed = base.replace('  - to: sales', '  - when: { tier: gold }\n    to: sales\n  - to: sales')
  await Promise.all([start(changed), start(changed), start(changed)])
  expect(await toldSince(count)).toEqual([
    {
      what: 'routing',
      actor: 'configuration file',
      connection: null,
      hasVersion: true,
      changes: ['0.when.tier: null → "gold"', '1.to: null → "sales"'],
    },
  ])
})

it('tells the policy by what is written, also when an earlier version is in force again', async () => {
  const second = base.replace(`version: '1'`, `version: '2'`).replace('within: 48h', 'within: 24h')
  await start(second)
  await start(base)
  const [there, back] = (await all())
    .filter(({ what }) => what === 'policy')
    .toReversed()
    .slice(-2)
  expect(there).toMatchObject({
    actor: 'configuration file',
    version: '2',
    detail: { before: '1' },
    fields: ['version', 'decision.within'],
    values: { before: { 'decision.within': '48h' }, after: { 'decision.within': '24h' } },
  })
  expect(back).toMatchObject({ version: '1', detail: { before: '2' } })
  expect(back?.values?.after).toMatchObject({ 'decision.within': '48h' })
  expect(await countOf()).toBe(count + 2)
})

it('tells a default mapping that follows from the settings, and a connection that is gone', async () => {
  const changed = base.replace('secretKey: "${SECRET}" }', 'secretKey: "${SECRET}", fields: { domain: their_domain } }')
  await start(changed)
  const told = await toldSince(count)
  expect(told.map(({ what, actor, connection }) => [what, actor, connection])).toEqual([
    ['connection.settings', 'configuration file', 'portal'],
    ['mapping', 'system', 'portal'],
  ])
  expect(told[1]?.changes.join()).toContain('their_domain')
  const alone = base.slice(0, base.indexOf('  portal:')) + base.slice(base.indexOf('  sales:'))
  await start(alone)
  await start(alone)
  const after = (await toldSince(count)).slice(2)
  expect(after.map(({ what, connection }) => [what, connection])).toEqual([['connection.settings', 'portal']])
  expect(after[0]?.changes).toContain('vendor: "partnerstack" → null')
})

it('tells a publication once, by whoever published, and a switch of the mode, as a person reads them', async () => {
  const programme = await start(base)
  const by = { actor: 'key:1', label: 'Ada' }
  const place = { connection: 'sales', object: 'Account' }
  const source = `mapping: 1\nconnection: sales\nobject: Account\nextends: default\nrecords: { account: { fields: { country: { path: Land__c } } } }\n`
  await saveDraft(database.db, { ...place, source, note: null, by })
  const wish = { object: 'Account', by, note: null, lists: true, backFill: false }
  await publishDraft(database.db, systemOf(programme.systems, 'sales'), { ...wish, source, rest: {}, despite: 0 })
  await goLive(database.db, 'sales', 'key:1')
  await start(base)
  const told = (await toldSince(count)).filter(({ what }) => what !== 'mapping.drafted')
  expect(told).toEqual([
    {
      what: 'mapping.published',
      actor: 'key:1',
      connection: 'sales',
      hasVersion: true,
      changes: [expect.stringMatching(/^account\.country\.path: ".+" → "Land__c"$/)],
    },
    {
      what: 'connection.mode',
      actor: 'key:1',
      connection: 'sales',
      hasVersion: false,
      changes: ['mode: "observe" → "live"'],
    },
  ])
  served = await serveBench({ db: database.db, vendors: {}, systems: new Map(programme.systems) })
  const { out } = await served.causeway(['audit', '--connection', 'sales', '--limit', '200'])
  expect(out).toMatch(/connection\.mode +key:1 .*mode: observe → live/)
  expect(out).toMatch(/mapping\.published +key:1 .*account\.country\.path: \S+ → Land__c/)
  expect(out).toMatch(/connection\.settings +configuration file .*poll: 30s → 10s; .*deletions\.Account: - → unlink/)
  expect(out).toMatch(/mapping +system .* and \d+ more/)
})

it('does not tell anew what was erased', async () => {
  await start(base.replace('005AAAAAAAAAAAAAAA', '005BBBBBBBBBBBBBBB'))
  await database.db.execute(sql`delete from audit_values where after::text like '%005BBBBBBBBBBBBBBB%'`)
  const before = await countOf()
  await start(base.replace('005AAAAAAAAAAAAAAA', '005BBBBBBBBBBBBBBB'))
  expect(await countOf()).toBe(before)
})
