/** How long the ledger's texts are: what a vendor's field must hold. */
import { getTableName, sql } from 'drizzle-orm'
import { customName, isCustomField, recordFields } from '../domain/records.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import type { Db, Tx } from './connection.ts'
import { tables } from './ledger.ts'
import { columnOf } from './references.ts'

/**
 * Characters of the longest value of each text field that these mappings write, as `<kind>.<field>`. One pass over each kind's table: a
 * person who checks a mapping waits for it.
 */
export async function longestValues(
  db: Db | Tx,
  mappings: readonly ObjectMapping[],
): Promise<ReadonlyMap<string, number>> {
  const longest = new Map<string, number>()
  for (const { kind, fields } of mappings) {
    const texts = new Set(fields.filter(({ conversion }) => conversion.as === 'text').map(({ field }) => field))
    const asked = [...texts].flatMap((field) => {
      if (isCustomField(field)) return [{ field, value: sql`custom ->> ${customName(field)}::text` }]
      return recordFields[kind].some((known) => known === field)
        ? [{ field, value: sql`${sql.identifier(columnOf(field))}::text` }]
        : []
    })
    if (asked.length === 0) continue
    const lengths = sql.join(
      asked.map(({ value }) => sql`max(char_length(${value}))`),
      sql`, `,
    )
    const { rows } = await db.execute<{ lengths: (number | null)[] }>(
      sql`select array[${lengths}] as lengths from ${sql.identifier(getTableName(tables[kind]))}`,
    )
    for (const [place, { field }] of asked.entries()) longest.set(`${kind}.${field}`, rows[0]?.lengths[place] ?? 0)
  }
  return longest
}
