/** What people chose of how they are told. */
import { inArray } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connection.ts'
import { noticePreferences } from '../../db/schema/index.ts'
import type { Choice, Preference } from '../../domain/notice.ts'

export const noPreference: Preference = { language: null, timeZone: null, hour: 8, weekday: 1, choices: {} }

/** By address in lower case; who chose nothing is absent. */
export async function preferencesOf(db: Db | Tx, addresses: readonly string[]): Promise<Map<string, Preference>> {
  const wanted = [...new Set(addresses.map((address) => address.toLowerCase()))]
  if (wanted.length === 0) return new Map()
  const rows = await db.select().from(noticePreferences).where(inArray(noticePreferences.recipient, wanted))
  return new Map(rows.map((row) => [row.recipient, row]))
}

/** What holds for a topic: a person's word on it, else their word on everything. */
export function choiceFor({ choices }: Preference, topic: string): Choice {
  return { ...choices['*'], ...choices[topic] }
}
