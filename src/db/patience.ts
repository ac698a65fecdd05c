/** When what is parked is tried again by itself, as an expression: growing waits, and never for codes that wait for a person. */
import { sql, type SQL } from 'drizzle-orm'
import { retryWaitsS } from '../domain/patience.ts'
import { personal } from '../errors.ts'

/**
 * @param code the code that it is parked with
 * @param before how often in a row it was parked before
 */
export function retryAt(code: SQL, before: SQL): SQL {
  return sql`case when ${code} in ${personal} then null
    else now() + make_interval(secs => (array[${sql.join(
      retryWaitsS.map((seconds) => sql`${seconds}::float8`),
      sql`, `,
    )}])[${before} + 1]) end`
}
