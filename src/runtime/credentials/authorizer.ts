/**
 * Lets a person connect: begins an authorization at the vendor, and redeems what comes back. Nothing is kept in between: what the
 * second step needs travels sealed with the caller, so that any process can take it.
 */
import { z } from 'zod'
import { beginAuthorization, redeemAuthorization, type Attempt } from '../../../connectors/oauth.ts'
import { ConnectorError, type Fault, type Http, type OAuthApp, type Token } from '../../../connectors/contract.ts'
import { CausewayError } from '../../errors.ts'
import { seal, unseal } from '../seal.ts'
import type { Gate } from './gate.ts'

export interface Begun {
  /** What the person opens. */
  url: string
  /** What the vendor must bring back. */
  state: string
  /** For the second step; it means nothing to anybody else. */
  ticket: string
}

export interface Authorizer {
  /** Null: the settings hold all that is needed, and there is nothing for a person to do. */
  begin(redirectUri: string): Promise<Begun | null>
  /**
   * @param answer the query of the address that the person came back to
   * @throws CW_AUTHORIZATION_FAILED
   */
  complete(ticket: string, answer: URLSearchParams, actor: string): Promise<Fault | null>
  /** Asks the vendor whether it takes the present credentials; a paused connection then goes on. */
  check(actor: string): Promise<Fault | null>
}

export interface AuthorizerWish {
  connection: string
  /** The app of the present settings and secrets. */
  app: () => OAuthApp | null
  http: Http
  gate: Gate
  secretKey: Buffer
  /** Puts a token in force for all processes. */
  keep: (token: Token) => Promise<void>
  nowMs: () => number
}

/** A person is at the vendor's page meanwhile. */
const VALID_MS = 15 * 60_000
const REDEEM_MS = 30_000

const ticketSchema = z.object({
  connection: z.string(),
  state: z.string(),
  verifier: z.string(),
  redirectUri: z.string(),
  until: z.number(),
})

export function createAuthorizer(wish: AuthorizerWish): Authorizer {
  const { connection, secretKey, nowMs } = wish
  return {
    async begin(redirectUri) {
      const app = wish.app()
      if (app === null) return null
      const { url, attempt } = await beginAuthorization(app, redirectUri)
      const ticket = JSON.stringify({ ...attempt, connection, until: nowMs() + VALID_MS })
      return { url, state: attempt.state, ticket: seal(ticket, secretKey) }
    },

    async complete(ticket, answer, actor) {
      const app = wish.app()
      const ctx = { signal: AbortSignal.timeout(REDEEM_MS), priority: 'user' as const }
      if (app === null) throw new CausewayError('CW_AUTHORIZATION_FAILED', `${connection} needs no authorization`)
      const attempt = open(ticket)
      try {
        await wish.keep(await redeemAuthorization(app, attempt, answer, wish.http, ctx, nowMs()))
      } catch (error) {
        if (!(error instanceof ConnectorError) || error.fault.code !== 'CW_AUTHORIZATION_FAILED') throw error
        const { message, vendorCode } = error.fault
        throw new CausewayError('CW_AUTHORIZATION_FAILED', message, { connection, vendorCode }, { cause: error })
      }
      return wish.gate.tryAgain(actor)
    },

    check: (actor) => wish.gate.tryAgain(actor),
  }

  function open(ticket: string): Attempt {
    const text = unseal(ticket, secretKey)
    const read = text === null ? null : ticketSchema.parse(JSON.parse(text))
    if (read === null || read.connection !== connection || read.until < nowMs())
      throw new CausewayError('CW_AUTHORIZATION_FAILED', 'This attempt is too old, or another connection’s', {
        connection,
      })
    return read
  }
}
