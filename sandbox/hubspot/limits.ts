/** Credentials, scopes and the two allowances: ten seconds for one app, a day for the whole account. Search has a third. */
import { randomUUID } from 'node:crypto'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { HubSpotError } from './errors.ts'
import { webhookApp } from './webhook-app.ts'
import type { HubSpotWorld, Token } from './world.ts'

/** Null lets the request through; what is refused for its credentials is counted as well. */
export function admit(request: SandboxRequest, world: HubSpotWorld): SandboxReply | null {
  if (request.effect === 'token') return null
  // An app's webhooks are its developer's to manage; they count against no account.
  if (isWebhooks(request)) {
    if (request.query.get('hapikey') === webhookApp.developerApiKey) return null
    return unauthorized('INVALID_AUTHENTICATION', 'The API key used to make this call does not exist.')
  }
  const token = tokenOf(request, world)
  if (token === null) return unauthorized('INVALID_AUTHENTICATION', 'Authentication credentials not found.')
  if (token.expiresAt !== null && token.expiresAt <= world.clock.now()) {
    return unauthorized('EXPIRED_AUTHENTICATION', 'The OAuth token used to make this call expired.')
  }
  return count(request, world)
}

export function tokenOf(request: SandboxRequest, world: HubSpotWorld): Token | null {
  const [scheme, value] = (request.headers['authorization'] ?? '').split(' ')
  return scheme === 'Bearer' && value !== undefined ? (world.state.tokens.get(value) ?? null) : null
}

function count(request: SandboxRequest, world: HubSpotWorld): SandboxReply | null {
  const { state, switches } = world
  // A still clock must not keep a window full for ever: seconds pass for limits all the same, days only by the clock.
  const now = world.clock.mode() === 'still' ? Date.now() : world.clock.now()
  const date = new Date(world.clock.now()).toISOString().slice(0, 10)
  if (state.day.date !== date) state.day = { date, used: 0 }
  if (isSearch(request)) {
    state.searches = state.searches.filter((at) => at > now - 1000 && at <= now)
    if (state.searches.length >= switches.searchPerSecond)
      return tooMany('SECONDLY', 'You have reached your secondly limit.')
    state.searches.push(now)
  }
  state.window = state.window.filter((at) => at > now - 10_000 && at <= now)
  if (state.day.used >= switches.dailyLimit) return tooMany('DAILY', 'You have reached your daily limit.')
  if (state.window.length >= switches.tenSecondLimit) return throttled()
  state.window.push(now)
  state.day.used += 1
  return null
}

/** The headers of every answer except search's. OAuth apps are not told of the day. */
export function limitHeaders(request: SandboxRequest, world: HubSpotWorld): Record<string, string> {
  if (isSearch(request) || isWebhooks(request) || request.effect === 'token') return {}
  const { state, switches } = world
  const oauth = (tokenOf(request, world)?.expiresAt ?? null) !== null
  return {
    'x-hubspot-ratelimit-max': String(switches.tenSecondLimit),
    'x-hubspot-ratelimit-remaining': String(Math.max(0, switches.tenSecondLimit - state.window.length)),
    'x-hubspot-ratelimit-interval-milliseconds': '10000',
    ...(oauth
      ? {}
      : {
          'x-hubspot-ratelimit-daily': String(switches.dailyLimit),
          'x-hubspot-ratelimit-daily-remaining': String(Math.max(0, switches.dailyLimit - state.day.used)),
        }),
  }
}

export const throttled = () => tooMany('TEN_SECONDLY_ROLLING', 'You have reached your ten_secondly_rolling limit.')

export const expired = () => unauthorized('EXPIRED_AUTHENTICATION', 'The OAuth token used to make this call expired.')

function isWebhooks(request: SandboxRequest): boolean {
  return request.path.startsWith('/webhooks/') || request.path.startsWith('/app-webhooks/')
}

function isSearch(request: SandboxRequest): boolean {
  return request.path.includes('/objects/') && request.path.endsWith('/search')
}

function tooMany(policyName: string, message: string): SandboxReply {
  return {
    status: 429,
    json: {
      status: 'error',
      message,
      errorType: 'RATE_LIMIT',
      correlationId: randomUUID(),
      policyName,
      requestId: randomUUID(),
    },
  }
}

function unauthorized(category: string, message: string): SandboxReply {
  return { status: 401, json: new HubSpotError(401, category, message).body(randomUUID()) }
}
