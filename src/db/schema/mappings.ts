/** What an admin says of a connection's records, version by version, and what its vendor's schema was when it was last read. */
import { sql } from 'drizzle-orm'
import { bigserial, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core'
import type { FieldSchema } from '../../../connectors/contract.ts'
import type { PinnedRest } from '../../mapping/rest.ts'
import type { ErrorCode } from '../../errors.ts'
import type { SchemaChangeKind } from '../../mapping/schema-change.ts'
import { appOnly, instant } from './columns.ts'

export type MappingState = 'draft' | 'published' | 'retired'

/** The mapping documents of an object. A version that was published is never altered; the one that is in force is `published`. */
export const mappingVersions = pgTable(
  'mapping_versions',
  {
    connection: text().notNull(),
    object: text().notNull(),
    /** Counts from 1 for each object of a connection. */
    version: integer().notNull(),
    state: text().$type<MappingState>().notNull().default('draft'),
    /** The document as its author wrote it: YAML or JSON, comments and all. */
    source: text().notNull(),
    author: text().notNull(),
    /** Why, in the author's words. */
    note: text(),
    /** The version that this one puts back in force; 0: the vendor's default. */
    restores: integer(),
    /** By what name its records are marked; null while it is a draft. See `judgedBy`. */
    mark: text(),
    /** What `rest: same-name` came to when it was published; null: nothing of it was asked. */
    rest: jsonb().$type<PinnedRest>(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    publishedAt: instant('published_at'),
    publishedBy: text('published_by'),
    retiredAt: instant('retired_at'),
  },
  (t) => [
    primaryKey({ columns: [t.connection, t.object, t.version] }),
    uniqueIndex('mapping_versions_in_force')
      .on(t.connection, t.object)
      .where(sql`${t.state} = 'published'`),
    uniqueIndex('mapping_versions_draft')
      .on(t.connection, t.object)
      .where(sql`${t.state} = 'draft'`),
    appOnly('mapping_versions'),
  ],
)

/** The vendor's fields of an object as they were last described: what a later reading is compared with. */
export const schemaSnapshots = pgTable(
  'schema_snapshots',
  {
    connection: text().notNull(),
    object: text().notNull(),
    fields: jsonb().$type<FieldSchema[]>().notNull().default([]),
    /** Null: it was never read. */
    readAt: instant('read_at'),
    /** When it is to be read again. Who reads moves it on first, so that of several workers one reads. */
    nextAt: instant('next_at')
      .notNull()
      .default(sql`now()`),
    /** Why the vendor did not describe it when it was last asked. */
    code: text().$type<ErrorCode>(),
    /** The publication of mappings that the open changes were last judged by. */
    generation: integer(),
  },
  (t) => [primaryKey({ columns: [t.connection, t.object] }), appOnly('schema_snapshots')],
)

/** A change of a vendor's schema, with the mapped fields that it breaks; over once the schema or the mapping was mended. */
export const schemaChanges = pgTable(
  'schema_changes',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    connection: text().notNull(),
    object: text().notNull(),
    kind: text().$type<SchemaChangeKind>().notNull(),
    /** The vendor's field. */
    path: text().notNull(),
    /** The picklist value or the rule that came or went. */
    value: text(),
    before: jsonb().$type<FieldSchema>(),
    after: jsonb().$type<FieldSchema>(),
    /** Canonical fields whose mapping no longer fits. */
    breaks: jsonb().$type<string[]>().notNull().default([]),
    foundAt: instant('found_at')
      .notNull()
      .default(sql`now()`),
    mendedAt: instant('mended_at'),
  },
  (t) => [
    index('schema_changes_open')
      .on(t.connection, t.object)
      .where(sql`${t.mendedAt} is null`),
    appOnly('schema_changes'),
  ],
)
