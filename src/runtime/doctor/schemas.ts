/** Vendors' schemas, as the database knows them: changes that break a mapping, before records fail because of them. */
import { openDatabase } from '../../db/connection.ts'
import { listSchemaChanges } from '../../reports/schema.ts'
import { wrong, well, type Finding } from './finding.ts'

const MOST = 50

/** @param names the connections of the configuration */
export async function examineSchemas(url: string, names: string[]): Promise<Finding[]> {
  const database = openDatabase(url, 1)
  try {
    const open = (await listSchemaChanges(database.db, { open: true, limit: MOST })).filter((one) =>
      names.includes(one.connection),
    )
    if (open.length === 0) return [well('schemas', 'no change of a vendor’s schema breaks a mapping')]
    return open.map(({ connection, object, what, breaks, waiting }) => {
      const broken = breaks.length === 0 ? 'new records' : breaks.join(', ')
      const waits = waiting === 0 ? '' : `; ${String(waiting)} wait because of it`
      return wrong(`schema ${connection} ${object}`, 'CW_SCHEMA_CHANGED', `${what}: breaks ${broken}${waits}`)
    })
  } catch {
    // What is the matter with the database itself is said of the database.
    return []
  } finally {
    await database.close().catch(() => undefined)
  }
}
