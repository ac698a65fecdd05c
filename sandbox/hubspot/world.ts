/** What the sandbox keeps beside the portal: tokens, limits and counters. */
import type { Route, SandboxReply, SandboxRequest, World } from '../framework/definition.ts'
import { objectTypes } from './object-types.ts'
import { createPortal } from './portal.ts'
import type { Portal } from './portal.ts'
import type { Switches } from './switches.ts'

export interface Token {
  scopes: string[]
  /** Whose token it is, where it is not the app's that webhooks are sent for. */
  app?: number
  /** Milliseconds since 1970; null for service keys and private apps. */
  expiresAt: number | null
}

/** A public app as its developer set it up. */
export interface OAuthApp {
  clientId: string
  clientSecret: string
  redirectUrls: string[]
}

export interface State {
  /** Made at the first use, when the clock and the switches are known. */
  portal: Portal | null
  tokens: Map<string, Token>
  oauth: OAuthApp
  codes: Map<string, { redirectUri: string; scopes: string[]; expiresMs: number }>
  /** Refresh token → its scopes. */
  refreshTokens: Map<string, string[]>
  /** Instants of the requests in the current windows. */
  window: number[]
  searches: number[]
  day: { date: string; used: number }
}

export type HubSpotWorld = World<State, Switches>
export type HubSpotRoute = Route<State, Switches>
export type Handle = (request: SandboxRequest, portal: Portal, world: HubSpotWorld) => SandboxReply

export const oauthApp = { clientId: 'sandbox-client', clientSecret: 'sandbox-client-secret' }

/** The service key that every fresh sandbox takes. */
export const serviceKey = 'pat-na1-sandbox-service-key'
export const allScopes = [
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.deals.read',
  'crm.objects.deals.write',
  'crm.objects.leads.read',
  'crm.objects.leads.write',
  'crm.objects.owners.read',
  'crm.schemas.companies.read',
  'crm.schemas.companies.write',
  'crm.schemas.contacts.read',
  'crm.schemas.contacts.write',
  'crm.schemas.deals.read',
  'crm.schemas.deals.write',
  'crm.schemas.leads.read',
  'crm.schemas.leads.write',
  'crm.objects.custom.read',
  'crm.objects.custom.write',
  'crm.schemas.custom.read',
  'crm.schemas.custom.write',
  'crm.lists.read',
  'crm.lists.write',
]

/** What a token may do: a scope that the account's plan does not have is granted to nobody. */
export function scopesOf(token: Token, world: HubSpotWorld): string[] {
  return world.switches.lists ? token.scopes : token.scopes.filter((scope) => !scope.startsWith('crm.lists.'))
}

export function createState(): State {
  return {
    portal: null,
    tokens: new Map([[serviceKey, { scopes: allScopes, expiresAt: null }]]),
    oauth: {
      clientId: oauthApp.clientId,
      clientSecret: oauthApp.clientSecret,
      // http is allowed for localhost alone.
      redirectUrls: ['http://localhost:8485/callback'],
    },
    codes: new Map(),
    refreshTokens: new Map([['sandbox-refresh-token', allScopes]]),
    window: [],
    searches: [],
    day: { date: '', used: 0 },
  }
}

export function portalOf(world: HubSpotWorld): Portal {
  world.state.portal ??= createPortal({
    switches: world.switches,
    nowMs: () => world.clock.now(),
    emit: (event) => {
      const { type, event: name, ...rest } = event
      const { id, singular, events } = objectTypes[type]
      const payload = events === 'own' ? rest : { ...rest, objectTypeId: id }
      world.emit({ type: `${events === 'own' ? singular : 'object'}.${name}`, subject: event.objectId, payload })
    },
  })
  return world.state.portal
}
