/** `causeway policy`: the rules of engagement: checked, tried on the past, read, and looked up as they were. */
import { readFile, writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { z } from 'zod'
import { audiences, type Audience } from '../domain/policy/paragraphs.ts'
import type { Policy } from '../domain/policy/policy.ts'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { instant, table } from './print.ts'

const edition = z.looseObject({ version: z.string(), since: z.string(), rulings: z.number() })
const ruled = z.looseObject({ ruling: z.string(), rule: z.string() })
const simulation = z.looseObject({
  version: z.string(),
  judged: z.number(),
  same: z.number(),
  otherRule: z.number(),
  changes: z.array(z.looseObject({ was: z.string(), would: z.string(), count: z.number() })),
  examples: z.array(
    z.looseObject({
      registrationId: z.string(),
      company: z.string().nullable(),
      partner: z.string().nullable(),
      at: z.string(),
      state: z.string(),
      was: ruled,
      would: ruled.extend({
        why: z.array(z.string()),
        because: z.object({ kind: z.string(), since: z.string().nullable() }).nullable(),
      }),
    }),
  ),
})

export function policyCommands(program: Command, context: () => CliContext): void {
  const policy = program.command('policy').description('the rules of engagement')

  leaf(policy, 'check [file]', 'check a policy, or that of causeway.yaml; each finding names its line', [
    'policy check',
    'policy check drafts/policy.yaml',
  ]).action(async (file: string | undefined, options: CommonOptions) => {
    const ctx = context()
    const { policy: found, name } = await policyIn(ctx, file)
    const rules = [found.precedence, found.approval, found.approver, found.exclusivity.terms, found.price].flat().length
    answer(
      ctx,
      options,
      { file: name, version: found.version, rules },
      () => `${name} is valid: version ${found.version}, ${String(rules)} named rules.`,
    )
  })

  leaf(policy, 'simulate <file>', 'judge the recorded registrations by a draft, and list which rulings would change', [
    'policy simulate drafts/policy.yaml',
    'policy simulate drafts/policy.yaml --since 2026-10-01 --examples 20',
    'policy simulate drafts/policy.yaml --json',
  ])
    .option('--since <instant>', 'only rulings from then on, such as 2026-10-01')
    .option('--examples <n>', 'list so many of each change', wholeNumber, '5')
    .action(async (file: string, options: CommonOptions & { since?: string; examples: string }) => {
      const ctx = context()
      const { document } = await policyIn(ctx, file)
      const body = { document, since: instantOf(options.since), examplesEach: Number(options.examples) }
      const found = await (await openApi(ctx.env)).send('POST', '/policies/simulate', body, simulation)
      answer(ctx, options, found, () => told(found, ctx.colour))
    })

  leaf(policy, 'list', 'the policies that were ever in force, the latest first', ['policy list']).action(
    async (options: CommonOptions) => {
      const ctx = context()
      const found = await (
        await openApi(ctx.env)
      ).get('/policies', {}, z.looseObject({ inForce: z.string(), items: z.array(edition) }))
      answer(ctx, options, found, () =>
        table(
          ['VERSION', 'SINCE', 'RULINGS', ''],
          found.items.map(({ version, since, rulings }) => [
            version,
            instant(since),
            rulings,
            version === found.inForce ? 'in force' : '',
          ]),
          ctx.colour,
        ),
      )
    },
  )

  leaf(policy, 'show [version]', 'a policy as it was written; without a version, the one in force', [
    'policy show',
    "policy show '2026-3'",
  ]).action(async (version: string | undefined, options: CommonOptions) => {
    const ctx = context()
    const api = await openApi(ctx.env)
    const wanted = version ?? (await api.get('/policies', {}, z.looseObject({ inForce: z.string() }))).inForce
    const found = await api.get(
      `/policies/${encodeURIComponent(wanted)}`,
      {},
      edition.extend({ source: z.string().nullable(), document: z.unknown() }),
    )
    answer(ctx, options, found, () =>
      [
        `# version ${found.version}, in force since ${instant(found.since)}, cited by ${String(found.rulings)} rulings`,
        found.source ?? JSON.stringify(found.document, null, 2),
      ].join('\n'),
    )
  })

  leaf(policy, 'page [file]', 'the policy as a document for people: of causeway.yaml, or of a draft', [
    'policy page --out rules.html',
    'policy page --out rules.md --audience staff',
    'policy page drafts/policy.yaml --out draft.html',
  ])
    .option('--out <file>', 'where it is written: .html, which prints well, or .md; without it Markdown is printed')
    .addOption(new Option('--audience <who>', 'for whom').choices(audiences).default('partner'))
    .action(async (file: string | undefined, options: CommonOptions & { out?: string; audience: Audience }) => {
      const ctx = context()
      const { policy: found } = await policyIn(ctx, file)
      const { audience, out } = options
      const { policyMarkdown } = await import('../domain/policy/page.ts')
      const shown = { audience, since: null }
      if (out === undefined) {
        const text = policyMarkdown(found, shown)
        return answer(ctx, options, { audience, text }, () => text)
      }
      const { policyPage } = await import('../http/pages/policy.ts')
      const isHtml = formOf(out) === 'html'
      await writeFile(out, isHtml ? String(await policyPage(found, shown)) : policyMarkdown(found, shown))
      answer(ctx, options, { file: resolve(out), audience }, () => `Written to ${resolve(out)}`)
    })
}

/** A policy's file, or what causeway.yaml says. */
async function policyIn(
  ctx: CliContext,
  file: string | undefined,
): Promise<{ name: string; policy: Policy; document: unknown }> {
  const { readPolicyFile } = await import('../runtime/config/policy-file.ts')
  if (file !== undefined) {
    const source = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new CausewayError('CW_POLICY_INVALID', `${file} cannot be read`, { file }, { cause: error })
    })
    const read = readPolicyFile({ file, source }, ctx.env.all)
    if (read.ok) return { name: file, ...read }
    const { list } = await import('../runtime/config/findings.ts')
    throw new CausewayError('CW_POLICY_INVALID', list(file, read.findings), { file, findings: read.findings })
  }
  const [{ loadConfig }, { checkSettings }] = await Promise.all([
    import('../runtime/config/load.ts'),
    import('../runtime/compose.ts'),
  ])
  const { policy } = loadConfig(ctx.env.configFile, ctx.env.all, checkSettings)
  return { name: `The policy of ${ctx.env.configFile}`, policy, document: null }
}

function formOf(file: string): 'html' | 'markdown' {
  const extension = extname(file).toLowerCase()
  if (extension === '.html' || extension === '.htm') return 'html'
  if (extension === '.md') return 'markdown'
  throw new CausewayError('CW_REQUEST_INVALID', `"${file}" ends neither in .html nor in .md`, { field: 'out' })
}

function instantOf(text: string | undefined): string | null {
  if (text === undefined) return null
  const ms = Date.parse(text)
  if (Number.isNaN(ms))
    throw new CausewayError('CW_REQUEST_INVALID', `"${text}" is no day or instant; expected one such as 2026-10-01`, {
      field: 'since',
    })
  return new Date(ms).toISOString()
}

function beforeIt({ kind, since }: { kind: string; since: string | null }): string {
  return since === null ? kind : `${kind} since ${instant(since) ?? ''}`
}

function told(found: z.infer<typeof simulation>, colour: boolean): string {
  const changed = found.changes.reduce((sum, { count }) => sum + count, 0)
  const head = `${String(found.judged)} rulings judged by version ${found.version}: ${String(changed)} would change, ${String(found.otherRule)} would cite another rule, ${String(found.same)} stay as they are.`
  if (changed === 0) return head
  const rows = found.examples.map(({ registrationId, company, partner, at, state, was, would }) => [
    registrationId.slice(0, 8),
    company,
    partner,
    instant(at),
    `${was.ruling} (${was.rule})`,
    `${would.ruling} (${would.rule})`,
    would.because === null ? would.why.join(' ') : beforeIt(would.because),
    state,
  ])
  return [
    head,
    '',
    table(
      ['WAS', 'WOULD BE', 'RULINGS'],
      found.changes.map(({ was, would, count }) => [was, would, count]),
      colour,
    ),
    '',
    table(['ID', 'COMPANY', 'PARTNER', 'RULED', 'WAS', 'WOULD BE', 'WHY', 'IS NOW'], rows, colour),
  ].join('\n')
}
