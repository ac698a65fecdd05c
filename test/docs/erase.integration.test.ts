/**
 * A person is erased from every place that may name them. `places` tells of every column of text what it can hold; a column that is not
 * in it fails the test until somebody has said so, and one that may name a person fails it until it is planted and erased here.
 */
import { randomUUID } from 'node:crypto'
import { places } from './personal-data.ts'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '../setup/database.ts'
import { examples } from './fences.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: Client
beforeAll(async () => {
  database = await createTestDatabase()
  owner = new Client({ connectionString: database.url })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

const person = 'Kai.Weber@hafen-ag.com'
const fields = { contact_name: 'Kai Weber', 'fields.contact_email': person }

it('erases a contact from every table by the statement of the guide, and nobody else', async () => {
  const claim = await registration('kai.weber@hafen-ag.com', 'Kai Weber')
  const other = await registration('ada@hafen-ag.com', 'Ada Byron')
  await change('1', fields, 'applied', claim)
  await change('2', { 'fields.contact_email': 'ada@hafen-ag.com' }, 'applied', other)
  await change('3', fields, 'parked', null)
  await owner.query(
    `insert into hints (connection, object, external_id, body, read_at) values ('portal', 'deals', '1', $1, now())`,
    [JSON.stringify(fields)],
  )
  await owner.query(
    `with link as (insert into links (connection, object, kind, record_id, external_id, gone)
       values ('portal', 'deals', 'registration', $1, '1', true) returning id)
     insert into shadows (link_id, fields, version) select id, $2, '1' from link`,
    [claim, fields],
  )
  const custom = JSON.stringify({ nickname: 'Kai Weber' })
  const contact = await made('contacts', {
    name: 'Kai Weber',
    last_name: 'Weber',
    email: person,
    phone: '+49 40 1',
    custom,
  })
  const lead = await made('leads', {
    contact_name: 'Kai Weber',
    contact_email: person,
    note: 'Kai Weber called',
    custom,
  })
  await made('users', { name: 'Kai Weber', email: person.toUpperCase(), custom })
  const champion = JSON.stringify({ champion: person, region: 'north' })
  await made('deals', { custom: champion })
  await made('accounts', { custom: champion })
  await owner.query('insert into parties (custom) values ($1)', [champion])
  await owner.query('update registrations set custom = $1 where id = $2', [champion, claim])
  await made('partners', {
    name: 'Hafen AG',
    email: person,
    manager_name: 'Kai Weber',
    manager_email: person,
    custom: champion,
  })
  await owner.query('update leads set reason = $1 where id = $2', [`Ask ${person}`, lead])
  await owner.query('update deals set registration_note = $1, decision_reason = $1, decision_answer = $1', [
    `Registered by ${person}`,
  ])
  await owner.query(
    `insert into identities (kind, key_type, value, record_id) values ('contact', 'email', lower($1), $2)`,
    [person, contact],
  )
  await audited(contact, { Email: person })
  await audited(null, { LastName: 'Weber', Email: person })
  await audited(other, { Email: 'ada@hafen-ag.com' })
  await clash(lead, 'Kai Weber', 'theirs')
  await clash(other, 'ada@hafen-ag.com', 'theirs')
  await owner.query(
    `insert into writes (link_id, connection, object, desired, status, sent_fields, sent_over, restore)
     select id, connection, object, 1, 'parked', $1, $1, $1 from links`,
    [fields],
  )
  await owner.query(
    `with event as (insert into events (subject_id, step_key, what, actor) values ($1, 'x', 'x', 'system') returning id)
     insert into notices (event_id, subject_id, template, channel, recipient, status)
     select id, $1, 'x', 'email', $2, 'sent' from event
     union all select id, $1, 'x', 'slack', $2, 'planned' from event`,
    [claim, person],
  )
  await owner.query(
    `with found as (insert into conflicts (registration_id, round, kind, other_id, score, evidence, blocks)
       select id, 0, 'lead', $2, 100, '{"matchedOn": ["domain"], "score": 100}', 'ask' from registrations where id in ($1, $3) returning id, registration_id)
     insert into conflict_facts (conflict_id, ours, theirs)
     select id, jsonb_build_object('contactEmail', case registration_id when $1 then $4 else 'ada@hafen-ag.com' end), '{}' from found`,
    [claim, randomUUID(), other, person],
  )
  await owner.query(
    `insert into named_accounts (source, key, name, owner_email) values ('list', '1', 'Hafen AG', $1)`,
    [person],
  )
  await of(
    'update registrations set on_behalf_by = $1, revoked_by = $1, revoked_reason = $2, claimed_keys = $3 where id = $4',
    [
      person,
      `As ${person} wished`,
      JSON.stringify({ contactEmail: { hash: 'x', since: null }, domain: { hash: 'y', since: null } }),
      claim,
    ],
  )
  const task = await of(
    `insert into tasks (kind, subject_id, round, why, assignee, escalated_to, decided_by, reason, due_at)
     values ('approve-registration', $1, 1, '[]', $2, $2, $2, $3, now()) returning id`,
    [claim, person, `Ask ${person}`],
  )
  await of(
    `insert into direct_reviews (deal_id, registration_id, connection, matched_on, score, assignee, ruled_by)
     values ($1, $2, 'crm', '[]', 100, $3, $3) returning id`,
    [randomUUID(), claim, person],
  )
  await of(
    `insert into crm_tasks (connection, task_id, subject, body, question, reason, custom)
     values ('crm', $1, $2, $2, $2, $2, $3) returning id`,
    [task, `Contact: Kai Weber, ${person}`, champion],
  )
  // Told of the claim and not naming the address.
  await of(
    `insert into crm_tasks (connection, registration_id, subject, body) values ('crm', $1, 'Decide', 'Kai Weber') returning id`,
    [claim],
  )
  await of(
    `insert into exchanges (registration_id, round, question, asked_by, answer, answered_by) values ($1, 1, $2, $3, $2, $3) returning id`,
    [claim, `Is it ${person}?`, person],
  )
  await of(
    `insert into extensions (registration_id, round, until, reason, asked_by, asked_door, decided_by)
     values ($1, 1, now(), $2, $3, 'mail', $3) returning id`,
    [claim, `${person} is away`, person],
  )
  await of(
    `insert into proposed_changes (registration_id, round, fields, actor, state) values ($1, 1, $2, 'portal', 'refused') returning id`,
    [claim, JSON.stringify({ contactName: { from: 'Kai Weber', to: 'Ada' } })],
  )
  const standing = await of(
    `insert into proposed_changes (registration_id, round, fields, actor) values ($1, 2, $2, $3) returning id`,
    [claim, JSON.stringify({ contactName: { from: null, to: 'Kai Weber' }, amount: { from: '1', to: '2' } }), person],
  )
  await of(
    `insert into attachments (registration_id, name, media_type, size, sha256, actor) values ($1, $2, 'text/plain', 1, 'x', 'key:1') returning id`,
    [claim, 'offer.txt'],
  )
  const elsewhere = await of(
    `insert into attachments (registration_id, name, media_type, size, sha256, actor) values ($1, $2, 'text/plain', 1, 'x', $3) returning id`,
    [other, `${person}.txt`, person],
  )
  expect(elsewhere).not.toBe('')
  await of(
    `insert into attachments (registration_id, name, media_type, size, sha256, actor) values ($1, 'theirs.txt', 'text/plain', 1, 'y', 'key:1') returning id`,
    [other],
  )
  await of(
    `insert into delegations (address, to_address, from_at, created_by)
     values ($1, 'ada@hafen-ag.com', now(), $1), ('ada@hafen-ag.com', $1, now(), $1) returning id`,
    [person],
  )
  await of('insert into notice_preferences (recipient) values (lower($1)) returning recipient as id', [person])
  await of(
    `insert into signed_links (purpose, hash, address, expires_at) values ('decide', 'x', $1, now()) returning id`,
    [person],
  )
  await of(`insert into api_keys (hash, label, role, email) values ('x', 'Kai Weber', 'manager', $1) returning id`, [
    person,
  ])
  await of(
    `insert into events (subject_id, step_key, what, actor) values ($1, 'decided', 'registration.declined', $2) returning id`,
    [claim, person],
  )
  await of(`insert into audit (what, actor) values ('link', $1) returning id`, [person])
  await of(`insert into runs (kind, connection, actor) values ('sync', 'portal', $1) returning id`, [person])
  await of(
    `insert into proposals (connection, object, external_id, kind, record_id, candidates, state, decided_by)
     values ('portal', 'deals', '1', 'account', $1, '[]', 'accepted', $2) returning id`,
    [randomUUID(), person],
  )
  await of(`insert into imports (by, undone_by) values ($1, $1) returning id`, [person])
  await of(`insert into conflict_audits (by, policy_version) values ($1, '1') returning id`, [person])
  await of(`insert into connections (name, by) values ('portal', $1) returning name as id`, [person])
  await of(
    `insert into streams (connection, object, paused_by) values ('portal', 'deals', $1) returning object as id`,
    [person],
  )
  await of(
    `insert into mapping_versions (connection, object, version, source, author, note, published_by)
     values ('portal', 'deals', 1, '', $1, $2, $1) returning object as id`,
    [person, `As ${person} said`],
  )
  await owner.query(`update changes set confirmed_by = $1, detail = $2 where external_id = '3'`, [person, fields])
  await owner.query(`update writes set confirmed_by = $1, detail = $2`, [person, fields])
  await owner.query(`update clashes set decided_by = $1, base = theirs, ours = theirs where record_id = $2`, [
    person,
    lead,
  ])
  await owner.query(`update shadows set answers = $1`, [fields])
  await owner.query(`update audit_values set before = after`)
  await owner.query(`update conflict_facts set theirs = ours`)
  await owner.query(
    `update contacts set first_name = 'Kai Weber', last_name = 'Kai Weber', title = 'Kai Weber', phone = $1`,
    [person],
  )
  await owner.query(`update leads set phone = $1`, [person])
  await owner.query(
    `update registrations set submitted_by = $1, withdrawn_by = $1, reason = $2, decision_reason = $2, decision_answer = $2 where id = $3`,
    [person, `Ask ${person}`, claim],
  )
  const columns = await textColumns()
  expect(columns.map(({ place }) => place).toSorted()).toEqual([...places.keys()].toSorted())
  const planted = await placesWith(columns, /kai.?weber/i)
  expect(planted).toEqual([...places].flatMap(([place, { erased }]) => (erased ? [place] : [])).toSorted())
  const before = await tablesWith(/kai.?weber/i)
  expect(before.toSorted()).toEqual([
    'accounts',
    'api_keys',
    'attachments',
    'audit',
    'audit_values',
    'changes',
    'clashes',
    'conflict_audits',
    'conflict_facts',
    'connections',
    'contacts',
    'crm_tasks',
    'deals',
    'delegations',
    'direct_reviews',
    'events',
    'exchanges',
    'extensions',
    'hints',
    'identities',
    'imports',
    'leads',
    'mapping_versions',
    'named_accounts',
    'notice_preferences',
    'notices',
    'parties',
    'partners',
    'proposals',
    'proposed_changes',
    'registrations',
    'runs',
    'shadows',
    'signed_links',
    'streams',
    'tasks',
    'users',
    'writes',
  ])

  const [statement = ''] = examples('docs/guides/operate.md', 'sql')
  expect(statement).toContain('person@example.com')
  const { rows } = await owner.query<Record<string, string>>(statement.replaceAll('person@example.com', person))
  expect(rows).toEqual([
    {
      registrations: '1',
      contacts: '1',
      leads: '1',
      users: '1',
      changes: '2',
      writes: '1',
      deleted: '1',
      audited: '2',
      clashes: '1',
      findings: '1',
      notices: '2',
      webhooks: '1',
      tasks: '1',
      crm_tasks: '2',
      proposals: '2',
      files: '2',
      delegations: '2',
      preferences: '1',
      links: '1',
      keys: '1',
      events: '1',
    },
  ])
  expect(await tablesWith(/kai.?weber/i)).toEqual([])
  expect((await tablesWith(/ada@hafen/i)).toSorted()).toEqual([
    'audit_values',
    'changes',
    'clashes',
    'conflict_facts',
    'registrations',
  ])
  const { rows: own } = await owner.query(
    'select custom from deals union all select custom from accounts union all select custom from registrations where id = $1',
    [claim],
  )
  expect(own).toEqual([1, 2, 3].map(() => ({ custom: { region: 'north' } })))
  // A later edit of the claim is still noticed by what is not of the person.
  const { rows: kept } = await owner.query('select claimed_keys from registrations where id = $1', [claim])
  expect(kept).toEqual([{ claimed_keys: { domain: { hash: 'y', since: null } } }])
  // What is still to be decided goes on without them, nothing more goes out to them, and nobody else's file is gone.
  const { rows: open } = await owner.query('select state, fields, actor from proposed_changes where id = $1', [
    standing,
  ])
  expect(open).toEqual([{ state: 'open', fields: { amount: { from: '1', to: '2' } }, actor: 'erased' }])
  expect((await owner.query(`select from notices where status = 'planned'`)).rowCount).toBe(0)
  expect((await owner.query('select name from attachments')).rows).toEqual([{ name: 'theirs.txt' }])
  // That something was written stays, whosever it was.
  expect((await owner.query(`select from audit where what = 'write'`)).rowCount).toBe(3)
})

async function made(
  table: 'accounts' | 'contacts' | 'deals' | 'leads' | 'partners' | 'users',
  values: Record<string, string>,
): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(
    `insert into ${table} (${Object.keys(values).join(', ')}) values (${Object.keys(values)
      .map((_, n) => `$${String(n + 1)}`)
      .join(', ')}) returning id`,
    Object.values(values),
  )
  return rows[0]?.id ?? ''
}

async function of(statement: string, values: unknown[]): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(statement, values)
  return rows[0]?.id ?? ''
}

async function audited(record: string | null, after: Record<string, string>): Promise<void> {
  await owner.query(
    `with row as (insert into audit (what, actor, record_id, fields) values ('write', 'system', $1, $2) returning id)
     insert into audit_values (audit_id, record_id, before, after) select id, $1, '{}', $3 from row`,
    [record, JSON.stringify(Object.keys(after)), after],
  )
}

async function clash(record: string, theirs: string, winner: string): Promise<void> {
  await owner.query(
    `insert into clashes (link_id, record_id, kind, field, theirs, rule, winner)
     select id, $1, 'lead', 'contactName', $2, 'vendor', $3 from links limit 1`,
    [record, theirs, winner],
  )
}

async function registration(email: string, name: string): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(
    'insert into registrations (company, contact_email, contact_name) values ($1, $2, $3) returning id',
    ['Hafen AG', email, name],
  )
  return rows[0]?.id ?? ''
}

async function change(version: string, body: Record<string, string>, status: string, record: string | null) {
  await owner.query(
    `insert into changes (connection, object, external_id, version, body_hash, body, status, record_id)
     values ('portal', 'deals', $1, $1, $1, $2, $3, $4)`,
    [version, { key: null, deleted: false, mergedInto: null, modifiedAt: null, fields: body }, status, record],
  )
}

interface Column {
  place: string
  table: string
  column: string
}

/** All columns that can hold words. */
async function textColumns(): Promise<Column[]> {
  const { rows } = await owner.query<{ table: string; column: string }>(
    `select c.table_name as table, c.column_name as column from information_schema.columns c
     join pg_tables t on t.schemaname = c.table_schema and t.tablename = c.table_name
     where c.table_schema = 'public' and c.data_type in ('text', 'jsonb', 'ARRAY', 'character varying')`,
  )
  return rows.map((row) => ({ ...row, place: `${row.table}.${row.column}` }))
}

async function placesWith(columns: Column[], text: RegExp): Promise<string[]> {
  const found: string[] = []
  for (const { place, table, column } of columns) {
    const { rows } = await owner.query<{ said: string | null }>(`select "${column}"::text as said from "${table}"`)
    if (rows.some(({ said }) => said !== null && text.test(said))) found.push(place)
  }
  return found.toSorted()
}

/** The tables in which a row, as text, has it. */
async function tablesWith(text: RegExp): Promise<string[]> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await owner.query<{ row: string }>(`select t::text as row from "${name}" t`)
    if (rows.some(({ row }) => text.test(row))) found.push(name)
  }
  return found
}
