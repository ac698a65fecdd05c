/** Instants for the person of a link: in the time zone that they chose for their notices, else in UTC; the zone is always said. */
import type { Db } from '../../db/connection.ts'
import { preferencesOf } from '../../process/notices/preferences.ts'

export async function clockFor(db: Db, address: string): Promise<(at: string) => string> {
  const chosen = (await preferencesOf(db, [address])).get(address.toLowerCase())?.timeZone ?? 'UTC'
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: chosen,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  return (at) => format.format(new Date(at))
}
