/** What is known of vendors' schemas: changes with the mapped fields that they break, and the fields as they were last described. */
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import type { FieldSchema } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { schemaChanges, schemaSnapshots } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'
import { sentenceOf } from '../mapping/live/doomed.ts'
import type { SchemaChangeKind } from '../mapping/schema-change.ts'

export interface SchemaChange {
  id: number
  connection: string
  object: string
  kind: SchemaChangeKind
  /** The vendor's field. */
  path: string
  /** The picklist value or the rule that came or went. */
  value: string | null
  /** In a sentence. */
  what: string
  /** Canonical fields whose mapping no longer fits. */
  breaks: string[]
  foundAt: string
  mendedAt: string | null
  /** How many changes and writes wait because of it. */
  waiting: number
}

export interface SchemaFilter {
  connection?: string | undefined
  object?: string | undefined
  /** Only what breaks a mapping now. */
  open: boolean
  limit: number
}

const iso = (column: typeof schemaChanges.foundAt | typeof schemaChanges.mendedAt) =>
  sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** How many rows of the table are parked because of a change. */
const waits = (table: 'changes' | 'writes') => sql`(select count(*) from ${sql.raw(table)} p
  where p.connection = ${schemaChanges.connection} and p.object = ${schemaChanges.object} and p.status = 'parked'
    and p.code = 'CW_SCHEMA_CHANGED' and (p.detail #>> '{schemaChange,id}')::bigint = ${schemaChanges.id})`

/** The newest first. */
export async function listSchemaChanges(
  db: Db,
  { connection, object, open, limit }: SchemaFilter,
): Promise<SchemaChange[]> {
  const rows = await db
    .select({
      id: schemaChanges.id,
      connection: schemaChanges.connection,
      object: schemaChanges.object,
      kind: schemaChanges.kind,
      path: schemaChanges.path,
      value: schemaChanges.value,
      before: schemaChanges.before,
      after: schemaChanges.after,
      breaks: schemaChanges.breaks,
      foundAt: iso(schemaChanges.foundAt),
      mendedAt: sql<string | null>`${iso(schemaChanges.mendedAt)}`,
      waiting: sql<number>`(case when ${schemaChanges.mendedAt} is null then ${waits('changes')} + ${waits('writes')} else 0 end)::int`,
    })
    .from(schemaChanges)
    .where(
      and(
        connection === undefined ? undefined : eq(schemaChanges.connection, connection),
        object === undefined ? undefined : eq(schemaChanges.object, object),
        open ? isNull(schemaChanges.mendedAt) : undefined,
      ),
    )
    .orderBy(desc(schemaChanges.id))
    .limit(limit)
  return rows.map(({ before, after, ...row }) => ({ ...row, what: sentenceOf({ ...row, before, after }) }))
}

export interface KnownSchema {
  /** Null: it was not read yet. */
  readAt: string | null
  /** Why the vendor did not describe it when it was last asked. */
  code: ErrorCode | null
  fields: FieldSchema[]
}

export async function knownSchema(db: Db, connection: string, object: string): Promise<KnownSchema | null> {
  const [row] = await db
    .select({
      readAt: sql<
        string | null
      >`to_char(${schemaSnapshots.readAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
      code: schemaSnapshots.code,
      fields: schemaSnapshots.fields,
    })
    .from(schemaSnapshots)
    .where(and(eq(schemaSnapshots.connection, connection), eq(schemaSnapshots.object, object)))
  return row ?? null
}
