/** `causeway connect`: lets us into a connection's system, or asks the vendor whether it takes the credentials that are there. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openBrowser } from './browser.ts'
import { openApi, type ApiClient } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { listenForAnswer } from './loopback.ts'

const text = z.string().nullable()
const begun = z.looseObject({ needed: z.boolean(), url: text, state: text, ticket: text })
const standing = z.looseObject({
  accepted: z.boolean(),
  fault: z.looseObject({ code: z.string(), message: z.string(), vendorCode: text }).nullable(),
})
type Standing = z.infer<typeof standing>

export interface ConnectOptions {
  browser: boolean
  code?: string
  port: number
}

/** Salesforce and HubSpot take plain http for localhost alone, and want the address to be the configured one to the letter. */
export const defaultPort = 8485
export const redirectOf = (port: number) => `http://localhost:${String(port)}/callback`

/** A person has to log in and agree. */
const PATIENCE_MS = 10 * 60_000

export function connectCommands(program: Command, context: () => CliContext): void {
  leaf(
    program,
    'connect <connection>',
    'let Causeway in at the vendor’s page, or check the credentials that are there; a paused connection goes on',
    [
      'connect sales',
      'connect sales --no-browser',
      'connect sales --code "http://localhost:8485/callback?code=aPrx&state=Zk3"',
    ],
  )
    .option('--no-browser', 'print the address of the page and open nothing')
    .option('--code <address>', 'the address that the browser came back to after --no-browser, or the code in it')
    .option('--port <n>', 'where the browser comes back to: http://localhost:<n>/callback', portOf, defaultPort)
    .action(async (connection: string, options: CommonOptions & ConnectOptions) => {
      const ctx = context()
      const found = await connect(ctx, await openApi(ctx.env), connection, options)
      answer(ctx, options, found, () => told(connection, found))
      if (!found.accepted) process.exitCode = 1
    })
}

/** @throws CW_AUTHORIZATION_FAILED, CW_PORT_IN_USE */
export async function connect(
  ctx: CliContext,
  api: ApiClient,
  connection: string,
  options: ConnectOptions,
): Promise<Standing> {
  const path = `/connections/${encodeURIComponent(connection)}`
  if (options.code !== undefined) {
    const kept = await keptAttempt(ctx, connection)
    const done = await complete(kept.ticket, answerIn(options.code, kept.state))
    await rm(fileOf(ctx, connection), { force: true })
    return done
  }
  const { url, state, ticket } = await api.send(
    'POST',
    `${path}/authorization`,
    { redirectUri: redirectOf(options.port) },
    begun,
  )
  if (url === null || state === null || ticket === null)
    return api.send('POST', `${path}/credentials/check`, undefined, standing)
  const loopback = await listenForAnswer(redirectOf(options.port), state)
  try {
    await keepAttempt(ctx, connection, { ticket, state })
    const isOpen = options.browser && (await openBrowser(url, ctx.env.all['BROWSER']))
    ctx.err(
      isOpen
        ? `Agree in the browser. If none opened, open this address:\n${url}`
        : `Open this address on this machine and agree:\n${url}\n` +
            `On another machine the browser ends at an address that does not answer: give it to \`causeway connect ${connection} --code <address>\`.`,
    )
    const done = await complete(ticket, await within(loopback.answer))
    await rm(fileOf(ctx, connection), { force: true })
    return done
  } finally {
    loopback.close()
  }

  function complete(given: string, came: string): Promise<Standing> {
    return api.send('POST', `${path}/authorization/complete`, { ticket: given, answer: came }, standing)
  }
}

export function told(connection: string, { accepted, fault }: Standing): string {
  if (accepted) return `The vendor takes the credentials of ${connection}. What waited goes on.`
  return `The vendor does not take the credentials of ${connection}: ${fault?.message ?? ''} (${fault?.vendorCode ?? fault?.code ?? ''})`
}

/** What `--code` needs of the attempt that printed the address. It is sealed: whoever reads it learns nothing. */
const attemptSchema = z.object({ ticket: z.string(), state: z.string() })

const fileOf = ({ env }: CliContext, connection: string) => join(env.dataDir, `connect-${connection}.json`)

async function keepAttempt(ctx: CliContext, connection: string, attempt: z.infer<typeof attemptSchema>): Promise<void> {
  await mkdir(ctx.env.dataDir, { recursive: true })
  await writeFile(fileOf(ctx, connection), JSON.stringify(attempt), { mode: 0o600 })
}

async function keptAttempt(ctx: CliContext, connection: string): Promise<z.infer<typeof attemptSchema>> {
  try {
    return attemptSchema.parse(JSON.parse(await readFile(fileOf(ctx, connection), 'utf8')))
  } catch (error) {
    const message = `No attempt to connect ${connection} waits for a code; begin with \`causeway connect ${connection} --no-browser\``
    throw new CausewayError('CW_AUTHORIZATION_FAILED', message, {}, { cause: error })
  }
}

/** A whole address carries its state, which the server compares; a bare code is bound to the attempt by its verifier. */
function answerIn(given: string, state: string): string {
  if (URL.canParse(given)) return new URL(given).search.slice(1)
  return new URLSearchParams({ code: decodeURIComponent(given), state }).toString()
}

function within(came: Promise<string>): Promise<string> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new CausewayError('CW_AUTHORIZATION_FAILED', 'Nobody came back from the vendor’s page')),
    PATIENCE_MS,
  )
  return Promise.race([came, late.promise]).finally(() => clearTimeout(timer))
}

function portOf(given: string): number {
  const port = Number(given)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new InvalidArgumentError('Expected a port.')
}
