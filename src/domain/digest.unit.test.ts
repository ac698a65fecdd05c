import { assert, constantFrom, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTimeZone, nextDigest } from './digest.ts'

const daily = (now: string, timeZone: string, hour = 8) =>
  nextDigest(now, { rhythm: 'daily', hour, weekday: 1, timeZone })

const weekly = (now: string, weekday: number, timeZone: string) =>
  nextDigest(now, { rhythm: 'weekly', hour: 9, weekday, timeZone })

describe('a digest', () => {
  it('comes at the reader’s hour, today or tomorrow', () => {
    expect(daily('2026-11-26T06:59:59.000Z', 'Europe/Berlin')).toBe('2026-11-26T07:00:00.000Z')
    expect(daily('2026-11-26T07:00:00.000Z', 'Europe/Berlin')).toBe('2026-11-27T07:00:00.000Z')
    expect(daily('2026-11-26T22:00:00.000Z', 'Pacific/Kiritimati')).toBe('2026-11-27T18:00:00.000Z')
    expect(daily('2026-11-26T02:00:00.000Z', 'America/Los_Angeles')).toBe('2026-11-26T16:00:00.000Z')
    expect(daily('2026-11-26T02:00:00.000Z', 'Asia/Kathmandu')).toBe('2026-11-26T02:15:00.000Z')
  })

  it('keeps its hour by the wall over both changes of the clocks', () => {
    expect(daily('2026-10-24T12:00:00.000Z', 'Europe/Berlin')).toBe('2026-10-25T07:00:00.000Z')
    expect(daily('2026-10-24T05:00:00.000Z', 'Europe/Berlin')).toBe('2026-10-24T06:00:00.000Z')
    expect(daily('2027-03-27T12:00:00.000Z', 'Europe/Berlin')).toBe('2027-03-28T06:00:00.000Z')
  })

  it('comes once in the night in which its hour comes twice, and in the one in which it does not exist', () => {
    // 02:00 comes at 00:00Z and 01:00Z.
    expect(daily('2026-10-24T12:00:00.000Z', 'Europe/Berlin', 2)).toBe('2026-10-25T00:00:00.000Z')
    expect(daily('2026-10-25T00:00:00.000Z', 'Europe/Berlin', 2)).toBe('2026-10-26T01:00:00.000Z')
    // From 02:00 the clocks jump to 03:00, which is 01:00Z.
    expect(daily('2027-03-27T12:00:00.000Z', 'Europe/Berlin', 2)).toBe('2027-03-28T01:00:00.000Z')
    // Where the clocks change at midnight.
    expect(daily('2027-04-29T12:00:00.000Z', 'Africa/Cairo', 0)).toBe('2027-04-29T22:00:00.000Z')
  })

  it('comes weekly on its day of the week there', () => {
    // A Thursday.
    expect(weekly('2026-11-26T12:00:00.000Z', 1, 'UTC')).toBe('2026-11-30T09:00:00.000Z')
    expect(weekly('2026-11-26T08:00:00.000Z', 4, 'UTC')).toBe('2026-11-26T09:00:00.000Z')
    expect(weekly('2026-11-26T09:00:00.000Z', 4, 'UTC')).toBe('2026-12-03T09:00:00.000Z')
    expect(weekly('2026-11-28T20:00:00.000Z', 7, 'Asia/Tokyo')).toBe('2026-11-29T00:00:00.000Z')
  })

  it('is always due within a day and the clocks’ change, and at its hour by the wall', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia']
    assert(
      property(
        integer({ min: Date.UTC(2024, 0), max: Date.UTC(2032, 0) }),
        constantFrom(...zones),
        integer({ min: 4, max: 23 }),
        (ms, timeZone, hour) => {
          const now = new Date(ms).toISOString()
          const at = daily(now, timeZone, hour)
          expect(Date.parse(at) - ms).toBeLessThanOrEqual(25 * 3_600_000)
          expect(at > now).toBe(true)
          const wall = new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', minute: '2-digit', hourCycle: 'h23' })
          expect(wall.format(new Date(at))).toBe(`${String(hour).padStart(2, '0')}:00`)
        },
      ),
    )
  })

  it('knows time zones by their names', () => {
    expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false])
  })
})
