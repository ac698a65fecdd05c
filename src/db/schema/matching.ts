/** What claims are checked against beside the ledger: named accounts and overlaps; and what both sides of a finding said when it was made. */
import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import type { ErrorCode } from '../../errors.ts'
import { appOnly, id, instant } from './columns.ts'
import { accounts, conflicts, partners } from './ledger.ts'

/** What a company is looked up by. `nameKey`, `letters`: as `companyKeys` makes them. */
const company = () => ({
  name: text(),
  nameKey: text('name_key'),
  /** The letters of the name, each once, in order: found again whatever the order of words and most slips of the pen. */
  letters: text(),
  domain: text(),
  country: text(),
  /** The CRM's account, where the source names it. */
  accountId: uuid('account_id').references(() => accounts.id),
})

/** Accounts that direct sales keeps for itself: from a list, a CRM field or a CRM report. */
export const namedAccounts = pgTable(
  'named_accounts',
  {
    id: id(),
    /** The list, field or report that names it; a source is imported as a whole. */
    source: text().notNull(),
    /** Which one it is within its source. */
    key: text().notNull(),
    ...company(),
    /** Who works it, by the work e-mail. */
    ownerEmail: text('owner_email'),
    territory: text(),
    since: instant()
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('named_accounts_once').on(t.source, t.key),
    index('named_accounts_account').on(t.accountId),
    index('named_accounts_domain').on(t.domain),
    index('named_accounts_label').on(sql`split_part(${t.domain}, '.', 1)`),
    index('named_accounts_name').on(t.nameKey),
    index('named_accounts_letters').on(t.letters),
    appOnly('named_accounts'),
  ],
)

/** A CRM's list or report that names accounts: when it is read, and how that went. What it names is in `named_accounts`, under its source. */
export const namedLists = pgTable(
  'named_lists',
  {
    source: text().primaryKey(),
    connection: text().notNull(),
    /** The vendor's id of it. */
    list: text().notNull(),
    /** When it is to be read again. Who reads moves it on first, so that of several workers one reads. */
    nextAt: instant('next_at').notNull(),
    /** When it was last read as a whole; null: never. */
    readAt: instant('read_at'),
    /** Why the last reading failed; what was named before stays. */
    code: text().$type<ErrorCode>(),
    /** How many of its records are no accounts of the ledger: not read yet, or partners. */
    unknown: integer().notNull().default(0),
  },
  () => [appOnly('named_lists')],
)

/** What an account-mapping system says: a partner knows this company, as what. Facts as they were recorded. */
export const accountOverlaps = pgTable(
  'account_overlaps',
  {
    id: id(),
    /** The connection that told it. */
    source: text().notNull(),
    key: text().notNull(),
    partnerId: uuid('partner_id')
      .notNull()
      .references(() => partners.id),
    /** What the company is to the partner. */
    relation: text().$type<OverlapRelation>().notNull(),
    ...company(),
    asOf: instant('as_of')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('account_overlaps_once').on(t.source, t.key),
    index('account_overlaps_partner').on(t.partnerId),
    index('account_overlaps_account').on(t.accountId),
    index('account_overlaps_domain').on(t.domain),
    index('account_overlaps_label').on(sql`split_part(${t.domain}, '.', 1)`),
    index('account_overlaps_name').on(t.nameKey),
    index('account_overlaps_letters').on(t.letters),
    appOnly('account_overlaps'),
  ],
)

export type OverlapRelation = 'customer' | 'open-deal' | 'prospect'

/** What a side of a finding was when the check was made. Names, addresses and amounts: erased with the person whose they are. */
export type FindingFacts = Record<string, string | null>

/** Both sides of a finding as they were; the finding itself names nobody. Never shown to a partner. */
export const conflictFacts = pgTable(
  'conflict_facts',
  {
    conflictId: uuid('conflict_id')
      .primaryKey()
      .references(() => conflicts.id),
    ours: jsonb().$type<FindingFacts>().notNull(),
    theirs: jsonb().$type<FindingFacts>().notNull(),
  },
  () => [appOnly('conflict_facts')],
)
