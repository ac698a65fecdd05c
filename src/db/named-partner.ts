/** Changes that wait for the partner whom they name, as an expression of the change `c`. */
import { sql, type SQL } from 'drizzle-orm'
import type { FieldMapping } from '../mapping/definition.ts'
import { links } from './schema/index.ts'

/** Whether a parked change named a partner who is known by now, so that it is taken in at the next turn of its stream. */
export function namesKnownPartner(fields: FieldMapping[]): SQL {
  const objects = fields.flatMap(({ conversion: c }) => (c.as === 'lookup' && c.of === 'partner' ? [c.object] : []))
  if (objects.length === 0) return sql`false`
  return sql`(c.code = 'CW_PARTNER_UNKNOWN' and exists (
    select from ${links} l where l.connection = c.connection and l.object in ${[...new Set(objects)]}
      and l.kind = 'partner'
      and l.external_id in (select f ->> 'found' from jsonb_array_elements(c.detail -> 'fields') f)))`
}
