/** `causeway matches` and `causeway links` as a person uses them, against a real API. */
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as tables from '../db/schema/index.ts'
import { openRig, type Rig } from '../http/rig.test-support.ts'
import { createProgram } from './program.ts'
import type { CliContext } from './context.ts'
import { readEnvironment } from '../runtime/environment.ts'

let rig: Rig
let server: Server
let url = ''
let match = ''

beforeAll(async () => {
  rig = await openRig()
  const [known, other] = await rig.db
    .insert(tables.partners)
    .values([
      { name: 'Nord GmbH', email: 'desk@nord.com' },
      { name: 'Nord', domain: 'nord.com' },
    ])
    .returning()
  const recordId = other?.id ?? ''
  await rig.db
    .insert(tables.links)
    .values({ connection: 'sales', object: 'companies', kind: 'partner', recordId, externalId: '4711' })
  const [proposal] = await rig.db
    .insert(tables.proposals)
    .values({
      connection: 'sales',
      object: 'companies',
      externalId: '4711',
      kind: 'partner',
      recordId,
      candidates: [{ recordId: known?.id ?? '', score: 99, why: ['email-domain', 'name'] }],
    })
    .returning()
  match = proposal?.id ?? ''
  const listener = getRequestListener(rig.app.fetch)
  server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address !== null && typeof address !== 'string') url = `http://127.0.0.1:${String(address.port)}`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rig.close()
})

async function run(...words: string[]): Promise<string> {
  const told: string[] = []
  const context: CliContext = {
    env: readEnvironment({ CAUSEWAY_URL: url, CAUSEWAY_API_KEY: rig.keys.manager }),
    out: (text) => void told.push(text),
    err: (text) => void told.push(text),
    colour: false,
    ask: null,
  }
  await createProgram(() => context).parseAsync(words, { from: 'user' })
  return told.join('\n')
}

it('lists a proposal, shows its records side by side and rejects it by a short id; a link is found by the vendor’s id', async () => {
  const listed = await run('matches', 'list')
  expect(listed).toMatch(/4711 +Nord +Nord GmbH +99 +email-domain, name/)
  const short = listed.split('\n')[1]?.split(' ')[0] ?? ''
  expect(match.startsWith(short)).toBe(true)
  const shown = await run('matches', 'show', short)
  expect(shown).toMatch(/AS IT IS +CANDIDATE 1/)
  expect(shown).toContain(
    '99 of 100 (an e-mail address at the other’s domain; the same name, legal form and spelling aside)',
  )
  expect(shown).toMatch(/domain +nord\.com +-/)
  expect(await run('matches', 'reject', short)).toContain('Rejected: sales 4711')
  expect(await run('matches', 'list')).toBe('Nothing found.')
  expect(await run('links', 'show', '--connection', 'sales', '--vendor-id', '4711')).toMatch(
    /sales +companies +4711 +live/,
  )
  await expect(run('links', 'show')).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  await expect(run('matches', 'accept', short)).rejects.toMatchObject({ code: 'CW_MATCH_DECIDED' })
})
