/** `causeway policy` as a person uses it, against a real API over rulings that were made by the process's own code. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listening, type Listening } from '../../test/setup/listening.ts'
import * as tables from '../db/schema/index.ts'
import { policySchema } from '../domain/policy/policy.ts'
import { rule, type Claim, type Finding } from '../domain/ruling.ts'
import { CausewayError } from '../errors.ts'
import { openRig, type Rig } from '../http/rig.test-support.ts'
import { keepJudgement } from '../process/judgement.ts'
import { keepPolicy } from '../process/keep-policy.ts'
import { said } from './said.test-support.ts'

let rig: Rig
let api: Listening
let folder = ''
const inForce = policySchema.parse({})
const source = '# nothing is approved by itself\nversion: "1"\n'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-policy-'))
  rig = await openRig()
  api = await listening(rig.app)
  await rig.db.transaction((tx) => keepPolicy(tx, inForce, source))
  await ruled('Alder', { amount: '900' })
  await ruled('Birch', { amount: '9000' })
  await ruled('Cedar', { amount: '800', closeDate: '2026-01-01' })
  await ruled('Dogwood', { amount: '700' }, [
    {
      kind: 'registration',
      otherId: '0198c0de-0000-7000-8000-000000000001',
      matchedOn: ['domain'],
      score: 100,
      other: { partnerId: 'other', submittedAt: '2026-11-01T00:00:00.000Z', state: 'in-review' },
    },
  ])
})

afterAll(async () => {
  await api.close()
  await rig.close()
  rmSync(folder, { recursive: true })
})

/** A claim that was ruled by the policy in force, and what it was ruled on. */
async function ruled(company: string, more: Partial<Claim>, findings: Finding[] = []): Promise<void> {
  const { partnerId } = rig.seeded.a
  const [row] = await rig.db.insert(tables.registrations).values({ company, partnerId, state: 'in-review' }).returning()
  if (row === undefined) throw new Error('no registration was added')
  const claim: Claim = {
    id: row.id,
    partnerId,
    submittedAt: '2026-11-20T10:00:00.000Z',
    currency: 'USD',
    amount: null,
    tier: 'Gold',
    region: null,
    group: null,
    partnerType: null,
    country: null,
    products: [],
    dealType: null,
    closeDate: null,
    ...more,
  }
  const about = { covered: true, today: '2026-11-20' }
  const ruling = rule(claim, findings, about, inForce)
  await rig.db.transaction((tx) =>
    keepJudgement(tx, rig.deps.programme, row, { ...about, claim, findings, ruling, split: null }),
  )
}

const causeway = (words: string[], key: 'admin' | 'manager') => said(words, { url: api.url, key: rig.keys[key] })

const run = (words: string[], key: 'admin' | 'manager' = 'admin') => causeway(['policy', ...words], key)

async function keep(text: string): Promise<void> {
  await rig.db.transaction((tx) => keepPolicy(tx, policySchema.parse({}), text))
}

function draft(text: string): string {
  const file = join(folder, 'draft.yaml')
  writeFileSync(file, text)
  return file
}

const generous = `version: '2'
currency: USD
approval:
  - { name: small, when: { amount: { upTo: 1000 } }, ruling: approve }
precedence:
  - { name: whoever-comes, against: [registration], samePartner: false, ruling: ask }
`

const directDeal = (openedAt: string | null): Finding => ({
  kind: 'direct-deal',
  otherId: '0198c0de-0000-7000-8000-000000000002',
  matchedOn: ['domain'],
  score: 100,
  other: { openedAt },
})

describe('a draft is tried on what was ruled before', () => {
  it('and changes nothing when it says the same', async () => {
    expect(await run(['simulate', draft("version: '1'\n")])).toBe(
      '4 rulings judged by version 1: 0 would change, 0 would cite another rule, 4 stay as they are.',
    )
  })

  it('and lists what would change, with counts and examples', async () => {
    const text = await run(['simulate', draft(generous)])
    expect(text).toContain(
      '4 rulings judged by version 2: 2 would change, 0 would cite another rule, 2 stay as they are.',
    )
    expect(text).toMatch(/^ask +approve +1$/m)
    expect(text).toMatch(/^decline +ask +1$/m)
    expect(text).toMatch(/Alder .* ask \(no-automatic-approval\) +approve \(small\) .* in-review/)
    expect(text).toMatch(/Dogwood .* decline \(first-in-time\) +ask \(whoever-comes\) +registration +in-review/)
    const asJson: unknown = JSON.parse(await run(['simulate', draft(generous), '--json', '--examples', '0']))
    expect(asJson).toMatchObject({ judged: 4, examples: [], changes: [{ count: 1 }, { count: 1 }] })
  })

  it('from an instant on', async () => {
    const { id } = (await rig.db.select().from(tables.judgements).limit(1))[0] ?? { id: '' }
    await rig.db.update(tables.judgements).set({ at: '2026-10-31T00:00:00.000Z' }).where(eq(tables.judgements.id, id))
    expect(await run(['simulate', draft(generous), '--since', '2026-11-01'])).toMatch(/^3 rulings judged/)
  })

  it('also by who was first, a claim or a direct deal, and says since when the deal is open', async () => {
    await ruled('Elder', { amount: '100' }, [directDeal('2026-11-19T00:00:00.000Z')])
    await ruled('Fir', { amount: '100' }, [directDeal('2026-11-21T00:00:00.000Z')])
    await ruled('Gorse', { amount: '100' }, [directDeal(null)])
    const first = `${generous}  - { name: who-was-first, against: [direct-deal], ruling: first-in-time }\n`
    const text = await run(['simulate', draft(first), '--examples', '9'])
    expect(text).toMatch(/Elder .* ask \(conflict-check\) +decline \(who-was-first\) +direct-deal since 2026-11-19/)
    expect(text).toMatch(/Fir .* ask \(conflict-check\) +approve \(small\)/)
    expect(text).not.toContain('Gorse')
  })

  it('unless it contradicts itself: each line is told, also by the API', async () => {
    const text = `approval:
  - { name: all, ruling: approve }
  - { name: gold, when: { tiers: [gold] }, ruling: decline }
`
    await expect(run(['simulate', draft(text)])).rejects.toThrow(
      `${join(folder, 'draft.yaml')}:3 approval.1: rule "gold" is never reached: "all" before it holds for all of its claims and says otherwise (the other one stands on line 2)`,
    )
    const document = { approval: [{ name: 'x', ruling: 'sometimes' }] }
    const answer = await rig.call('admin', 'POST', '/api/v1/policies/simulate', { document })
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'CW_POLICY_INVALID' } } })
    await expect(run(['simulate', draft(generous)], 'manager')).rejects.toMatchObject({ code: 'CW_FORBIDDEN' })
  })
})

describe('the policies that were in force', () => {
  it('are listed and shown as they were written', async () => {
    expect(await run(['list'], 'manager')).toMatch(/^1 +\d{4}-.* 7 +in force$/m)
    expect(await run(['show'], 'manager')).toMatch(/^# version 1, .*\n# nothing is approved by itself\nversion: "1"\n/)
    await expect(run(['show', '99'])).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
  })

  it('keep one text a version, whatever its comments', async () => {
    await keep("version: '1' # once more\n")
    await expect(keep('version: "1"\nscreening: { wait: 9m }\n')).rejects.toMatchObject({
      code: 'CW_POLICY_VERSION_USED',
    })
    expect(await run(['show'])).toContain('# once more')
  })
})

describe('the page', () => {
  it('is written for partners or staff', async () => {
    const file = draft("approver: [{ name: desk, to: desk@example.com }]\ntitle: 'Rules <of> 2027'\n")
    const out = join(folder, 'rules.html')
    expect(await run(['page', file, '--out', out])).toBe(`Written to ${out}`)
    const html = readFileSync(out, 'utf8')
    expect(html).toContain('<h1>Rules &lt;of&gt; 2027</h1>')
    expect(html).not.toContain('desk@example.com')
    expect(html).not.toMatch(/<script|https?:|src=|@import/)
    expect(await run(['page', file, '--audience', 'staff'])).toContain('A claim is decided by desk@example.com.')
    await expect(run(['page', file, '--out', 'rules.doc'])).rejects.toBeInstanceOf(CausewayError)
  })

  it('is served, and a partner reads what is for partners', async () => {
    const path = '/api/v1/policy/page?audience=staff'
    const [staff, partner] = await Promise.all([rig.call('manager', 'GET', path), rig.call('a', 'GET', path)])
    expect(staff.text).toContain('For staff: not to be passed on to partners.')
    expect(partner.text).toContain('For partners.')
    expect(partner.text).toContain('id="first-in-time"')
    expect(partner.headers.get('content-security-policy')).toContain("default-src 'none'")
    const markdown = await rig.call('a', 'GET', '/api/v1/policy/page?form=markdown')
    expect(markdown.text).toContain('## 2. Who goes first')
  })
})

it('a policy is checked without anything running', async () => {
  expect(await run(['check', draft(generous)])).toContain('draft.yaml is valid: version 2, 3 named rules.')
  await expect(run(['check', join(folder, 'nowhere.yaml')])).rejects.toMatchObject({ code: 'CW_POLICY_INVALID' })
})

const accounts = (...words: string[]) => causeway(['named-accounts', ...words], 'admin')

it('a list of named accounts takes the place of what it named before, or is refused as a whole', async () => {
  const file = join(folder, 'strategic.csv')
  writeFileSync(file, 'name,domain,territory\nNord AG,www.nord-ag.de,DACH\nSued GmbH,,\n')
  expect(await accounts('import', file, '--source', 'strategic')).toBe('strategic names 2 accounts; before 0.')
  writeFileSync(file, 'name,domain\nNord AG,nord-ag.de\n')
  expect(await accounts('import', file, '--source', 'strategic')).toBe('strategic names 1 accounts; before 2.')
  writeFileSync(file, 'name,domain\nNord AG,not a domain\n,\n')
  await expect(accounts('import', file, '--source', 'strategic')).rejects.toThrow('row 1: "not a domain" is no domain')
  writeFileSync(file, 'firma\nNord AG\n')
  await expect(accounts('import', file, '--source', 'strategic')).rejects.toThrow('has the column firma')
  const failed = { source: 'report', connection: 'crm', list: '42', nextAt: '2027-01-01T00:00:00.000Z' } as const
  await rig.db.insert(tables.namedLists).values({ ...failed, code: 'CW_LIST_INCOMPLETE' })
  const listed = await accounts('list')
  expect(listed).toMatch(/^strategic +1 +imported/m)
  expect(listed).toMatch(/^report +0 +crm 42 +- +0 +CW_LIST_INCOMPLETE$/m)
  const [row] = await rig.db.select().from(tables.namedAccounts)
  expect(row).toMatchObject({ name: 'Nord AG', domain: 'nord-ag.de', source: 'strategic', nameKey: 'nord' })
})
