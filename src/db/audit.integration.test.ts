import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '../../test/setup/database.ts'
import { sqlState } from './attempts.ts'
import { recordAudit } from './audit.ts'
import { openDatabase, type Database } from './connection.ts'

let made: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
beforeAll(async () => {
  made = await createTestDatabase()
  database = openDatabase(made.url, 2)
})
afterAll(async () => {
  await database.close()
  await made.drop()
})

const recordId = '00000000-0000-8000-8000-000000000001'

it('keeps entries with their values beside them, and lets nobody alter one', async () => {
  const { db } = database
  const values = { before: { Name: 'Old' }, after: { Name: 'New' } }
  await recordAudit(db, [
    { what: 'write', actor: 'system', connection: 'sales', recordId, fields: ['Name'], values },
    { what: 'policy', actor: 'system', version: '2' },
  ])
  const { rows } = await db.execute(sql`
    select a.what, a.version, a.record_id, a.fields, v.before, v.after from audit a
    left join audit_values v on v.audit_id = a.id order by a.what`)
  expect(rows).toEqual([
    { what: 'policy', version: '2', record_id: null, fields: [], before: null, after: null },
    { what: 'write', version: null, record_id: recordId, fields: ['Name'], ...values },
  ])
  for (const statement of [sql`update audit set actor = 'x'`, sql`delete from audit`, sql`truncate audit`]) {
    const refused: unknown = await db.execute(statement).then(
      () => null,
      (error: unknown) => error,
    )
    expect(sqlState(refused)).toBe('42501')
  }
  // What a person asks to be erased goes; that something was written stays.
  await db.execute(sql`delete from audit_values where record_id = ${recordId}`)
  const { rows: left } = await db.execute(
    sql`select (select count(*)::int from audit) as rows, (select count(*)::int from audit_values) as held`,
  )
  expect(left).toEqual([{ rows: 2, held: 0 }])
})
