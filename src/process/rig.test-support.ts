/** A small programme on a real database: one portal, one CRM, and time that passes by moving a row's instants back. */
import { and, eq, getTableColumns, sql, type SQL } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { openDatabase, type Db } from '../db/connection.ts'
import {
  accounts,
  conflicts,
  deals,
  events,
  exchanges,
  extensions,
  notices,
  partners,
  registrations,
  streams,
  tasks,
} from '../db/schema/index.ts'
import { companyKeys } from '../domain/identity.ts'
import { policySchema, type Policy } from '../domain/policy/policy.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import type { RecordKind } from '../domain/records.ts'
import type { Actor } from '../domain/task-kinds.ts'
import type { System } from '../mapping/systems.ts'
import { createTestDatabase } from '../../test/setup/database.ts'
import type { Programme } from './programme.ts'
import { steps } from './registration-steps.ts'
import { next, take, type Instruction } from './step.ts'
import { submit } from './submit.ts'

/** A person of staff who decides. */
export const staff = (label = 'key:mara'): Actor => ({ label, email: null, door: 'api' })

export const automatic = { autoApprove: { upTo: 50_000, currency: 'USD' } }

function system(name: string, role: System['role'], kinds: RecordKind[]): System {
  return {
    name,
    role,
    pollMs: 60_000,
    reconcileMs: null,
    deletions: {},
    mirrors: false,
    mappings: kinds.map((kind) => ({ object: `${kind}s`, kind, fields: [] })),
    capabilities: kinds.map((kind) => ({
      object: `${kind}s`,
      kinds: [kind],
      roles: [role],
      read: 'changes',
      deletes: 'none',
      write: 'upsert',
      update: true,
      key: 'ourId',
      batch: 50,
      group: null,
      conditional: false,
      visibleAfterMs: 0,
    })),
  }
}

/** @param prepare what is to be done to the database before its first session */
export async function startRig(policy: unknown = {}, prepare?: (ownersUrl: string) => Promise<void>) {
  const testDatabase = await createTestDatabase()
  await prepare?.(testDatabase.url)
  const database = openDatabase(testDatabase.url, 12)
  const { db } = database
  const programme: Programme = {
    policy: policySchema.parse(policy),
    systems: new Map([
      ['portal', system('portal', 'portal', ['registration', 'partner'])],
      ['crm', system('crm', 'crm', ['account', 'deal', 'party', 'partner'])],
    ]),
    route: () => 'crm',
  }
  await readEverything(db)
  return {
    db,
    programme,
    url: testDatabase.url,
    /** The same with another policy. */
    with: (other: unknown): Programme => ({ ...programme, policy: policySchema.parse(other) satisfies Policy }),
    partner: (name: string, more: Partial<typeof partners.$inferInsert> = {}) => addPartner(db, name, more),
    claim: (partnerId: string, more: Partial<typeof registrations.$inferInsert> = {}) => addClaim(db, partnerId, more),
    directDeal: (account: { name: string; domain: string | null }, openedAt: string | null = null) =>
      addDirectDeal(db, account, openedAt),
    /** Takes steps until the registration waits or ends, as its workflow does. */
    settle: (id: string, by = programme) => settle(db, by, id),
    step: (id: string, name: RegistrationStep, by = programme) => take(db, by, id, name, steps[name]),
    /** Lets so much time pass for this registration. */
    pass: (id: string, ms: number) => pass(db, id, ms),
    row: async (id: string) => one(await db.select().from(registrations).where(eq(registrations.id, id))),
    tasks: (id: string) => db.select().from(tasks).where(eq(tasks.subjectId, id)).orderBy(tasks.round),
    events: async (id: string) =>
      (await db.select().from(events).where(eq(events.subjectId, id)).orderBy(events.id)).map(({ what }) => what),
    notices: (id: string) =>
      db
        .select({ template: notices.template, recipient: notices.recipient, id: notices.id })
        .from(notices)
        .where(eq(notices.subjectId, id))
        .orderBy(notices.id),
    /** Sets how far the streams have been read; null: never. */
    covered: (connection: string, through: string | null) =>
      db.update(streams).set({ coveredThrough: through, readAt: through }).where(eq(streams.connection, connection)),
    dealIs: (registrationId: string, status: 'open' | 'won' | 'lost') =>
      db
        .update(deals)
        .set({ status })
        .where(and(eq(deals.registrationId, registrationId))),
    /** How often the database had to break a circle of waiting transactions. */
    async deadlocks() {
      const { rows } = await db.execute<{ n: string }>(
        sql`select deadlocks::text as n from pg_stat_database where datname = current_database()`,
      )
      return Number(one(rows).n)
    },
    /** How many transactions wait for another one. */
    async waiting() {
      const { rows } = await db.execute<{ n: string }>(
        sql`select count(*)::text as n from pg_locks l join pg_stat_activity a using (pid) where a.datname = current_database() and not l.granted`,
      )
      return Number(one(rows).n)
    },
    async close() {
      await database.close()
      await testDatabase.drop()
    },
  }
}

export type Rig = Awaited<ReturnType<typeof startRig>>

export const farFuture = '2999-01-01T00:00:00.000Z'

export function one<T>(rows: T[]): T {
  const [row, ...rest] = rows
  if (row === undefined || rest.length > 0) throw new Error(`expected one row, found ${String(rows.length)}`)
  return row
}

async function readEverything(db: Db): Promise<void> {
  await db.insert(streams).values(
    [
      ['portal', 'registrations'],
      ['crm', 'accounts'],
      ['crm', 'deals'],
    ].map(([connection = '', object = '']) => ({ connection, object, coveredThrough: farFuture, readAt: farFuture })),
  )
}

async function addPartner(db: Db, name: string, more: Partial<typeof partners.$inferInsert>): Promise<string> {
  const slug = name.toLowerCase().replaceAll(/\W+/g, '-')
  const values = { name, email: `desk@${slug}.example`, managerEmail: 'manager@vendor.example', ...more }
  return one(await db.insert(partners).values(values).returning({ id: partners.id })).id
}

async function addClaim(db: Db, partnerId: string, more: Partial<typeof registrations.$inferInsert>): Promise<string> {
  const company = more.company ?? 'Hafen AG'
  const id = await submit(db, {
    partnerId,
    company,
    domain: more.domain === undefined ? 'hafen.com' : more.domain,
    contactName: null,
    contactEmail: more.contactEmail ?? null,
    amount: more.amount ?? '1000',
    currency: 'USD',
    closeDate: null,
    products: null,
    submittedBy: 'desk',
    onBehalfBy: null,
  })
  if (Object.keys(more).length > 0)
    await db
      .update(registrations)
      .set({ ...more, ...companyKeys(company) })
      .where(eq(registrations.id, id))
  return id
}

async function addDirectDeal(
  db: Db,
  { name, domain }: { name: string; domain: string | null },
  openedAt: string | null,
): Promise<string> {
  const account = one(
    await db
      .insert(accounts)
      .values({ name, domain, ...companyKeys(name) })
      .returning({ id: accounts.id }),
  )
  return one(
    await db
      .insert(deals)
      .values({ name: `${name} direct`, accountId: account.id, status: 'open', source: 'direct', openedAt })
      .returning({ id: deals.id }),
  ).id
}

async function settle(db: Db, programme: Programme, id: string): Promise<Instruction> {
  let instruction = await next(db, programme, id)
  while (instruction.do !== 'wait' && instruction.do !== 'end')
    instruction = await take(db, programme, id, instruction.do, steps[instruction.do])
  return instruction
}

/** What a claim's clocks stand in. */
const timed: { table: PgTable; of: PgColumn }[] = [
  { table: registrations, of: registrations.id },
  { table: tasks, of: tasks.subjectId },
  { table: extensions, of: extensions.registrationId },
  { table: exchanges, of: exchanges.registrationId },
  { table: conflicts, of: conflicts.registrationId },
]

async function pass(db: Db, id: string, ms: number): Promise<void> {
  const back = sql.raw(`- interval '${String(ms)} milliseconds'`)
  const iso = (at: SQL) => sql`to_char((${at} ${back}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  for (const { table, of } of timed) {
    const columns: PgColumn[] = Object.values(getTableColumns(table))
    const instants = columns.filter((column) => column.getSQLType().startsWith('timestamp'))
    const set = instants.map(({ name }) => sql`${sql.identifier(name)} = ${sql.identifier(name)} ${back}`)
    await db.execute(sql`update ${table} set ${sql.join(set, sql`, `)} where ${of} = ${id}`)
  }
  await db.execute(sql`update registrations set
    clock = case when clock ->> 'since' is null then clock
      else jsonb_set(clock, '{since}', to_jsonb(${iso(sql`(clock ->> 'since')::timestamptz`)})) end,
    expiry_reminders = (select coalesce(jsonb_agg(${iso(sql`at::timestamptz`)}), '[]') from jsonb_array_elements_text(expiry_reminders) as r(at))
    where id = ${id}`)
}
