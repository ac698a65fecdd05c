/** The walk through the steps of the guided set-up, which can be stopped at any moment and goes on from there. */
import { existsSync } from 'node:fs'
import { CausewayError } from '../../errors.ts'
import type { CliContext } from '../context.ts'
import { askNobody, askPerson, Interrupted, Later, type Ask } from './ask.ts'
import { farewell } from './farewell.ts'
import { byHand, type MakeProgram } from './hand.ts'
import { runs, stopCauseway } from './parts.ts'
import { fresh, keepProgress, readProgress, type Progress } from './progress.ts'
import { steps } from './steps.ts'
import type { InitOptions, Walk } from './walk.ts'

export async function guide(ctx: CliContext, options: InitOptions, makeProgram: MakeProgram): Promise<void> {
  const ask = options.yes === true || ctx.ask === null ? askNobody(ctx) : askPerson()
  if (options.yes !== true && ctx.ask === null)
    throw new CausewayError(
      'CW_REQUEST_INVALID',
      'Nobody sits at a terminal to be asked: say --yes and give the answers as flags',
    )
  const progress = await begin(ctx, ask, options)
  const keep = () => keepProgress(ctx.env, progress)
  const it: Walk = {
    ctx,
    ask,
    options,
    progress,
    keep,
    async show(...args) {
      const done = await byHand(makeProgram, ctx, args)
      ask.say([`$ causeway ${args.map(shellWord).join(' ')}`, done.out].join('\n').trimEnd())
      return done
    },
    async read(...args) {
      const done = await byHand(makeProgram, ctx, [...args, '--json'])
      if (done.failure !== null) throw done.failure
      return JSON.parse(done.out) as unknown
    },
  }
  try {
    for (const step of steps) {
      if (progress.done.includes(step.name)) continue
      ask.step(step.title)
      await step.take(it)
      progress.done.push(step.name)
      await keep()
    }
    ask.say(farewell(progress, ctx.env.configFile, true))
  } catch (error) {
    await keep()
    if (error instanceof Later) {
      ask.say([error.message, ...error.commands, '', farewell(progress, ctx.env.configFile, false)].join('\n'))
      return
    }
    if (!(error instanceof Interrupted)) {
      ctx.err('What was done so far is kept: `causeway init` goes on from here.')
      throw error
    }
    ctx.err(
      ['Stopped. `causeway init` goes on from here.', farewell(progress, ctx.env.configFile, false)]
        .join('\n')
        .trimEnd(),
    )
    process.exitCode = 1
  }
}

async function begin(ctx: CliContext, ask: Ask, options: InitOptions): Promise<Progress> {
  const earlier = await readProgress(ctx.env)
  const kept = options.fresh === true ? null : earlier
  if (kept === null) {
    if (options.fresh !== true && existsSync(ctx.env.configFile))
      throw new CausewayError(
        'CW_REQUEST_INVALID',
        `${ctx.env.configFile} is there already and is not of \`causeway init\`; start Causeway with it, or say --fresh to write another`,
      )
    return anew(ctx, options, earlier)
  }
  const goesOn = await ask.agree(
    `An earlier start ended after: ${kept.done.join(', ') || 'nothing'}. Go on from there?`,
  )
  if (!goesOn) return anew(ctx, options, earlier)
  // New answers are taken: the steps that they concern are done again.
  if (Object.keys(options.set).length > 0)
    kept.done = kept.done.filter((step) => step !== 'systems' && step !== 'connect')
  // Whether what was left running still runs, and how it finds things now, is looked at each time.
  kept.done = kept.done.filter((step) => step !== 'start' && step !== 'doctor')
  return kept
}

const shellWord = (word: string) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`)

/** What an earlier start left running is stopped, for it would not know the new answers; its stand-ins serve again. */
async function anew({ env }: CliContext, options: InitOptions, earlier: Progress | null): Promise<Progress> {
  const running = earlier?.started.causeway ?? null
  if (running !== null && (await runs(env))) await stopCauseway(running)
  return {
    ...fresh(),
    sandbox: options.sandbox === true,
    approver: options.approver ?? null,
    started: { sandbox: earlier?.started.sandbox ?? null, causeway: null },
    urls: earlier?.urls ?? {},
  }
}
