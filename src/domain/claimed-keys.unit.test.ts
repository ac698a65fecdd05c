import { describe, expect, it } from 'vitest'
import { claimedSince, editedFields, followKeys, type PresentKeys } from './claimed-keys.ts'

const submission = '2026-03-01T09:00:00.000Z'
const edit = '2026-03-05T10:00:00.000Z'
const present: PresentKeys = {
  company: 'b',
  domain: 'a',
  contactName: null,
  contactEmail: null,
  amount: '1',
  currency: 'EUR',
  closeDate: null,
  products: null,
}
const screened = ['company', 'domain', 'contactEmail'] as const
const first = followKeys(null, present, () => edit)

describe('what a claim says', () => {
  it('counts from the submission until it is edited', () => {
    expect(editedFields(null, present, screened)).toEqual([])
    expect(editedFields(first, present, screened)).toEqual([])
    expect(claimedSince(first, submission, ['domain', 'name'])).toBe(submission)
  })

  it('is edited when one of the fields that count is another, came or went', () => {
    expect(editedFields(first, { ...present, domain: 'z' }, screened)).toEqual(['domain'])
    expect(editedFields(first, { ...present, contactEmail: 'k', company: null }, screened)).toEqual([
      'company',
      'contactEmail',
    ])
    expect(editedFields(first, { ...present, amount: '2' }, screened)).toEqual([])
    expect(editedFields(first, { ...present, amount: '2' }, ['amount'])).toEqual(['amount'])
  })

  it('is not edited in a field that was never looked at', () => {
    expect(editedFields({ domain: { hash: 'a', since: null } }, { ...present, company: 'x' }, screened)).toEqual([])
  })

  it('counts from the edit where only that matched, and from the submission where another did', () => {
    const next = followKeys(first, { ...present, domain: 'z' }, () => edit)
    expect(claimedSince(next, submission, ['domain'])).toBe(edit)
    expect(claimedSince(next, submission, ['domain', 'name'])).toBe(submission)
    expect(claimedSince(next, submission, ['name'])).toBe(submission)
  })

  it('keeps the instant of an edit when something else is edited later', () => {
    const next = followKeys(first, { ...present, domain: 'z' }, () => edit)
    const now = { ...present, domain: 'z', company: 'c' }
    const later = followKeys(next, now, () => '2026-04-01T00:00:00.000Z')
    expect(claimedSince(later, submission, ['domain'])).toBe(edit)
    expect(editedFields(later, now, screened)).toEqual([])
  })

  it('never counts from before the submission, whatever a clock said', () => {
    const next = followKeys(first, { ...present, domain: 'z' }, () => '2026-01-01T00:00:00.000Z')
    expect(claimedSince(next, submission, ['domain'])).toBe(submission)
    expect(claimedSince({}, submission, ['domain'])).toBe(submission)
    expect(claimedSince(first, submission, [])).toBe(submission)
  })
})
