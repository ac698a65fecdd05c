import { describe, expect, it } from 'vitest'
import { civilDateOf, instantOfDay } from './close-date.ts'

const zones = [
  'UTC',
  'America/Los_Angeles',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Asia/Kolkata',
  'Etc/GMT+12',
]
// Both changes of clocks, a leap day, and the turn of the year.
const days = ['2026-03-08', '2026-03-29', '2026-10-25', '2028-02-29', '2026-12-31', '2027-01-01', '2026-06-15']

describe('close dates', () => {
  it.each(zones)('come back as the day that was written, in %s', (zone) => {
    for (const day of days) expect(civilDateOf(instantOfDay(day, zone), zone)).toBe(day)
  })

  it('are the day that the account’s screens show at the stored instant', () => {
    expect(civilDateOf('2026-12-31T23:30:00.000Z', 'UTC')).toBe('2026-12-31')
    expect(civilDateOf('2026-12-31T23:30:00Z', 'Europe/Berlin')).toBe('2027-01-01')
    expect(civilDateOf('2027-01-01T03:00:00Z', 'America/New_York')).toBe('2026-12-31')
    expect(civilDateOf(String(Date.UTC(2026, 11, 31)), 'UTC')).toBe('2026-12-31')
  })

  it('take a civil date as it is, and nothing for what is no date', () => {
    expect(civilDateOf('2026-12-31', 'America/Los_Angeles')).toBe('2026-12-31')
    expect(civilDateOf('soon', 'UTC')).toBeNull()
    expect(instantOfDay('soon', 'UTC')).toBe('soon')
  })
})
