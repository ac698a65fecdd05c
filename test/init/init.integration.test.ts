/** `causeway init` as a new user meets it: unattended from an empty folder, told what is wrong, mended, killed half-way, gone on with. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { createControlClient } from '../../sandbox/control-client.ts'
import { serviceKey } from '../../sandbox/hubspot/index.ts'
import { until } from '../setup/until.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
const kept = z.object({
  started: z.object({ sandbox: z.number().nullable(), causeway: z.number().nullable() }),
  urls: z.record(z.string(), z.string()),
  done: z.array(z.string()),
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-init-'))
})
afterAll(async () => {
  const { started } = await progress().catch(() => ({ started: { sandbox: null, causeway: null } }))
  for (const pid of [started.causeway, started.sandbox]) if (pid !== null) end(pid)
  await until(() => [started.causeway, started.sandbox].every((pid) => pid === null || !lives(pid)), {
    deadlineMs: 30_000,
  })
  await rm(folder, { recursive: true, force: true })
}, 60_000)

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function end(pid: number): void {
  if (lives(pid)) process.kill(pid, 'SIGTERM')
}

const progress = async () => kept.parse(JSON.parse(await readFile(join(folder, '.causeway/init.json'), 'utf8')))

/** Runs `causeway init` in the folder; `killAt` ends it without warning when it has said that. */
function init(args: string[], killAt?: string, cwd = folder): Promise<{ exit: number | null; said: string }> {
  const child = spawn(process.execPath, [cli, 'init', '--sandbox', '--any-port', '--yes', ...args], {
    cwd,
    env: { ...process.env, CAUSEWAY_CONFIG: undefined, CAUSEWAY_DATA: undefined, NO_COLOR: '1' },
  })
  let said = ''
  const hear = (bytes: Buffer) => {
    said += bytes.toString()
    if (killAt !== undefined && said.includes(killAt)) child.kill('SIGKILL')
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return new Promise((resolve) => child.once('close', (exit) => resolve({ exit, said })))
}

it('tells a wrong token, keeps what was done, and keeps no secret', async () => {
  const { exit, said } = await init([
    '--vendors',
    'partnerstack,hubspot',
    '--set',
    'growth.accessToken=pat-na1-mistyped',
  ])
  expect({ exit, said }).toEqual({ exit: 1, said })
  expect(said).toContain('CW_REAUTH_REQUIRED')
  expect(said).toContain('--set growth.accessToken=')
  expect(said).toContain('`causeway init` goes on from here')
  const files = await Promise.all(
    ['causeway.yaml', '.causeway/init.json', '.causeway/start.log', '.causeway/serve.log'].map((name) =>
      readFile(join(folder, name), 'utf8'),
    ),
  )
  expect(files.join('\n')).not.toContain('pat-na1-mistyped')
  expect(files[0]).toContain('accessToken: "${file:.causeway/secrets/growth.accessToken}"')
  expect((await progress()).done).toEqual(['systems', 'start'])
}, 240_000)

it('tells which permission is missing, with credentials that the vendor takes', async () => {
  const { urls } = await progress()
  const scopes = ['crm.objects.companies.read', 'crm.schemas.companies.read', 'crm.objects.owners.read']
  await createControlClient(urls['hubspot'] ?? '').seed({ tokens: [{ token: 'pat-na1-narrow', scopes }] })
  const { exit, said } = await init(['--set', 'growth.accessToken=pat-na1-narrow'])
  expect({ exit, said }).toEqual({ exit: 1, said })
  expect(said).toContain('crm.schemas.deals.write')
}, 240_000)

it('goes on after a kill, and ends with the portal’s partner in the CRM', async () => {
  const killed = await init(['--set', `growth.accessToken=${serviceKey}`], '== What would be written')
  expect(killed).toEqual({ ...killed, exit: null })
  const before = await progress()
  expect(before.done).toContain('connect')
  const { exit, said } = await init([])
  expect({ exit, said }).toEqual({ exit: 0, said })
  expect(said).toMatch(/Nordwind Partners is in growth: companies \d+/)
  expect(said).toContain('$ causeway connections go-live growth --yes')
  // What runs on, and how it is stopped, is told each time.
  expect(said).toContain(`Causeway runs on: \`kill ${String(before.started.causeway)}\` stops it`)
  // What was done before the kill is not done again.
  expect(said).not.toContain('== What the CRMs lack')
  const { started, urls } = await progress()
  expect(started).toEqual(before.started)
  const companies = JSON.stringify(await createControlClient(urls['hubspot'] ?? '').state())
  expect(companies).toContain('Nordwind Partners')
}, 240_000)

it('does not write over a configuration that is not its own', async () => {
  const other = await mkdtemp(join(tmpdir(), 'causeway-init-own-'))
  try {
    await writeFile(join(other, 'causeway.yaml'), 'connections: {}\n')
    const { exit, said } = await init([], undefined, other)
    expect({ exit, said }).toEqual({ exit: 2, said })
    expect(said).toContain('is there already')
  } finally {
    await rm(other, { recursive: true, force: true })
  }
}, 60_000)
