import { describe, expect, it } from 'vitest'
import { claimedSince, followKeys, isEdited } from './claimed-keys.ts'

const submission = '2026-03-01T09:00:00.000Z'
const edit = '2026-03-05T10:00:00.000Z'
const present = { domain: 'a', name: 'b', 'contact-email': null }
const first = followKeys(null, present, () => edit)

describe('the keys of a claim', () => {
  it('count from the submission until they are edited', () => {
    expect(isEdited(null, present)).toBe(false)
    expect(isEdited(first, present)).toBe(false)
    expect(claimedSince(first, submission, ['domain', 'name'])).toBe(submission)
  })

  it('are edited when one is another, came or went', () => {
    expect(isEdited(first, { ...present, domain: 'z' })).toBe(true)
    expect(isEdited(first, { ...present, 'contact-email': 'k' })).toBe(true)
    expect(isEdited(first, { ...present, name: null })).toBe(true)
  })

  it('count from the edit where only they matched, and from the submission where another did', () => {
    const next = followKeys(first, { ...present, domain: 'z' }, () => edit)
    expect(claimedSince(next, submission, ['domain'])).toBe(edit)
    expect(claimedSince(next, submission, ['domain', 'name'])).toBe(submission)
    expect(claimedSince(next, submission, ['name'])).toBe(submission)
  })

  it('keep the instant of their edit when another key is edited later', () => {
    const next = followKeys(first, { ...present, domain: 'z' }, () => edit)
    const later = followKeys(next, { domain: 'z', name: 'c', 'contact-email': null }, () => '2026-04-01T00:00:00.000Z')
    expect(claimedSince(later, submission, ['domain'])).toBe(edit)
    expect(isEdited(later, { domain: 'z', name: 'c', 'contact-email': null })).toBe(false)
  })

  it('never count from before the submission, whatever a clock said', () => {
    const next = followKeys(first, { ...present, domain: 'z' }, () => '2026-01-01T00:00:00.000Z')
    expect(claimedSince(next, submission, ['domain'])).toBe(submission)
  })

  it('count from the submission where they say nothing', () => {
    expect(claimedSince(null, submission, ['domain'])).toBe(submission)
    expect(claimedSince(first, submission, [])).toBe(submission)
  })
})
