/** The authorization pages and token endpoints of the stand-ins, as a browser and a program meet them. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { startSandboxes, type RunningSandboxes } from './main.ts'
import { oauthApp } from './hubspot/index.ts'
import { app } from './salesforce/oauth.ts'

let sandboxes: RunningSandboxes
beforeAll(async () => {
  sandboxes = await startSandboxes({ only: ['salesforce', 'hubspot'], ports: { salesforce: 0, hubspot: 0 } })
})
afterAll(() => sandboxes.close())

const redirect = 'http://localhost:8485/callback'
const verifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'
const challenge = createHash('sha256').update(verifier).digest('base64url')

const vendors = {
  salesforce: {
    page: (): string => `${sandboxes.salesforce?.url ?? ''}/services/oauth2/authorize`,
    token: (): string => `${sandboxes.salesforce?.url ?? ''}/services/oauth2/token`,
    asks: {
      client_id: app.clientId,
      scope: 'api refresh_token',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    },
    proves: { client_id: app.clientId, client_secret: app.clientSecret, code_verifier: verifier },
  },
  hubspot: {
    page: (): string => `${sandboxes.hubspot?.url ?? ''}/oauth/authorize`,
    token: (): string => `${sandboxes.hubspot?.url ?? ''}/oauth/v1/token`,
    asks: { client_id: oauthApp.clientId, scope: 'crm.objects.companies.read' },
    proves: { client_id: oauthApp.clientId, client_secret: oauthApp.clientSecret },
  },
}
type Vendor = keyof typeof vendors
const names: Vendor[] = ['salesforce', 'hubspot']

function open(vendor: Vendor, more: Record<string, string> = {}): Promise<Response> {
  const { page, asks } = vendors[vendor]
  const query = new URLSearchParams({ response_type: 'code', redirect_uri: redirect, state: 's1', ...asks, ...more })
  return fetch(`${page()}?${query.toString()}`, { redirect: 'manual' })
}

async function codeOf(vendor: Vendor): Promise<string> {
  const { headers } = await open(vendor)
  const back = new URL(headers.get('location') ?? '')
  expect(back.searchParams.get('state')).toBe('s1')
  return back.searchParams.get('code') ?? ''
}

const answer = z.looseObject({ access_token: z.string().optional(), refresh_token: z.string().optional() })

async function redeem(vendor: Vendor, code: string, more: Record<string, string> = {}) {
  const { token, proves } = vendors[vendor]
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirect, ...proves, ...more }
  const response = await fetch(token(), { method: 'POST', body: new URLSearchParams(form) })
  return { status: response.status, body: answer.parse(await response.json()) }
}

it.each(names)('gives tokens for a code, once: %s', async (vendor) => {
  const code = await codeOf(vendor)
  const first = await redeem(vendor, code)
  expect(first.status).toBe(200)
  expect([typeof first.body.access_token, typeof first.body.refresh_token]).toEqual(['string', 'string'])
  expect((await redeem(vendor, code)).status).toBe(400)
})

it.each(names)('redeems a code for the address that it was sent to, and with the right secret: %s', async (vendor) => {
  const elsewhere = { redirect_uri: 'http://localhost:9999/callback' }
  expect((await redeem(vendor, await codeOf(vendor), elsewhere)).status).toBe(400)
  expect((await redeem(vendor, await codeOf(vendor), { client_secret: 'wrong' })).status).toBe(400)
})

it.each(names)('sends nobody to an address that is not the app’s: %s', async (vendor) => {
  const response = await open(vendor, { redirect_uri: 'http://127.0.0.1:8485/callback' })
  expect([response.status, response.headers.get('location')]).toEqual([400, null])
})

it('wants a challenge at Salesforce, and the verifier that belongs to it', async () => {
  const refused = await redeem('salesforce', await codeOf('salesforce'), { code_verifier: `${verifier}x` })
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  const plain = await open('salesforce', { code_challenge_method: 'plain' })
  expect(plain.headers.get('location')).toContain('error=invalid_request')
})

it('ends a refresh token with its use where the app rotates them', async () => {
  await sandboxes.salesforce?.control.switches.set({ rotateRefreshTokens: true })
  const { body } = await redeem('salesforce', await codeOf('salesforce'))
  const refresh = () => {
    const form = {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token ?? '',
      client_id: app.clientId,
      client_secret: app.clientSecret,
    }
    return fetch(vendors.salesforce.token(), { method: 'POST', body: new URLSearchParams(form) })
  }
  const used = await refresh()
  const next = answer.parse(await used.json())
  expect([used.status, next.refresh_token === body.refresh_token]).toEqual([200, false])
  expect((await refresh()).status).toBe(400)
})
