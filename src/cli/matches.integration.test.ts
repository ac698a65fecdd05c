/** `causeway matches` and `causeway links` as a person uses them, against a real API. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listening, type Listening } from '../../test/setup/listening.ts'
import * as tables from '../db/schema/index.ts'
import { openRig, type Rig } from '../http/rig.test-support.ts'
import { said } from './said.test-support.ts'

let rig: Rig
let api: Listening
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
  api = await listening(rig.app)
})

afterAll(async () => {
  await api.close()
  await rig.close()
})

const run = (...words: string[]) => said(words, { url: api.url, key: rig.keys.manager })

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
