/** Asks a person at the terminal; where nobody sits there, what is not given as a flag has its default or is named as missing. */
import * as clack from '@clack/prompts'
import { CausewayError } from '../../errors.ts'
import type { CliContext } from '../context.ts'

export interface Ask {
  isInteractive: boolean
  text(flag: string, question: string, wish: { hint?: string; initial?: string; secret?: boolean }): Promise<string>
  choose(flag: string, question: string, choices: { value: string; label: string }[], initial: string): Promise<string>
  chooseSome(flag: string, question: string, choices: { value: string; label: string }[]): Promise<string[]>
  /** Unattended: yes. */
  agree(question: string): Promise<boolean>
  /** The heading of a step. */
  step(title: string): void
  say(text: string): void
}

/** Ctrl-C at a question: what was answered is kept. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** A no to going live: the set-up rests there, and nothing failed. */
export class Later extends Error {
  override readonly name = 'Later'
  readonly commands: string[]
  constructor(message: string, commands: string[]) {
    super(message)
    this.commands = commands
  }
}

function validate(typed: string | undefined): string | undefined {
  return (typed ?? '').trim() === '' ? 'Something has to stand here.' : undefined
}

function missing(flag: string): never {
  throw new CausewayError('CW_REQUEST_INVALID', `Nobody is asked here, and ${flag} is not given`, { flag })
}

export function askPerson(): Ask {
  return {
    isInteractive: true,
    async text(_flag, question, { hint, initial, secret = false }) {
      const message = hint === undefined ? question : `${question}\n${hint}`
      const given = secret
        ? await clack.password({ message, validate })
        : await clack.text({ message, validate, ...(initial === undefined ? {} : { initialValue: initial }) })
      goOn(given)
      return given.trim()
    },
    async choose(_flag, message, options, initialValue) {
      const given = await clack.select({ message, options, initialValue })
      goOn(given)
      return given
    },
    async chooseSome(_flag, message, options) {
      const given = await clack.multiselect({ message, options, required: true })
      goOn(given)
      return given
    },
    async agree(message) {
      const given = await clack.confirm({ message })
      goOn(given)
      return given
    },
    step: (title) => clack.log.step(title),
    say: (text) => clack.log.message(text),
  }
}

/** Turns Ctrl-C at a question into the end of the set-up. */
function goOn<T>(given: T): asserts given is Exclude<T, symbol> {
  if (clack.isCancel(given)) throw new Interrupted()
}

export function askNobody({ out }: CliContext): Ask {
  return {
    isInteractive: false,
    text: (flag, _question, { initial }) => Promise.resolve(initial ?? missing(flag)),
    choose: (_flag, _question, _choices, initial) => Promise.resolve(initial),
    chooseSome: (flag) => Promise.resolve(missing(flag)),
    agree: () => Promise.resolve(true),
    step: (title) => out(`\n== ${title}`),
    say: out,
  }
}
