/** The clock of the person of a link: in the time zone that they chose for their notices, else in the one that is usual here. */
import type { Db } from '../../db/connection.ts'
import { preferencesOf } from '../../process/notices/preferences.ts'
import { clockIn, type Clock } from '../pages/written.ts'

export async function clockFor(db: Db, address: string, usual = 'UTC'): Promise<Clock> {
  return clockIn((await preferencesOf(db, [address])).get(address.toLowerCase())?.timeZone ?? usual)
}
