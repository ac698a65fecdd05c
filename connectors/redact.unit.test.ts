import { expect, it } from 'vitest'
import { redactFields, redactText } from './redact.ts'

it.each([
  ['Authorization: Bearer abc.def-123', 'hidden: abc.def-123'],
  ['Basic cGtfMTpza18xMjM0', 'hidden: cGtfMTpza18xMjM0'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl is no good', 'hidden: c2lnbmF0dXJl'],
  ['session 00DxX0000001abc!AQ8AQHunter2.secret expired', 'hidden: AQ8AQHunter2'],
  ['key pat-eu1-1234-5678-hunter2 was refused', 'hidden: hunter2'],
  ['key sk_Rt81yLxPn4 was refused', 'hidden: Rt81yLxPn4'],
  ['GET https://api.example/x?token=hunter2&b=c failed', 'hidden: hunter2'],
  ['https://user:hunter2@api.example/x failed', 'hidden: hunter2'],
  ['{"access_token":"hunter2","a":1}', 'hidden: hunter2'],
])('takes the secret out of %j', (text, hidden) => {
  expect(redactText(text)).not.toContain(hidden.replace('hidden: ', ''))
  expect(redactText(text)).toContain('***')
})

it.each(["'stage' is a required property", 'No such stage: Basic training', 'Deal 0061x: amount?'])(
  'leaves %j as it is',
  (text) => {
    expect(redactText(text)).toBe(text)
  },
)

it('shortens a text that is too long', () => {
  expect(redactText('x'.repeat(400))).toHaveLength(300)
})

it('hides values under secret names at any depth, and the properties of errors', () => {
  const error = Object.assign(new Error('refused Bearer hunter2hunter2'), { config: { token: 'hunter2' } })
  const fields = {
    a: 1,
    nested: { Authorization: 'hunter2', list: [{ refresh_token: 'hunter2' }] },
    error,
    client_secret: 'hunter2',
  }
  expect(redactFields(fields)).toEqual({
    a: 1,
    nested: { Authorization: '***', list: [{ refresh_token: '***' }] },
    error: { name: 'Error', message: 'refused Bearer ***' },
    client_secret: '***',
  })
})
