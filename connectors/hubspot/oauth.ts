/** The public app by which a person lets us into an account. HubSpot gives its tokens to any OAuth app in the same way. */
import type { OAuthApp } from '../contract.ts'
import { neededToRun, neededToSetUp } from './scopes.ts'
import type { Settings } from './settings.ts'

export function oauthApp(settings: Settings): OAuthApp | null {
  const { accessToken, clientId, clientSecret, baseUrl, authorizeUrl, pkce } = settings
  if (accessToken !== undefined || clientId === undefined || clientSecret === undefined) return null
  // Only HubSpot itself has its page at another host than its API.
  const page =
    baseUrl === 'https://api.hubapi.com' ? 'https://app.hubspot.com/oauth/authorize' : `${baseUrl}/oauth/authorize`
  return {
    authorizeUrl: authorizeUrl ?? page,
    tokenUrl: `${baseUrl}/oauth/v1/token`,
    clientId,
    clientSecret,
    scopes: neededToRun(settings).map(({ scope }) => scope),
    // What `causeway apply` makes things with; an account or app may leave them out.
    optionalScopes: neededToSetUp(settings).map(({ scope }) => scope),
    pkce,
  }
}
