/** `causeway plan` and `causeway apply`: what each connection's system lacks for its settings, and making it. */
import { styleText } from 'node:util'
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError, errors, isErrorCode } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi, type ApiClient } from './client.ts'
import { isConfirmed } from './confirm.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { wrapped } from './print.ts'

const text = z.string().nullable()
const step = z.looseObject({
  id: z.string(),
  object: z.string(),
  label: z.string(),
  permission: z.string(),
  granted: z.boolean().nullable(),
  state: z.string(),
  found: text,
  byHand: text,
})
type Step = z.infer<typeof step>
const headroom = z.looseObject({
  of: z.string(),
  needs: z.number(),
  room: z.number().nullable(),
  limit: z.number().nullable(),
  tooSmall: z.boolean(),
  unsure: text,
})
const planSchema = z.looseObject({
  connection: z.string(),
  vendor: z.string(),
  supported: z.boolean(),
  counts: z.looseObject({ made: z.number(), missing: z.number(), differs: z.number(), 'by-hand': z.number() }),
  headroom: z.array(headroom),
  steps: z.array(step),
})
type Plan = z.infer<typeof planSchema>
const fault = z.object({ code: z.string(), vendorCode: text, message: z.string() })
const result = step.extend({ outcome: z.string(), waitsFor: z.array(z.string()), fault: fault.nullable() })
type Result = z.infer<typeof result>
const applied = z.looseObject({ connection: z.string(), steps: z.array(result) })
const names = z.looseObject({ items: z.array(z.looseObject({ name: z.string() })) })

/** Something is not as wished: for scripts that want to know. */
const LACKING = 3

/** Where what belongs to a step stands. */
const BELOW = ' '.repeat(10)

export function provisionCommands(program: Command, context: () => CliContext): void {
  leaf(
    program,
    'plan [connections...]',
    'show what each CRM lacks for the settings, and which permission making it takes',
    ['plan', 'plan sales --all', 'plan sales --json'],
  )
    .option('--all', 'show what is there too')
    .addHelpText('after', '\nExit codes: 0 nothing to do, 3 something is missing or different.')
    .action(async (wished: string[], options: CommonOptions & { all?: boolean }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { plans, failures } = await plansOf(api, wished)
      if (plans.length > 0 || failures.length === 0)
        answer(ctx, options, { plans }, () => told(plans, options.all === true, ctx.colour))
      if (plans.some(isLacking)) process.exitCode = LACKING
      tellFailures(ctx, failures)
    })

  leaf(program, 'apply [connections...]', 'make what a CRM lacks for the settings; harmless to repeat', [
    'apply sales',
    'apply sales --only field:Opportunity.Causeway_Id__c --yes',
  ])
    .option('--only <id>', 'this step and those that it needs; may be given again', collected)
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is there, 1 a step failed, 3 something is left to a person: by hand, or because it differs.',
    )
    .action(async (wished: string[], options: CommonOptions & { only?: string[]; yes?: boolean }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { plans: all, failures } = await plansOf(api, wished)
      const plans = all.filter((plan) => fits(plan, options.only))
      if (plans.length === 0 && options.only !== undefined && failures.length === 0)
        throw new CausewayError('CW_REQUEST_INVALID', `No plan has the step ${options.only.join(', ')}`)
      const open = plans.filter(({ counts }) => counts.missing > 0)
      // Nobody reads a plan that is carried out at once: the results say the same.
      const read = options.yes === true ? plans.filter((plan) => !open.includes(plan)) : plans
      if (options.json !== true && read.length > 0) ctx.out(told(read, false, ctx.colour))
      if (open.length > 0) {
        const where = open.map(({ connection }) => connection).join(', ')
        if (!(await isConfirmed(ctx, options, `Make what is missing in ${where}?`))) return ctx.out('Nothing was done.')
      }
      const done: { connection: string; steps: Result[] }[] = []
      for (const { connection } of open) {
        try {
          done.push({ connection, steps: await makeAll(api, connection, options.only) })
        } catch (error) {
          failures.push(failureOf(connection, error))
        }
      }
      if (options.json === true || done.length > 0)
        answer(ctx, options, { connections: done }, () => done.map(reported).join('\n\n'))
      const ends = done.flatMap(({ steps }) => steps.map(({ outcome }) => outcome))
      if (ends.some((end) => end === 'failed' || end === 'held')) process.exitCode = 1
      else if (plans.some(({ counts }) => counts['by-hand'] + counts.differs > 0)) process.exitCode = LACKING
      tellFailures(ctx, failures)
    })
}

/** The named connections', or those of all whose vendor lets us make anything. One that does not answer hides no other. */
async function plansOf(api: ApiClient, wished: string[]): Promise<{ plans: Plan[]; failures: CausewayError[] }> {
  const all = wished.length > 0 ? wished : (await api.get('/connections', {}, names)).items.map(({ name }) => name)
  const plans: Plan[] = []
  const failures: CausewayError[] = []
  for (const name of all) {
    try {
      plans.push(await api.get(`/connections/${encodeURIComponent(name)}/plan`, {}, planSchema))
    } catch (error) {
      failures.push(failureOf(name, error))
    }
  }
  return { plans: plans.filter(({ supported }) => supported || wished.length > 0), failures }
}

/** One connection's failure, which hides no other's; what keeps everything from being asked is thrown on. */
function failureOf(connection: string, error: unknown): CausewayError {
  if (!(error instanceof CausewayError) || error.code === 'CW_NOT_RUNNING') throw error
  return new CausewayError(error.code, `${connection}: ${error.message}`, error.detail, { cause: error })
}

/** The last is thrown, so that the command ends as failed commands do. */
function tellFailures({ err }: CliContext, failures: CausewayError[]): void {
  for (const failure of failures.slice(0, -1)) err(failure.explain())
  const last = failures.at(-1)
  if (last !== undefined) throw last
}

/** One call makes as much as it can in half a minute. */
async function makeAll(api: ApiClient, connection: string, only: string[] | undefined): Promise<Result[]> {
  const results = new Map<string, Result>()
  let left = only
  do {
    const { steps } = await api.send(
      'POST',
      `/connections/${encodeURIComponent(connection)}/apply`,
      { only: left },
      applied,
    )
    // A step that is looked at again because another needs it was made in the round before.
    for (const one of steps) if (one.outcome !== 'there' || !results.has(one.id)) results.set(one.id, one)
    left = steps.filter(({ outcome }) => outcome === 'left').map(({ id }) => id)
  } while (left.length > 0)
  return [...results.values()]
}

function isLacking({ counts }: Plan): boolean {
  return counts.missing + counts['by-hand'] + counts.differs > 0
}

function fits({ steps }: Plan, only: string[] | undefined): boolean {
  return only === undefined || steps.some(({ id }) => only.includes(id))
}

function told(plans: Plan[], isAll: boolean, colour: boolean): string {
  if (plans.length === 0) return 'No connection’s system is provisioned.'
  return plans.map((plan) => toldOne(plan, isAll, colour)).join('\n\n')
}

function toldOne(
  { connection, vendor, supported, counts, headroom: room, steps }: Plan,
  isAll: boolean,
  colour: boolean,
): string {
  if (!supported) return `${connection} (${vendor}): nothing is made there by Causeway.`
  const { made, missing, differs } = counts
  const head = `${connection} (${vendor}): ${made} there, ${missing} missing, ${differs} different, ${counts['by-hand']} by hand`
  const shown = steps.filter(({ state }) => isAll || state !== 'made')
  const groups = [...Map.groupBy(shown, takes)].map(([needed, group]) =>
    [`\n  ${colour ? styleText('bold', needed, { validateStream: false }) : needed}`, ...group.map(toldStep)].join(
      '\n',
    ),
  )
  return [head, ...room.map(toldRoom), ...groups].join('\n')
}

function toldRoom({ of, needs, room, limit, tooSmall, unsure }: z.infer<typeof headroom>): string {
  const left = room === null ? 'room is not known' : `room for ${room} of ${limit}`
  const verdict = `${tooSmall ? ': NOT ENOUGH, so nothing is made' : ''}${unsure === null ? '' : `: ${unsure}`}`
  return wrapped(`${of}: needs ${needs}, ${left}${verdict}`, '  ')
}

/** What making it takes: the same for many steps, and said once. */
function takes({ permission, granted, state }: Step): string {
  if (state === 'made') return 'there already'
  return `takes ${permission}${granted === null ? '' : granted ? ' (granted)' : ' (NOT granted)'}`
}

/** Long ids and sentences: below each other, for a table would be wider than any terminal. */
function toldStep({ id, state, label, found, byHand }: Step): string {
  return [
    `  ${state.padEnd(7)} ${id}`,
    wrapped(label, BELOW),
    ...(found !== null && state === 'differs' ? [wrapped(`differs and is left alone: ${found}`, BELOW)] : []),
    ...(byHand !== null && state === 'by-hand' ? [wrapped(`by hand: ${byHand}`, BELOW)] : []),
  ].join('\n')
}

function reported({ connection, steps }: { connection: string; steps: Result[] }): string {
  const news = steps.filter(({ outcome }) => outcome !== 'there')
  const made = news.filter(({ outcome }) => outcome === 'made').length
  return [
    `${connection}: ${made} made`,
    ...news.flatMap((one) => {
      const reason = reasonOf(one)
      const code = one.fault === null ? '' : `  ${one.fault.code}`
      return [`  ${one.outcome.padEnd(7)} ${one.id}${code}`, ...(reason === null ? [] : [wrapped(reason, BELOW)])]
    }),
    ...remedies(news),
  ].join('\n')
}

function reasonOf({ outcome, fault: why, waitsFor, found, byHand }: Result): string | null {
  if (why !== null) return why.vendorCode === null ? why.message : `${why.vendorCode}: ${why.message}`
  if (waitsFor.length > 0) return `waits for ${waitsFor.join(', ')}`
  return outcome === 'differs' ? found : outcome === 'by-hand' ? byHand : null
}

function remedies(results: Result[]): string[] {
  const codes = new Set(results.flatMap(({ fault: why }) => (why === null ? [] : [why.code])))
  return [...codes].flatMap((code) => (isErrorCode(code) ? [`${code}: ${errors[code].remedy}`] : []))
}

function collected(id: string, before: string[] | undefined): string[] {
  return [...(before ?? []), id]
}
