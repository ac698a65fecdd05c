/** The public app by which a person lets us into an account. HubSpot gives its tokens to any OAuth app in the same way. */
import type { OAuthApp } from '../contract.ts'
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
    scopes: scopesOf(settings),
    // What `causeway apply` makes things with; an account or app may leave them out.
    optionalScopes: ['crm.schemas.companies.write', 'crm.schemas.contacts.write', 'crm.schemas.deals.write'],
    pkce,
  }
}

/** What the settings' objects need, and nothing else. */
function scopesOf({ objects, leads }: Settings): string[] {
  const kinds = (['companies', 'contacts', 'deals'] as const).filter((object) => objects.includes(object))
  return [
    ...kinds.flatMap((kind) => [`crm.objects.${kind}.read`, `crm.objects.${kind}.write`, `crm.schemas.${kind}.read`]),
    ...(objects.includes('owners') ? ['crm.objects.owners.read'] : []),
    ...(leads === 'object' ? ['crm.objects.leads.read', 'crm.objects.leads.write'] : []),
  ]
}
