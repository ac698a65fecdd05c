import { expect, it } from 'vitest'
import { CausewayError } from '../src/errors.ts'
import { unlimitedBudget } from './budget.ts'
import { createHttp } from './http.ts'
import { silentLog } from './log.ts'
import { isVendor, openConnector, settingsOf, vendorNames } from './registry.ts'

const keys = { publicKey: 'pk_1', secretKey: 'sk_1' }

it('knows its vendors and nothing else', () => {
  expect(vendorNames()).toEqual(['hubspot', 'partnerstack', 'salesforce'])
  for (const name of ['', 'constructor', 'toString', 'zoho']) expect(isVendor(name)).toBe(false)
})

it('binds checked settings to their vendor', () => {
  const portal = settingsOf('partnerstack', { ...keys, requests: { count: 10, windowMs: 1000 } })
  expect(portal.limits).toEqual({ window: { requests: 10, windowMs: 1000 }, daily: null })
  expect(portal.mappings.map(({ object }) => object)).toEqual(['partnerships', 'members', 'deals', 'leads'])
})

it('opens a connector', () => {
  const http = createHttp({ connection: 'portal', budget: unlimitedBudget, log: silentLog })
  const tokens = { current: () => Promise.resolve(null), renew: () => Promise.reject(new Error('no tokens')) }
  const connector = openConnector('partnerstack', keys, { http, tokens, nowMs: Date.now })
  expect(connector.capabilities.map(({ object }) => object)).toEqual(['partnerships', 'members', 'deals', 'leads'])
  http.close()
})

it('names each finding in the settings without its value', () => {
  const wrong = { publicKey: 'pk_1', secretKey: '', mode: 'hunter2', extra: 'hunter2' }
  const open = () => settingsOf('partnerstack', wrong)
  expect(open).toThrow(CausewayError)
  expect(open).toThrow(/secretKey: .*mode: .*extra/)
  expect(open).not.toThrow(/hunter2/)
})
