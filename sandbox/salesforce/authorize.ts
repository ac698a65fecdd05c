/** The authorization code flow: the page that a browser is sent to, and the code that a program redeems. Nobody needs to click. */
import { createHash, randomBytes } from 'node:crypto'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'

/** A code that was handed out and not yet redeemed. */
export interface AuthorizationCode {
  redirectUri: string
  challenge: string | null
  scope: string
  expiresMs: number
}

export const authorizeRoute: OrgRoute = {
  method: 'GET',
  path: '/services/oauth2/authorize',
  effect: 'token',
  handler: authorize,
}

/** What is wrong before the address of the caller is known to be the app's is shown to the person, and never sent there. */
function authorize(request: SandboxRequest, { state: org, switches, clock }: OrgWorld): SandboxReply {
  const q = request.query
  if (q.get('client_id') !== org.app.clientId) return page('invalid_client_id', 'client identifier invalid')
  const redirectUri = q.get('redirect_uri') ?? ''
  if (!org.app.callbackUrls.includes(redirectUri))
    return page('redirect_uri_mismatch', 'redirect_uri must match configuration')
  const back = (answer: Record<string, string>): SandboxReply => {
    const url = new URL(redirectUri)
    const state = q.get('state')
    for (const [name, value] of Object.entries({ ...answer, ...(state === null ? {} : { state }) }))
      url.searchParams.set(name, value)
    return { status: 302, headers: { location: url.href } }
  }
  const no = (error: string, description: string) => back({ error, error_description: description })
  if (q.get('response_type') !== 'code') return no('unsupported_response_type', 'response type must be code')
  const challenge = q.get('code_challenge')
  if (challenge === null && switches.pkce === 'required')
    return no('invalid_request', 'missing required code challenge')
  if (challenge !== null && (q.get('code_challenge_method') ?? 'S256') !== 'S256')
    return no('invalid_request', 'invalid code challenge method')
  if (switches.consent === 'denied') return no('access_denied', 'end-user denied authorization')
  const code = `aPrx${randomBytes(48).toString('base64url')}==`
  org.codes.set(code, {
    redirectUri,
    challenge,
    scope: q.get('scope') ?? org.app.scope,
    expiresMs: clock.now() + switches.codeSeconds * 1000,
  })
  return back({ code })
}

/** Redeems a code: once, in time, for the same address, by who knows the verifier. Answers its scope or the refusal. */
export function redeemCode(form: URLSearchParams, { state: org, clock }: OrgWorld): { scope: string } | { no: string } {
  const given = form.get('code') ?? ''
  const code = org.codes.get(given)
  // Used or not, it is good for one try.
  org.codes.delete(given)
  if (code === undefined) return { no: 'invalid authorization code' }
  if (code.expiresMs <= clock.now()) return { no: 'expired authorization code' }
  if (form.get('redirect_uri') !== code.redirectUri) return { no: 'redirect_uri must match configuration' }
  const verifier = form.get('code_verifier')
  if (code.challenge === null) return { scope: code.scope }
  if (verifier === null || createHash('sha256').update(verifier).digest('base64url') !== code.challenge)
    return { no: 'invalid code verifier' }
  return { scope: code.scope }
}

function page(error: string, description: string): SandboxReply {
  return {
    status: 400,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    text: `<html><body>error=${error}&amp;error_description=${description}</body></html>`,
  }
}
