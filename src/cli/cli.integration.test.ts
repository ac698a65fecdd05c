/** The command as a person and a script use it: a process of its own against a real API. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { listening, type Listening } from '../../test/setup/listening.ts'
import { z } from 'zod'
import { deals } from '../db/schema/index.ts'
import { openRig, secretsOfB, type Rig } from '../http/rig.test-support.ts'

const cli = fileURLToPath(new URL('../cli.ts', import.meta.url))
let rig: Rig
let api: Listening
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-cli-'))
  rig = await openRig()
  api = await listening(rig.app)
})

afterAll(async () => {
  await api.close()
  await rig.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Run {
  code: number | null
  out: string
  err: string
}

function run(
  args: string[],
  env: Record<string, string> = { CAUSEWAY_URL: api.url, CAUSEWAY_API_KEY: rig.keys.admin },
): Promise<Run> {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { CAUSEWAY_DATA: join(folder, 'data'), ...env },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const told = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told.err += text))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...told })))
}

const idOf = (text: string) => z.object({ id: z.string() }).parse(JSON.parse(text)).id

describe('a decision', () => {
  it('is listed, shown with its evidence, taken by a short id, and refused to the second decider', async () => {
    const { taskId } = rig.seeded.a
    const listed = await run(['tasks', 'list'])
    expect(listed).toMatchObject({ code: 0, err: '' })
    expect(listed.out).toMatch(/^ID +STATE +COMPANY/)
    const short =
      listed.out
        .split('\n')
        .find((line) => line.includes('Alder Foods'))
        ?.split(' ', 1)
        .join() ?? ''
    expect(taskId.startsWith(short)).toBe(true)

    const shown = await run(['tasks', 'show', short])
    expect(shown.out).toContain(secretsOfB.company)
    expect(shown.out).toContain('77123.45 EUR')

    expect(await run(['tasks', 'approve', short])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Approved') as unknown,
    })
    const second = await run(['tasks', 'decline', short, '--reason', 'too late'])
    expect(second.code).toBe(1)
    expect(second.err).toMatch(/^CW_TASK_DECIDED: .* by Admin at 20/)
    expect(second.err).not.toContain('    at ')
  })
})

it('submits on behalf of a partner, shows and withdraws', async () => {
  const partner = rig.seeded.b.partnerId
  const words = ['registrations', 'submit', '--partner', partner, '--submitted-by', 'Bruno', '--company', 'Fir Foods']
  const made = await run([...words, '--amount', '5.00', '--currency', 'EUR', '--json'])
  expect(made).toMatchObject({ code: 0, err: '' })
  const id = idOf(made.out)
  const shown = await run(['registrations', 'show', id])
  expect(shown.out).toMatch(/Submitted +20.* by Bruno/)
  expect(shown.out).toMatch(/On behalf, by +Admin/)
  expect((await run(['registrations', 'withdraw', id])).out).toBe(`Withdrawn: ${id}\n`)
})

it('answers whole JSON to programs', async () => {
  const { out } = await run(['parked', 'list', '--groups', '--json'])
  const { items } = z
    .object({ items: z.array(z.object({ code: z.string(), count: z.number() })) })
    .parse(JSON.parse(out))
  expect(items).toContainEqual({ code: 'CW_PARTNER_UNKNOWN', count: 2 })
})

it('makes a key over the API that works at once', async () => {
  const made = await run([
    'keys',
    'create',
    '--role',
    'partner',
    '--partner',
    rig.seeded.b.partnerId,
    '--label',
    'B',
    '--json',
  ])
  const { key } = z.object({ key: z.string() }).parse(JSON.parse(made.out))
  const { out } = await run(['registrations', 'list'], { CAUSEWAY_URL: api.url, CAUSEWAY_API_KEY: key })
  expect(out).toContain(secretsOfB.company)
  expect(out).not.toContain('Alder Foods')
})

describe('exit codes', () => {
  it.each([
    ['an unknown command', ['tasks', 'lst'], 2, 'unknown command'],
    ['a missing argument', ['tasks', 'show'], 2, 'missing required argument'],
    ['a value that is refused', ['tasks', 'list', '--state', 'opne'], 2, 'CW_REQUEST_INVALID'],
    ['an id of nothing', ['tasks', 'show', 'ffffffff'], 1, 'CW_NOT_FOUND'],
  ])('%s', async (_, args, code, said) => {
    const ran = await run(args)
    expect([ran.code, ran.err.includes(said)]).toEqual([code, true])
  })

  it('nothing running: says how to start, without a stack', async () => {
    const ran = await run(['tasks', 'list'], {})
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('CW_NOT_RUNNING')
    expect(ran.err).toContain('causeway start')
    expect(ran.err).not.toContain('    at ')
  })

  it('a stack for those who ask, and JSON for programs', async () => {
    const dead = { CAUSEWAY_URL: 'http://127.0.0.1:1', CAUSEWAY_API_KEY: 'ck_x' }
    expect((await run(['tasks', 'list', '--verbose'], dead)).err).toContain('    at ')
    const { err } = await run(['tasks', 'list', '--json'], dead)
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'CW_NOT_RUNNING' } })
  })

  it('a configuration that is not there', async () => {
    const ran = await run(['config', 'check'], {})
    expect([ran.code, ran.err.startsWith('CW_CONFIG_INVALID')]).toEqual([1, true])
  })

  it('serve without servers names the variable', async () => {
    const ran = await run(['serve'], {})
    expect([ran.code, ran.err.includes('DATABASE_URL is not set')]).toEqual([1, true])
  })
})

it('the doctor finds nothing running and a file that is missing, and ends with 1', async () => {
  const ran = await run(['doctor', '--json'], {})
  expect(ran.code).toBe(1)
  const { findings } = z
    .object({ findings: z.array(z.object({ part: z.string(), status: z.string(), remedy: z.string().nullable() })) })
    .parse(JSON.parse(ran.out))
  expect(findings.filter(({ status }) => status === 'wrong').map(({ part }) => part)).toEqual(['configuration'])
})

it('config check looks at the mapping files too where they say the mappings', async () => {
  const home = mkdtempSync(join(folder, 'managed-'))
  const config = join(home, 'causeway.yaml')
  writeFileSync(
    config,
    `connections:
  portal: { vendor: partnerstack, role: portal, settings: { publicKey: pk, secretKey: sk } }
  growth: { vendor: hubspot, role: crm, settings: { accessToken: t } }
routing: [{ to: growth }]
managed: file
`,
  )
  mkdirSync(join(home, 'mappings'))
  const file = join(home, 'mappings', 'growth.deals.yaml')
  writeFileSync(file, 'mapping: 1\nconnection: growth\nobject: deals\nrecords: { deel: {} }\n')
  const checked = await run(['config', 'check'], { CAUSEWAY_CONFIG: config })
  expect(checked.code).toBe(1)
  expect(checked.err).toContain(`${file}:4 CW_MAPPING_INVALID`)
})

it('config check reads an admin’s own texts of notices', async () => {
  const home = mkdtempSync(join(folder, 'texts-'))
  const config = join(home, 'causeway.yaml')
  writeFileSync(
    config,
    `connections:
  growth: { vendor: hubspot, role: crm, settings: { accessToken: t } }
routing: [{ to: growth }]
notices: { texts: words }
`,
  )
  mkdirSync(join(home, 'words', 'registration.approved'), { recursive: true })
  const text = join(home, 'words', 'registration.approved', 'partner.de.txt')
  writeFileSync(text, 'Genehmigt: {company}\n\nWeil {why}.\n')
  const checked = await run(['config', 'check'], { CAUSEWAY_CONFIG: config })
  expect(checked.code).toBe(1)
  expect(checked.err).toContain(`${text}:3 a partner may not be shown {why}`)
  writeFileSync(text, 'Genehmigt: {company}\n\nNach {cited}.\n')
  expect((await run(['config', 'check'], { CAUSEWAY_CONFIG: config })).code).toBe(0)
})

describe('with servers of one’s own', () => {
  it('makes, lists and revokes keys straight in the database', async () => {
    const env = { DATABASE_URL: rig.url }
    const made = await run(['keys', 'create', '--role', 'admin', '--label', 'Operator', '--json'], env)
    expect(made).toMatchObject({ code: 0, err: '' })
    const id = idOf(made.out)
    expect((await run(['keys', 'list'], env)).out).toContain('Operator')
    expect((await run(['keys', 'revoke', id], env)).out).toBe('Revoked: Operator\n')
  })

  it('the doctor finds database, roles, schema, clock and Temporal well', async () => {
    const env = { DATABASE_URL: rig.url, TEMPORAL_ADDRESS: inject('temporalAddress') }
    const { out } = await run(['doctor'], env)
    for (const part of ['database', 'database roles', 'schema', 'clock', 'temporal', 'search attributes']) {
      expect(out).toMatch(new RegExp(`^✓ ${part} +`, 'm'))
    }
  })
})

it('lists, shows, rules and turns around a clash', async () => {
  const { clashId } = rig.seeded.b
  const listed = await run(['clashes', 'list'])
  expect(listed.out).toMatch(/^ID +SINCE +RECORD +FIELD/)
  expect(listed.out).toContain('waits for a ruling')
  expect((await run(['clashes', 'show', clashId])).out).toContain(secretsOfB.amount)
  expect(await run(['clashes', 'rule', clashId, 'nobody'])).toMatchObject({ code: 2 })
  expect((await run(['clashes', 'rule', clashId, 'theirs'])).out).toMatch(/Stands +theirs, by Admin/)
  expect(await run(['clashes', 'rule', clashId, 'ours'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('CW_CLASH_DECIDED') as unknown,
  })
  expect((await run(['clashes', 'restore', clashId, '--json'])).out).toContain('"winner": "ours"')
})

it('lists and shows a deal by a short id, and refuses to move it where it cannot live', async () => {
  const [deal] = await rig.db.insert(deals).values({ name: 'Big', home: 'sales', status: 'open' }).returning()
  const id = deal?.id ?? ''
  expect((await run(['deals', 'list', '--home', 'sales'])).out).toContain('Big')
  expect((await run(['deals', 'show', id.slice(0, 20)])).out).toMatch(/Lives in +sales/)
  expect(await run(['deals', 'move-home', id, 'nowhere'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('CW_HOME_UNFIT') as unknown,
  })
})
