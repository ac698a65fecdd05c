/**
 * The ledger: partners, accounts, registrations, deals and what belongs to them. Rows that a partner owns carry `partner_id`.
 *
 * One file, however long: its tables refer to one another, and what a column is for stands beside it. What belongs to one concern alone has
 * a file of its own.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { boolean, date, index, integer, jsonb, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { ClaimedKeys } from '../../domain/claimed-keys.ts'
import type { Audience, ChannelName } from '../../domain/notice.ts'
import type {
  ContactState,
  DealSource,
  DealStatus,
  LeadDirection,
  LeadState,
  PartyRole,
  RegistrationState,
  UserState,
} from '../../domain/records.ts'
import type { DealType } from '../../domain/policy/conditions.ts'
import type { Against } from '../../domain/matching/reasons.ts'
import type { FindingKind, Matched } from '../../domain/ruling.ts'
import type { DecisionClock } from '../../domain/decision-clock.ts'
import type { Actor, TaskDecision, TaskKind } from '../../domain/task-kinds.ts'
import { appRole, currentPartner, id, instant, money, partnerRole } from './columns.ts'

const policies = (table: string, owned?: SQL) => [
  pgPolicy(`${table}_app`, { for: 'all', to: appRole, using: sql`true`, withCheck: sql`true` }),
  ...(owned === undefined ? [] : [pgPolicy(`${table}_partner`, { for: 'select', to: partnerRole, using: owned })]),
]

/** By what similar companies are found, beside the order of names: the letters of the name, the domain without its ending. */
const similar = (table: string, t: { letters: SQLWrapper; domain: SQLWrapper }) => [
  index(`${table}_letters`).on(sql`${t.letters}`),
  index(`${table}_label`).on(sql`split_part(${t.domain}, '.', 1)`),
]

/** The same keys, of those rows alone that a look-up counts: what is over is never gone through, however much of it there is. */
const foundAmong = (
  name: string,
  where: SQL,
  t: Record<'domain' | 'nameKey' | 'letters', SQLWrapper>,
  first?: SQLWrapper,
) => {
  const by = (key: string, column: SQLWrapper) => {
    const named = index(`${name}_${key}`)
    return (first === undefined ? named.on(sql`${column}`) : named.on(sql`${first}`, sql`${column}`)).where(where)
  }
  return [
    by('domain', t.domain),
    by('name', t.nameKey),
    by('letters', t.letters),
    by('label', sql`split_part(${t.domain}, '.', 1)`),
  ]
}

/** What every ledger record has: its version grows with each change, so that writes know whether they are behind. */
export const record = () => ({
  id: id(),
  version: integer().notNull().default(1),
  createdAt: instant('created_at')
    .notNull()
    .default(sql`now()`),
  updatedAt: instant('updated_at')
    .notNull()
    .default(sql`now()`),
  /** Values of fields that an admin added, by name without `custom.`, in canonical form. */
  custom: jsonb().$type<Record<string, string | null>>().notNull().default({}),
  /** When each field was last changed by a person in some system, by that system's word: who is newest when two changed. */
  touched: jsonb().$type<Record<string, string>>().notNull().default({}),
})

/** What a CRM's people decide on the record itself, whose word it is, and what we say to it; what was heard is taken away. */
const decidedThere = () => ({
  decision: text(),
  decisionReason: text('decision_reason'),
  decidedById: uuid('decided_by_id').references((): AnyPgColumn => users.id),
  decisionAnswer: text('decision_answer'),
})

/** A person of our own company who has a user in a CRM. Its e-mail makes it one person across systems. */
export const users = pgTable(
  'users',
  {
    ...record(),
    name: text(),
    email: text(),
    state: text().$type<UserState>(),
    /** Whom the person reports to. */
    managerId: uuid('manager_id'),
  },
  (t) => [index('users_email').on(sql`lower(${t.email})`), ...policies('users')],
)

/** An organisation that sells for, with or beside us. */
export const partners = pgTable(
  'partners',
  {
    ...record(),
    name: text(),
    email: text(),
    tier: text(),
    group: text(),
    domain: text(),
    managerEmail: text('manager_email'),
    managerName: text('manager_name'),
    /** The partner account manager as a user of ours. */
    managerId: uuid('manager_id').references(() => users.id),
    nameKey: text('name_key'),
    letters: text(),
    partnerType: text('partner_type'),
    region: text(),
    state: text()
      .$type<'applicant' | 'onboarding' | 'active' | 'dormant' | 'offboarded'>()
      .notNull()
      .default('onboarding'),
  },
  (t) => [
    index('partners_domain').on(t.domain),
    index('partners_name').on(t.nameKey),
    ...similar('partners', t),
    ...policies('partners', sql`${t.id} = ${currentPartner}`),
  ],
)

/** A person at a partner. One who has left keeps the row, for what they did stays theirs. */
export const contacts = pgTable(
  'contacts',
  {
    ...record(),
    partnerId: uuid('partner_id').references(() => partners.id),
    name: text(),
    firstName: text('first_name'),
    lastName: text('last_name'),
    email: text(),
    phone: text(),
    title: text(),
    role: text(),
    state: text().$type<ContactState>(),
    /** Who took over the open items of one who left. */
    successorId: uuid('successor_id'),
    leftAt: instant('left_at'),
  },
  (t) => [
    index('contacts_partner').on(t.partnerId),
    index('contacts_email').on(sql`lower(${t.email})`),
    ...policies('contacts', sql`${t.partnerId} = ${currentPartner}`),
  ],
)

/** An end customer or prospect, or any other company that a CRM holds. */
export const accounts = pgTable(
  'accounts',
  {
    ...record(),
    name: text(),
    /** The name as matching sees it: lower case, without legal form. */
    nameKey: text('name_key'),
    /** The letters of the name, each once, in order: found again whatever the order of words and most slips of the pen. */
    letters: text(),
    domain: text(),
    country: text(),
    accountType: text('account_type'),
    parentId: uuid('parent_id'),
    ownerId: uuid('owner_id').references(() => users.id),
    named: text().$type<'true' | 'false'>(),
    territory: text(),
  },
  (t) => [
    index('accounts_domain').on(t.domain),
    index('accounts_name').on(t.nameKey),
    ...similar('accounts', t),
    ...policies('accounts'),
  ],
)

/** A partner's claim on a prospect. The row is the truth of its process. */
export const registrations = pgTable(
  'registrations',
  {
    ...record(),
    partnerId: uuid('partner_id').references(() => partners.id),
    /** Where it was submitted: the portal's connection, or `api`. */
    portal: text().notNull().default('api'),
    submittedBy: text('submitted_by'),
    /** The member of staff who entered it for the partner, if one did. */
    onBehalfBy: text('on_behalf_by'),
    submittedAt: instant('submitted_at'),
    /** How far the portal's clock was ahead of the database's when the claim was heard of: who was first is judged without it. */
    clockAheadMs: integer('clock_ahead_ms'),
    company: text(),
    nameKey: text('name_key'),
    letters: text(),
    domain: text(),
    contactName: text('contact_name'),
    contactEmail: text('contact_email'),
    amount: money(),
    currency: text(),
    closeDate: date('close_date', { mode: 'string' }),
    products: text(),
    country: text(),
    dealType: text('deal_type').$type<DealType>(),
    state: text().$type<RegistrationState>().notNull().default('submitted'),
    /** Told to the partner: why it was declined, or who was first. */
    reason: text(),
    crmReference: text('crm_reference'),
    /** The portal's pipeline stage for this state, where the portal has one. */
    pipelineStage: text('pipeline_stage'),
    ...decidedThere(),
    /** The CRM connection that its deal lives in, fixed at approval. */
    home: text(),
    dealId: uuid('deal_id'),
    accountId: uuid('account_id'),
    /** The person at the partner who works it: who submitted it, until a colleague takes over. */
    contactId: uuid('contact_id').references(() => contacts.id),
    /** What the claim was last checked by, so that an edit of it is noticed; see `src/domain/claimed-keys.ts`. */
    claimedKeys: jsonb('claimed_keys').$type<ClaimedKeys>(),
    /** The partner took it back; its process then withdraws it. */
    withdrawnAt: instant('withdrawn_at'),
    /** Who took it back, where it was not done in its portal. */
    withdrawnBy: text('withdrawn_by'),
    /** Grows with each task, so that a new round asks anew. */
    round: integer().notNull().default(0),
    screenBy: instant('screen_by'),
    decideBy: instant('decide_by'),
    remindAt: instant('remind_at'),
    escalateAt: instant('escalate_at'),
    /** When the policy decides, because nobody did. */
    concludeAt: instant('conclude_at'),
    protectedFrom: instant('protected_from'),
    protectedUntil: instant('protected_until'),
    expiryRemindAt: instant('expiry_remind_at'),
    /** Further reminders of the end, the next one first. */
    expiryReminders: jsonb('expiry_reminders').$type<string[]>().notNull().default([]),
    /** The clock of the present decision, as its terms were when it began. */
    clock: jsonb().$type<DecisionClock>(),
    /** While the partner owes an answer: when they are reminded, and when the waiting ends. */
    infoRemindAt: instant('info_remind_at'),
    infoUntil: instant('info_until'),
    /** A person took the approval back; its process then revokes it. */
    revokedAt: instant('revoked_at'),
    revokedBy: text('revoked_by'),
    revokedReason: text('revoked_reason'),
    /** The claim of the same partner that this one went on in. */
    mergedInto: uuid('merged_into'),
    /** The same partner's earlier claim on the company, whose protection is over. */
    previousId: uuid('previous_id'),
    /** The task that asks whether the claim stands, until its answer was followed. */
    confirmTaskId: uuid('confirm_task_id'),
    /** Whether a person was asked what the end of the partnership means for it. */
    offboardAsked: boolean('offboard_asked').notNull().default(false),
    /** Its deal was won after the protection had ended: what the policy, or a person, made of it. */
    lateWin: text('late_win').$type<'credited' | 'refused' | 'asked'>(),
    /** When the process next looks by itself; kept for the relay and for a lost Temporal server. */
    wakeAt: instant('wake_at'),
    policyVersion: text('policy_version'),
  },
  (t) => [
    index('registrations_open')
      .on(t.wakeAt)
      .where(sql`${t.state} in ('submitted', 'screening', 'in-review', 'info-requested', 'approved')`),
    ...foundAmong(
      'registrations_live',
      sql`${t.state} in ('submitted', 'screening', 'in-review', 'info-requested', 'approved') and ${t.withdrawnAt} is null`,
      t,
    ),
    // The same partner's claims on the company before.
    ...foundAmong('registrations_lapsed', sql`${t.state} = 'lapsed'`, t, t.partnerId),
    index('registrations_email').on(sql`lower(${t.contactEmail})`),
    index('registrations_partner').on(t.partnerId),
    index('registrations_deal').on(t.dealId),
    index('registrations_decision')
      .on(t.id)
      .where(sql`decision is not null`),
    index('registrations_account').on(t.accountId),
    ...policies('registrations', sql`${t.partnerId} = ${currentPartner}`),
  ],
)

/** An opportunity of a CRM, ours or a direct one. */
export const deals = pgTable(
  'deals',
  {
    ...record(),
    name: text(),
    amount: money(),
    currency: text(),
    stage: text(),
    status: text().$type<DealStatus>(),
    /** When it was opened, by its CRM's word: who was first is judged by it. Null: the CRM has not said. */
    openedAt: instant('opened_at'),
    closeDate: date('close_date', { mode: 'string' }),
    /** The direct owner. */
    ownerId: uuid('owner_id').references(() => users.id),
    /** The partner account manager. */
    managerId: uuid('manager_id').references(() => users.id),
    accountId: uuid('account_id').references(() => accounts.id),
    partnerId: uuid('partner_id').references(() => partners.id),
    source: text().$type<DealSource>(),
    /** The one CRM connection that it lives in. */
    home: text(),
    registrationId: uuid('registration_id').references(() => registrations.id),
    registeredBy: text('registered_by'),
    registeredAt: instant('registered_at'),
    registrationStatus: text('registration_status'),
    protectedUntil: instant('protected_until'),
    /** Whether its stage is held; null: no review of it was ever opened. */
    underReview: text('under_review').$type<'true' | 'false'>(),
    /** What the partner's price is while the protection holds. */
    registeredPrice: money('registered_price'),
    /** What the CRM's people know the partner's discount by, while the protection holds. */
    discountReference: text('discount_reference'),
    /** Ticked in its CRM by who wants a longer protection; taken away with the answer. */
    extensionRequested: text('extension_requested').$type<'true' | 'false'>(),
    /** Who ticked it, where the CRM tells. */
    extensionAskedById: uuid('extension_asked_by_id').references(() => users.id),
    /** What its CRM's people are told of the registration: one note, and never a second. */
    registrationNote: text('registration_note'),
    ...decidedThere(),
  },
  (t) => [
    index('deals_account').on(t.accountId),
    index('deals_registration').on(t.registrationId),
    index('deals_extension_requested')
      .on(t.id)
      .where(sql`extension_requested = 'true'`),
    index('deals_decision')
      .on(t.id)
      .where(sql`decision is not null`),
    // A partner sees what became of its own registrations, in the columns that are granted.
    ...policies(
      'deals',
      sql`exists (select from registrations r where r.id = deals.registration_id and r.partner_id = ${currentPartner})`,
    ),
  ],
)

/** A prospect's interest that is handed to a partner, or by one to us. */
export const leads = pgTable(
  'leads',
  {
    ...record(),
    direction: text().$type<LeadDirection>(),
    partnerId: uuid('partner_id').references(() => partners.id),
    /** The person at the partner who works it. */
    contactId: uuid('contact_id').references(() => contacts.id),
    portal: text(),
    company: text(),
    nameKey: text('name_key'),
    letters: text(),
    domain: text(),
    contactName: text('contact_name'),
    contactEmail: text('contact_email'),
    phone: text(),
    country: text(),
    note: text(),
    source: text(),
    amount: money(),
    currency: text(),
    ownerId: uuid('owner_id').references(() => users.id),
    state: text().$type<LeadState>(),
    reason: text(),
    submittedAt: instant('submitted_at'),
    /** The CRM connection that it lives in. */
    home: text(),
    dealId: uuid('deal_id').references(() => deals.id),
    crmReference: text('crm_reference'),
  },
  (t) => [
    index('leads_partner').on(t.partnerId),
    ...foundAmong(
      'leads_held',
      sql`${t.partnerId} is not null and ${t.state} in ('new', 'offered', 'submitted', 'accepted', 'contacted')`,
      t,
    ),
    index('leads_email').on(sql`lower(${t.contactEmail})`),
    ...policies('leads', sql`${t.partnerId} = ${currentPartner}`),
  ],
)

/** An account's or a partner's part in a deal; with neither it is our own sales', of a credit that is shared. */
export const parties = pgTable(
  'parties',
  {
    ...record(),
    dealId: uuid('deal_id').references(() => deals.id),
    accountId: uuid('account_id').references(() => accounts.id),
    partnerId: uuid('partner_id').references(() => partners.id),
    role: text().$type<PartyRole>(),
    /** The part of the credit, in per cent; null: nothing is shared. */
    share: money(),
  },
  // A role may be held by several: the same partner or account holds it once.
  (t) => [
    unique('parties_once').on(t.dealId, t.role, t.accountId, t.partnerId).nullsNotDistinct(),
    ...policies('parties'),
  ],
)

/** What matched, and the score: codes and numbers. What both sides said stands in `conflict_facts`, which can be erased. */
export interface ConflictEvidence {
  matchedOn: Matched[]
  against?: Against[]
  score: number
}

/** One finding of a check; the evidence is by reference to rows that can be erased. */
export const conflicts = pgTable(
  'conflicts',
  {
    id: id(),
    registrationId: uuid('registration_id')
      .notNull()
      .references(() => registrations.id),
    partnerId: uuid('partner_id'),
    round: integer().notNull(),
    kind: text().$type<FindingKind>().notNull(),
    otherId: uuid('other_id').notNull(),
    score: integer().notNull(),
    evidence: jsonb().$type<ConflictEvidence>().notNull(),
    /** Whether the other record stands before this one by the policy's precedence. */
    blocks: text().$type<'yes' | 'no' | 'ask'>().notNull(),
    /** The rule of the policy that says so. */
    rule: text(),
    ruling: text(),
    detectedAt: instant('detected_at')
      .notNull()
      .default(sql`now()`),
    ruledAt: instant('ruled_at'),
    /** Of two partners: until when both have to know, and since when the notice to each is planned. */
    tellBy: instant('tell_by'),
    toldAt: instant('told_at'),
    otherToldAt: instant('other_told_at'),
  },
  (t) => [
    unique('conflicts_once').on(t.registrationId, t.round, t.kind, t.otherId),
    index('conflicts_other').on(t.otherId),
    ...policies('conflicts'),
  ],
)

export type TaskState = 'open' | 'decided' | 'expired' | 'cancelled'

/** Something that a person must decide. */
export const tasks = pgTable(
  'tasks',
  {
    id: id(),
    kind: text().$type<TaskKind>().notNull(),
    subjectId: uuid('subject_id').notNull(),
    round: integer().notNull(),
    state: text().$type<TaskState>().notNull().default('open'),
    /** Why a person is asked: codes, no names. */
    why: jsonb().$type<string[]>().notNull(),
    assignee: text(),
    dueAt: instant('due_at').notNull(),
    escalatedTo: text('escalated_to'),
    decision: text().$type<TaskDecision>(),
    reason: text(),
    decidedBy: text('decided_by'),
    /** Which way the decision came. */
    decidedDoor: text('decided_door').$type<Actor['door']>(),
    decidedAt: instant('decided_at'),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('tasks_once').on(t.kind, t.subjectId, t.round),
    index('tasks_open')
      .on(t.dueAt)
      .where(sql`${t.state} = 'open'`),
    ...policies('tasks'),
  ],
)

/** The timeline. Append-only by grant; names and reasons stay in the rows that it refers to. */
export const events = pgTable(
  'events',
  {
    id: id(),
    subjectId: uuid('subject_id').notNull(),
    partnerId: uuid('partner_id'),
    stepKey: text('step_key').notNull(),
    what: text().notNull(),
    /** `system`, `key:<id>`, or a vendor connection. */
    actor: text().notNull(),
    rule: text(),
    policyVersion: text('policy_version'),
    /** Ids, instants, counts and codes only. */
    detail: jsonb().$type<Record<string, string | number | boolean | null>>().notNull().default({}),
    at: instant()
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('events_once').on(t.subjectId, t.stepKey),
    ...policies('events', sql`${t.partnerId} = ${currentPartner}`),
  ],
)

/** Messages to people; each goes out at least once under a stable id. */
export const notices = pgTable(
  'notices',
  {
    id: id(),
    eventId: uuid('event_id')
      .notNull()
      .references(() => events.id),
    subjectId: uuid('subject_id').notNull(),
    template: text().notNull(),
    channel: text().$type<ChannelName>().notNull(),
    /** By whose text it is written; rows of earlier releases name none and get the one that may say least. */
    audience: text().$type<Audience>().notNull().default('partner'),
    /** An address, the name of a place (Slack, Teams, webhook), or the portal's connection. */
    recipient: text().notNull(),
    /** What shares its fate with others when a channel is down: the channel, or one place of it. */
    route: text().notNull().default('email'),
    /** Collected with others to one message; null: a message of its own. */
    rhythm: text().$type<'daily' | 'weekly'>(),
    /** The message that collected it: the same in every attempt. */
    bundle: uuid(),
    status: text().$type<'planned' | 'sending' | 'sent' | 'parked' | 'skipped'>().notNull().default('planned'),
    attempt: integer().notNull().default(0),
    notBefore: instant('not_before')
      .notNull()
      .default(sql`now()`),
    leaseUntil: instant('lease_until'),
    code: text(),
    /** The channel's own id of what was sent, where it tells one. */
    reference: text(),
    sentAt: instant('sent_at'),
    plannedAt: instant('planned_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('notices_once').on(t.eventId, t.channel, t.recipient),
    index('notices_due')
      .on(t.notBefore)
      .where(sql`${t.status} in ('planned', 'sending')`),
    index('notices_subject').on(t.subjectId),
    // A partner sees what it was told, and of whom else was told nothing.
    ...policies(
      'notices',
      sql`${t.audience} = 'partner' and ${t.template} not like 'task.%' and exists (select from registrations r where r.id = ${t.subjectId})`,
    ),
  ],
)

/** Who may call the API. Only a hash of the key is kept. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: id(),
    hash: text().notNull().unique(),
    label: text().notNull(),
    role: text().$type<'admin' | 'manager' | 'partner'>().notNull(),
    partnerId: uuid('partner_id').references(() => partners.id),
    /** The person that the key stands for: they decide what they are asked. Null: it stands for the programme. */
    email: text(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    revokedAt: instant('revoked_at'),
  },
  () => policies('api_keys'),
)

/** The policy documents that rulings cite. */
export const policyVersions = pgTable(
  'policy_versions',
  {
    version: text().primaryKey(),
    document: jsonb().$type<Record<string, unknown>>().notNull(),
    /** The text as it was written, without what its references stood for; null: in force before texts were kept. */
    source: text(),
    since: instant()
      .notNull()
      .default(sql`now()`),
  },
  () => policies('policy_versions'),
)
