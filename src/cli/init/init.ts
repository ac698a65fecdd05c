/** `causeway init`: from nothing to the first synced partner, step by step; each step shows the command that does the same by hand. */
import { existsSync } from 'node:fs'
import { InvalidArgumentError, type Command } from 'commander'
import { isVendor, vendorNames } from '../../../connectors/registry.ts'
import { CausewayError } from '../../errors.ts'
import type { CliContext } from '../context.ts'
import { leaf } from '../leaf.ts'
import { askNobody, askPerson, Interrupted, type Ask } from './ask.ts'
import { byHand, type MakeProgram } from './hand.ts'
import { fresh, keepProgress, readProgress, type Progress } from './progress.ts'
import { steps } from './steps.ts'
import type { InitOptions, Walk } from './walk.ts'

/** @param makeProgram the whole command, for the steps that are its commands */
export function initCommands(program: Command, context: () => CliContext, makeProgram: MakeProgram): void {
  leaf(program, 'init', 'set Causeway up, step by step: connect, check, make what is missing, map, preview, go live', [
    'init --sandbox',
    'init --sandbox --yes',
    'init --yes --vendors partnerstack,hubspot --set portal.publicKey=pk_1 --set portal.secretKey=file:/run/secrets/portal --set growth.accessToken=env:HUBSPOT_TOKEN',
  ])
    .option('--yes', 'ask nothing: every answer is a flag or has a default')
    .option('--sandbox', 'against the stand-ins, which are started if none run')
    .option('--any-port', 'stand-ins of its own at any free ports')
    .option('--vendors <names>', `the systems, of ${vendorNames().join(', ')}`, vendorList)
    .option(
      '--set <connection.setting=value>',
      'an answer; a secret is best env:NAME or file:/path, else it is put into a file of the data folder',
      assigned,
      {},
    )
    .option('--approver <address>', 'who decides when a partner has no manager')
    .option('--fresh', 'begin anew, whatever an earlier start remembers; causeway.yaml and secrets are written again')
    .addHelpText('after', '\nWhat was answered is kept, without secrets: the next start goes on where this one ended.')
    .action(async (options: InitOptions) => {
      const ctx = context()
      await walk(ctx, options, makeProgram)
    })
}

async function walk(ctx: CliContext, options: InitOptions, makeProgram: MakeProgram): Promise<void> {
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
  } catch (error) {
    await keep()
    if (!(error instanceof Interrupted)) {
      ctx.err('What was done so far is kept: `causeway init` goes on from here.')
      throw error
    }
    ctx.err('Stopped. `causeway init` goes on from here.')
    process.exitCode = 1
  }
}

async function begin(ctx: CliContext, ask: Ask, options: InitOptions): Promise<Progress> {
  const kept = options.fresh === true ? null : await readProgress(ctx.env)
  if (kept === null) {
    if (options.fresh !== true && existsSync(ctx.env.configFile))
      throw new CausewayError(
        'CW_REQUEST_INVALID',
        `${ctx.env.configFile} is there already and is not of \`causeway init\`; start Causeway with it, or say --fresh to write another`,
      )
    return { ...fresh(), sandbox: options.sandbox === true, approver: options.approver ?? null }
  }
  const goesOn = await ask.agree(
    `An earlier start ended after: ${kept.done.join(', ') || 'nothing'}. Go on from there?`,
  )
  if (!goesOn) return { ...fresh(), sandbox: options.sandbox === true, approver: options.approver ?? null }
  // New answers are taken: the steps that they concern are done again.
  if (Object.keys(options.set).length > 0)
    kept.done = kept.done.filter((step) => step !== 'systems' && step !== 'connect')
  // Whether what was left running still runs, and how it finds things now, is looked at each time.
  kept.done = kept.done.filter((step) => step !== 'start' && step !== 'doctor')
  return kept
}

function vendorList(text: string): string[] {
  return text.split(',').map((given) => {
    const name = given.trim()
    if (!isVendor(name)) throw new InvalidArgumentError(`"${name}" is none of ${vendorNames().join(', ')}.`)
    return name
  })
}

function assigned(text: string, before: Record<string, string>): Record<string, string> {
  const [, key, value] = /^([a-z][a-z0-9-]*\.[A-Za-z]\w*)=(.+)$/s.exec(text) ?? []
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError('Expected <connection>.<setting>=<value>.')
  return { ...before, [key]: value }
}

const shellWord = (word: string) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`)
