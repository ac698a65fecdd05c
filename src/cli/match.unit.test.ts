import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readEnvironment } from '../runtime/environment.ts'
import { reportFailure } from './failure.ts'
import { createProgram } from './program.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-match-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const heading = 'name_a,domain_a,country_a,name_b,domain_b,country_b'

/** Runs the command on a file with these bytes. */
async function run(
  content: string | Uint8Array,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const file = join(folder, 'pairs.csv')
  writeFileSync(file, content)
  const told = { out: '', err: '' }
  const argv = ['match', file, ...args]
  const context = {
    env: readEnvironment({}),
    out: (text: string) => (told.out += text),
    err: (text: string) => (told.err += text),
    colour: false,
    ask: null,
  }
  try {
    await createProgram(() => context).parseAsync(argv, { from: 'user' })
    return { code: 0, ...told }
  } catch (error) {
    const code = reportFailure(error, argv, context.err)
    return { code, out: told.out, err: told.err.replaceAll(file, 'pairs.csv') }
  }
}

const report = z.object({
  pairs: z.array(
    z.object({
      line: z.number(),
      verdict: z.string(),
      score: z.number(),
      matchedOn: z.array(z.string()),
      reason: z.string(),
    }),
  ),
  measured: z
    .object({ precision: z.number().nullable(), recall: z.number().nullable(), missed: z.number() })
    .nullable(),
})
const json = async (content: string, ...args: string[]) =>
  report.parse(JSON.parse((await run(content, ...args, '--json')).out))

describe('causeway match', () => {
  it('tells verdict, score and reason of each pair, by line, without a running Causeway', async () => {
    const { pairs, measured } = await json(
      `${heading}\nHafen AG,hafen.com,DE,Hafen,www.hafen.com,\n"Hafen,\nWerft",,,Nordlicht,,\n,gmail.com,,,gmail.com,\n`,
    )
    expect(measured).toBeNull()
    expect(pairs).toMatchObject([
      { line: 2, verdict: 'same', score: 100, matchedOn: ['domain', 'name'] },
      { line: 4, verdict: 'different', score: 0, reason: 'but another name' },
      { line: 5, verdict: 'different', score: 0, reason: 'nothing in common' },
    ])
    expect(pairs[0]?.reason).toBe('the same domain; the same name, legal form and spelling aside')
  })

  it('tells precision and recall where the file knows, and shows only what was judged otherwise on demand', async () => {
    const file = `\uFEFFsame,${heading},note\r\ntrue,Hafen AG,,,Hafen GmbH,,,x\r\nFALSE,Hafen,,,Hafen,,,\r\ntrue,Hafen,,,Port,,,\r\n`
    expect((await json(file)).measured).toMatchObject({ precision: 0.5, recall: 0.5, missed: 1 })
    const { out } = await run(file, '--wrong')
    expect(out).not.toContain('Hafen GmbH')
    expect(out).toContain('3 pairs: precision 0.500 (1 found falsely), recall 0.500 (1 missed).')
  })

  it('takes the aliases of a policy', async () => {
    const policy = join(folder, 'policy.yaml')
    writeFileSync(policy, 'matching: { aliases: [[nordwerk.de, hafen.com]] }')
    const file = `${heading}\n,nordwerk.de,,,hafen.com,\n`
    expect((await json(file)).pairs[0]?.verdict).toBe('different')
    expect((await json(file, '--policy', policy)).pairs[0]).toMatchObject({ verdict: 'same', matchedOn: ['alias'] })
    writeFileSync(policy, 'matching: { alias: 1 }')
    const { code, err } = await run(file, '--policy', policy)
    expect(code).toBe(1)
    expect(err).toContain('policy.yaml:1')
  })

  it.each([
    [
      'lacks a column',
      'name_a,domain_a\nA,b.com\n',
      'pairs.csv:1 the heading lacks country_a, name_b, domain_b, country_b',
    ],
    ['is empty', '', 'pairs.csv:1 the heading lacks name_a'],
    ['has a heading alone', `${heading}\n`, 'pairs.csv:1 there is no pair under the heading'],
    ['names a column twice', `${heading},name_a\n`, 'pairs.csv:1 the heading names name_a twice'],
    ['knows nothing of a side', `${heading}\nA,,,B,,\n\nA,,DE,,,\n`, 'pairs.csv:4 side b has no name and no domain'],
    ['has what is no domain', `${heading}\nA,n/a,,B,,\n`, 'pairs.csv:2 domain_a is "n/a"; expected a domain'],
    [
      'has what is no country',
      `${heading}\nA,,,B,,Germany\n`,
      'pairs.csv:2 country_b is "Germany"; expected two letters',
    ],
    ['has what is no answer', `${heading},same\nA,,,B,,,yes\n`, 'pairs.csv:2 same is "yes"; expected true or false'],
    ['has a short line', `${heading}\nA,,,B,,\nA,B\n`, 'pairs.csv:3 this line has another number of columns'],
    ['has an open quotation', `${heading}\n"A,,,B,,\n`, 'a quotation mark is not closed'],
    ['is not UTF-8', Buffer.from(`${heading}\nM\xfcller,,,B,,\n`, 'latin1'), 'pairs.csv:2 a character is not UTF-8'],
  ])('names the line of a file that %s', async (_, content, told) => {
    const { code, err, out } = await run(content)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('CW_PAIRS_INVALID')
    expect(err).toContain(told)
  })

  it('tells all that is wrong at once, and not a thousand lines of it', async () => {
    const { err } = await run(`${heading}\n${'A,,,,,\n'.repeat(1000)}`)
    expect(err.match(/side b has no name/g)).toHaveLength(20)
    expect(err).toContain('and 980 more')
  })
})
