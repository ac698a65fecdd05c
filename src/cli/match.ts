/** `causeway match`: an admin tries the rules of matching on pairs of their own. */
import type { Command } from 'commander'
import { rulesOf } from '../domain/matching/aliases.ts'
import { profile, type Company } from '../domain/matching/company.ts'
import { match, type Match, type MatchingRules } from '../domain/matching/match.ts'
import { measure, type Measured } from '../domain/matching/measure.ts'
import { againstWords, reasonWords } from '../domain/matching/reasons.ts'
import { answer } from './answer.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { readText } from './mapping-file.ts'
import { readPairs, type Pair } from './pairs-file.ts'
import { table, wrapped } from './print.ts'

interface Options extends CommonOptions {
  policy?: string
  wrong?: boolean
}

export function matchCommand(program: Command, context: () => CliContext): void {
  leaf(
    program,
    'match <file>',
    'whether pairs of companies in a CSV file are one: verdict, score and reason; needs no running Causeway',
    ['match pairs.csv', 'match pairs.csv --wrong', 'match pairs.csv --policy policy.yaml --json'],
  )
    .option('--policy <file>', 'take the domains of one company (matching.aliases) from this policy')
    .option('--wrong', 'with a column "same": show only the pairs that were judged otherwise')
    .addHelpText(
      'after',
      `
The columns are name_a, domain_a, country_a, name_b, domain_b, country_b; on each side a name or a domain is needed. With a
column "same" (true or false) precision and recall are told: what is the same, or worth asking, counts as found.`,
    )
    .action(async (file: string, options: Options) => {
      const ctx = context()
      const pairs = readPairs(file, await readText(file))
      const rules = rulesOf({ aliases: await aliasesIn(options.policy, ctx) })
      const judged = pairs.map((pair) => ({ ...pair, ...judge(pair, rules) }))
      const known = judged.flatMap(({ verdict, same }) => (same === null ? [] : [{ verdict, same }]))
      const measured = known.length === 0 ? null : measure(known)
      const shown = options.wrong === true ? judged.filter(isWrong) : judged
      const whole = { pairs: shown.map(({ a: _a, b: _b, ...one }) => one), measured }
      answer(ctx, options, whole, () => told(shown, measured, ctx.colour))
    })
}

function judge({ a, b }: Pair, rules: MatchingRules): Match & { reason: string } {
  const found = match(profile(a), profile(b), rules)
  const words = [
    ...found.matchedOn.map((code) => reasonWords[code]),
    ...found.against.map((code) => againstWords[code]),
  ]
  return { ...found, reason: words.length === 0 ? 'nothing in common' : words.join('; ') }
}

type Judged = Pair & Match & { reason: string }

function isWrong({ verdict, same }: Judged): boolean {
  return same !== null && same !== (verdict !== 'different')
}

async function aliasesIn(file: string | undefined, ctx: CliContext): Promise<readonly string[][]> {
  if (file === undefined) return []
  const [{ readPolicyFile }, { invalid }] = await Promise.all([
    import('../runtime/config/policy-file.ts'),
    import('../runtime/config/findings.ts'),
  ])
  const read = readPolicyFile({ file, source: await readText(file) }, ctx.env.all)
  if (!read.ok) throw invalid(file, read.findings)
  return read.policy.matching.aliases
}

function told(judged: readonly Judged[], measured: Measured | null, colour: boolean): string {
  const hasSame = measured !== null
  const rows = judged.map((one) => [
    one.line,
    one.verdict,
    one.score,
    ...(hasSame ? [one.same === null ? '' : isWrong(one) ? 'wrong' : 'right'] : []),
    named(one.a),
    named(one.b),
    [...one.matchedOn, ...one.against].join(', '),
  ])
  const headings = ['LINE', 'VERDICT', 'SCORE', ...(hasSame ? [''] : []), 'A', 'B', 'WHY']
  const codes = new Set(judged.flatMap(({ matchedOn, against }) => [...matchedOn, ...against]))
  const legend = Object.entries({ ...reasonWords, ...againstWords }).filter(([code]) =>
    [...codes].some((one) => one === code),
  )
  return [
    table(headings, rows, colour),
    ...(legend.length === 0 ? [] : ['', ...legend.map(([code, words]) => wrapped(`${code}: ${words}`))]),
    ...(measured === null ? [] : ['', figures(measured)]),
  ].join('\n')
}

function named({ name, domain, country }: Company): string {
  return [name, domain, country?.toUpperCase()].filter((part) => part != null).join(' · ')
}

function figures({ pairs, precision, recall, certainPrecision, missed, falselyFound }: Measured): string {
  return [
    `${String(pairs)} pairs: precision ${share(precision)} (${String(falselyFound)} found falsely), recall ${share(recall)} (${String(missed)} missed).`,
    `Precision of those that count as one without asking: ${share(certainPrecision)}.`,
  ].join('\n')
}

function share(part: number | null): string {
  return part === null ? 'not defined' : part.toFixed(3)
}
