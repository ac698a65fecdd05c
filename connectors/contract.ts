/**
 * What every connector implements, and what it may use.
 *
 * A connector is a thin codec between a vendor's API and these types: paths, envelopes, paging, ids, error bodies, webhook
 * signatures. It knows nothing of workflows, policy or the database. What it can do is data (`capabilities`); the rest of the
 * system asks the table and never the vendor's name.
 *
 * Instants are ISO 8601 in UTC with milliseconds (`2026-11-23T10:00:00.000Z`), civil dates `YYYY-MM-DD`, `…Ms` milliseconds.
 */
import type { z } from 'zod'
import type { ErrorCode } from '../src/errors.ts'
import type { RecordKind } from '../src/domain/records.ts'
import type { ObjectMapping } from '../src/mapping/definition.ts'

export type Fields = Record<string, FieldValue>
export type FieldValue = string | number | boolean | string[] | null

/** What a connector can do with one vendor object. */
export interface Capability {
  object: string
  /** The kinds that records of this object may be; the first is what an unknown record is taken for. */
  kinds: RecordKind[]
  roles: ('portal' | 'crm' | 'account-mapping')[]
  read: 'changes' | 'by-id' | 'none'
  deletes: 'feed' | 'probe' | 'none'
  write: 'upsert' | 'set' | 'create' | 'none'
  update: boolean
  /** Whether setting one without a key makes it, however often it is tried. Default: where nothing of it is ever updated. */
  makes?: boolean
  /** The unique vendor field that holds our id, or null. */
  key: string | null
  /** Records a write call takes. */
  batch: number
  /** Whether writes to children of one parent must not run side by side. */
  group: 'parent' | null
  /** Whether `Write.ifVersion` is honoured. */
  conditional: boolean
  /** How long a write may stay invisible to reads by key; earlier, absence proves nothing. */
  visibleAfterMs: number
  /** A slower way for many records at once: used when more than `above` wait, with up to `batch` a call of at most `deadlineMs`. */
  bulk?: { above: number; batch: number; deadlineMs: number }
  /** Whether `find` looks for records of this object by what they hold. */
  find?: boolean
  /** The object whose records these belong to, where they have no life of their own: links between two records, say. */
  parent?: string
  /** Whether changes are told by webhooks or a change stream when those are set up: their silence is then noticed. */
  hinted?: boolean
  /** Whether people of the portal can be told something beside a record of this object, by `comment`. */
  comment?: boolean
  /** Whether `members` tells which records of this object are in a list or report that the vendor's users keep. */
  lists?: boolean
}

/** One record as the vendor returned it. */
export interface VendorRecord {
  object: string
  id: string
  /** The value of the capability's key field, or null. */
  key: string | null
  /** Grows or differs with every change of the record. */
  version: string
  modifiedAt: string | null
  deleted: boolean
  mergedInto: string | null
  fields: Fields
}

export interface ChangesQuery {
  object: string
  /** What the last page answered, or null for a first read. Opaque to all but the connector. */
  cursor: string | null
  /** Where a first read starts: an instant, or null for everything. */
  from: string | null
  fields: string[]
  /** What is held of this object, for vendors that do not tell of everything that goes. */
  held?: Held
  /** Requests are scarce just now: the page takes as few as it can, however little it holds then. */
  isSparing?: boolean
}

/** Asks what we hold and do not take for gone, so that only what matters is told of as gone. */
export interface Held {
  /** Those of these ids that we hold. */
  among(ids: string[]): Promise<string[]>
  /** The ids that we hold of records which belong to these of `Capability.parent`. */
  of(parentIds: string[]): Promise<string[]>
}

/** A page of changed records. Nothing changed up to `coveredThrough` is missing once `more` is false. */
export interface Page {
  records: VendorRecord[]
  more: boolean
  cursor: string
  coveredThrough: string
}

export interface Ref {
  object: string
  by: 'id' | 'key'
  value: string
}

export type Read = { status: 'found'; record: VendorRecord } | { status: 'absent' } | { status: 'failed'; fault: Fault }

export interface Write {
  /** The caller's name for this write, given back in its outcome. */
  ref: string
  object: string
  /**
   * `create` makes a record and never changes one: where the key (or what the vendor itself holds for unique) is taken, the outcome is
   * `rejected` with `CW_RECORD_DUPLICATE`, `existingIds` where the vendor tells them, and the record stays as it was. `update`
   * changes the record with this id and never makes one: `CW_RECORD_GONE`. `upsert` makes it or changes it, by key.
   */
  mode: 'create' | 'update' | 'upsert'
  /** The vendor's id; null while it is not known. */
  id: string | null
  /** Our id, written to the capability's key field. */
  key: string | null
  /** The vendor's id of the record that this one is a child of, where `Capability.group` asks for it; else null. */
  parent: string | null
  /** Where `Capability.conditional`: written only while the record has this version, else `retry` with `CW_RECORD_CHANGED`. */
  ifVersion: string | null
  fields: Fields
}

export type Outcome = { ref: string } & (
  | { status: 'done'; id: string; stored: VendorRecord | null } // null: read it back
  | { status: 'rejected'; fault: Fault }
  | { status: 'retry'; fault: Fault } // proven not done
  | { status: 'unclear'; fault: Fault } // perhaps done
)

/** Why something failed, named by code; nothing ever decides on the text of a message. */
export interface Fault {
  code: ErrorCode
  /** The vendor's own code, for people. */
  vendorCode: string | null
  /** A short sentence for people, free of secrets. */
  message: string
  fields: string[]
  /** Ids of records that stand in the way, for a duplicate. */
  existingIds: string[]
  scope: 'record' | 'batch' | 'connection'
  retryAfterMs: number | null
}

/** A webhook's claim that a record changed; never data. */
export interface Hint {
  object: string
  id: string
}

export interface FieldSchema {
  name: string
  label: string
  type: string
  required: boolean
  writable: boolean
  values: string[] | null
  /** Characters at most, for texts; null: no limit is told. */
  maxLength?: number | null
  /** Digits of a number, and how many of them come after the point. */
  precision?: number
  scale?: number
  /** Whether `values` may be several at once. */
  multiple?: boolean
  /** Whether a new record gets a value where none is sent, from the vendor or from the connector. */
  defaulted?: boolean
  /** The name by which a path goes through this reference to a field of what it points at: `Account` in `Account.Type`. */
  relation?: string
  /** Computed by the vendor: it cannot be written, and its changes do not touch the record's modification date. */
  computed?: boolean
  /** No two records may have the same value. */
  unique?: boolean
  /** Whether values other than `values` are refused. */
  restricted?: boolean
  /** The objects that a reference may point at. */
  refersTo?: string[]
  /** What the vendor's administrators demand of values beyond the rest, in the vendor's words: `MIN_LENGTH 5`. */
  rules?: string[]
}

/**
 * One thing that a connection's system lacks or has: a field, a pipeline stage, an association label, a rule, a list view. Named so
 * that the same thing has the same id however often it is looked for.
 */
export interface ProvisionStep {
  /** Such as `field:Opportunity.Causeway_Id__c`. */
  id: string
  what:
    | 'field'
    | 'field-group'
    | 'picklist-value'
    | 'pipeline'
    | 'stage'
    | 'association-label'
    | 'rule'
    | 'list-view'
    | 'permission-set'
    | 'permission'
  object: string
  /** For a person: what is made and what for. */
  label: string
  /** The scope or permission that it takes, as the vendor names it. */
  permission: string
  /** Whether the integration has that permission; null: the vendor does not say. */
  granted: boolean | null
  /** `made` is there as wished; `differs` is there in another form, which we leave for a person. */
  state: 'made' | 'missing' | 'differs'
  /** Ids of the steps that this one needs to be there. */
  after: string[]
  /** What differs, in words. */
  found?: string
  /** A person has to make it, and how: the vendor has no way for a program. */
  byHand?: string
}

/** What one limit of a vendor's system leaves for what is to be made there. */
export interface Headroom {
  /** What is limited, for a person: `custom properties of deals`. */
  of: string
  /** How many of it are to be made. */
  needs: number
  /** Both null: the vendor does not tell. */
  limit: number | null
  used: number | null
  /** Why the limit is not known, or not certain; null: the vendor tells it, and more than it is surely refused. */
  unsure: string | null
}

/** `made`; `there`: another made it meanwhile, which is no failure; or why it was not made. */
export type Making = 'made' | 'there' | Fault

/** Looks for what a system lacks and makes it. Safe to repeat at any time, also after a failure half-way. */
export interface Provisioner {
  /** Everything that the settings wish for, in an order in which it can be made. Reads only. */
  plan(ctx: Ctx): Promise<ProvisionStep[]>
  /**
   * What the vendor's limits leave for these steps; only limits that they need. Where the vendor does not tell, it says so and does not
   * throw. Absent: the vendor has no limits that could be asked for.
   */
  headroom?(steps: readonly ProvisionStep[], ctx: Ctx): Promise<Headroom[]>
  /** Makes one missing step, and nothing else. May throw `ConnectorError`. */
  make(step: ProvisionStep, ctx: Ctx): Promise<Making>
}

/** What the integration may do at the vendor against what it needs. */
export interface Access {
  missing: Permission[]
  /** It could do without these. */
  excessive: Permission[]
  /** What cannot be found out, and why. */
  unknown: string[]
}

export interface Permission {
  /** As the vendor names it. */
  name: string
  /** What it is needed for, or why it is too much. */
  why: string
}

/** Everything that is held of an object, in an order in which nothing can be skipped: for back-fill and reconciliation. */
export interface ListQuery {
  object: string
  /** What the last page answered, or null for the beginning. Opaque to all but the connector. */
  cursor: string | null
  fields: string[]
}

export interface ListPage {
  records: VendorRecord[]
  /** Null: the list is whole. */
  cursor: string | null
  /** How many records there are, where the vendor says so without a request of its own. */
  total: number | null
}

/** Looks for live records by what they hold: any of the given values. */
export interface FindQuery {
  object: string
  /** Vendor field → values, compared as the vendor compares. A record is found when one field has one of its values. */
  any: Record<string, string[]>
  fields: string[]
  limit: number
}

/** Asks which records of an object are in a list or report. */
export interface MembersQuery {
  object: string
  /** The vendor's id of it. */
  list: string
  /** What the last page answered, or null for the beginning. Opaque to all but the connector. */
  cursor: string | null
}

export interface MembersPage {
  ids: string[]
  /** Null: these were the last. */
  cursor: string | null
}

/** What one call may use and how urgent it is. */
export interface Ctx {
  signal: AbortSignal
  priority: 'user' | 'sync' | 'backfill'
}

/** Something said beside a record. */
export interface Comment {
  object: string
  id: string
  /** The same however often it is handed over. */
  key: string
  text: string
}

export interface Connector {
  readonly capabilities: readonly Capability[]
  /** Empty: healthy. Each fault says what is wrong and is meant for a person. */
  check(ctx: Ctx): Promise<Fault[]>
  /**
   * The plainest request that needs credentials: whether the vendor takes them at all.
   *
   * @throws ConnectorError `CW_VENDOR_AUTH` when it does not
   */
  authenticate?(ctx: Ctx): Promise<void>
  describe(object: string, ctx: Ctx): Promise<FieldSchema[]>
  changes(q: ChangesQuery, ctx: Ctx): Promise<Page>
  /** Same order as `refs`. All refs are of one object. */
  read(refs: Ref[], fields: string[], ctx: Ctx): Promise<Read[]>
  /** All writes are of one object, at most `capability.batch`. Throws only before sending; afterwards every write has an outcome. */
  write(batch: Write[], ctx: Ctx): Promise<Outcome[]>
  /** Reads everything that is live, page by page, whatever its modification date. */
  list?(q: ListQuery, ctx: Ctx): Promise<ListPage>
  find?(q: FindQuery, ctx: Ctx): Promise<VendorRecord[]>
  /** Where `Capability.lists`. Throws `CW_LIST_INCOMPLETE` where the vendor would tell of some of them only, or of other objects. */
  members?(q: MembersQuery, ctx: Ctx): Promise<MembersPage>
  /** Puts records in the vendor's archive or bin. Only for the marked records of `certify`; the road deletes nothing. */
  remove?(object: string, ids: string[], ctx: Ctx): Promise<Fault[]>
  /**
   * Says something beside a record, where the people of the portal read it. Handed over at least once: a connector whose vendor can tell
   * finds by `key` that it was said. A fault says why not; it throws as `write` does.
   */
  comment?(comment: Comment, ctx: Ctx): Promise<{ id: string | null } | Fault>
  /** What the system lacks for the present settings and mappings. */
  provision?: Provisioner
  /** Compares the granted scopes or permissions with what the settings need. */
  access?(ctx: Ctx): Promise<Access>
  webhooks?: WebhookCodec
  /** Webhook subscriptions as state: what is there, and what is to be there. */
  subscriptions?: Subscriptions
  /**
   * Listens to the vendor's change stream and tells what it points at, until the signal ends it. Hints only; what was missed while
   * nobody listened is found by polling. Throws `ConnectorError` when the org has no such stream or it breaks.
   */
  listen?(objects: string[], heard: (hints: Hint[]) => Promise<void>, ctx: Ctx): Promise<void>
  /** An answer to each question that the vendor's documentation leaves open. Run by `certify` against marked records. */
  probes?: readonly Probe[]
}

export interface Subscriptions {
  /** The subscriptions that point at `url`, and what is wished and not there. */
  compare(url: string, ctx: Ctx): Promise<{ present: string[]; missing: string[]; stray: string[] }>
  /** Makes what is missing and removes what points at `url` and is not wished. Safe to repeat. */
  reconcile(url: string, ctx: Ctx): Promise<{ made: string[]; removed: string[] }>
}

/** A question that the vendor's documentation leaves open. */
export interface Question {
  /** Short and stable, such as `search-lag`. */
  name: string
  question: string
}

export interface Probe extends Question {
  /** Tries it, or says why it cannot be tried. */
  run(ctx: Ctx): Promise<Finding>
}

export interface Finding {
  /** In words. */
  answer: string
  /** Nothing was tried, and the answer says why. */
  isTried?: false
  /** What belongs into the connection's settings because of it. */
  setting?: Record<string, string | number | boolean>
}

export interface WebhookCodec {
  /** `url` is the public address that the vendor called. `nowMs` is the time that a replay window is measured against. */
  verify(request: WebhookRequest): 'valid' | 'invalid' | 'unsigned'
  /** Throws `ConnectorError` with `CW_WEBHOOK_BODY` when the body is not what the vendor sends. */
  hints(body: Uint8Array): Hint[]
}

export interface WebhookRequest {
  method: string
  url: string
  headers: Record<string, string>
  body: Uint8Array
  nowMs: number
}

/** Thrown by connectors and by the HTTP layer, and by nothing else on their behalf. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError'
  readonly fault: Fault
  /** Whether the request may have taken effect at the vendor: `no` is proven, `maybe` is not. */
  readonly effect: 'no' | 'maybe'

  constructor(fault: Fault, effect: 'no' | 'maybe', options?: ErrorOptions) {
    super(`${fault.code}: ${fault.message}`, options)
    this.fault = fault
    this.effect = effect
  }
}

/** A fault with the usual values for what is not given. */
export function faultOf(code: ErrorCode, message: string, more: Partial<Omit<Fault, 'code' | 'message'>> = {}): Fault {
  return { code, message, vendorCode: null, fields: [], existingIds: [], scope: 'record', retryAfterMs: null, ...more }
}

// What a connector is given

/** One HTTP exchange. `route` is the path with its ids replaced, for logs, metrics and budgets. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  route: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** A `read` is repeated within the deadline after faults; a `write` only when it is proven that the vendor did not take it. */
  effect: 'read' | 'write' | 'token'
  signal: AbortSignal
  priority: Ctx['priority']
  /** For the whole exchange, its repeats and waits included. Default 20 s. */
  deadlineMs?: number
  /** Not repeated, whatever comes of it: for who wants to know what the vendor says at first. */
  once?: true
}

export interface HttpResponse {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: Buffer
}

/**
 * The one HTTP layer: deadline, retry, throttle, budget, redaction and logging.
 *
 * Answers every complete exchange, whatever its status, except those it repeats itself. Throws `ConnectorError` when there is
 * no usable answer: `CW_VENDOR_UNREACHABLE`, `CW_VENDOR_TIMEOUT`, `CW_VENDOR_UNAVAILABLE`, `CW_VENDOR_THROTTLED`, `CW_VENDOR_QUOTA`.
 */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>
}

export interface Token {
  accessToken: string
  /** Where the vendor says its API is, for vendors that say so. */
  instanceUrl: string | null
  expiresAt: string | null
  /** What a new one is made with, where a person let us in; the vendor may give another with each token. */
  refreshToken?: string | null
}

/** An app by which a person lets us into the vendor's system: OAuth's authorization code flow as this vendor has it. */
export interface OAuthApp {
  /** The page that the person opens. */
  authorizeUrl: string
  tokenUrl: string
  clientId: string
  clientSecret: string | null
  scopes: string[]
  /** Asked for where the account has them. */
  optionalScopes: string[]
  /** Whether the vendor knows code challenges. */
  pkce: boolean
}

/** The one owner of a connection's token, shared by all processes. */
export interface TokenStore {
  /** The token in force, or null when none was made yet. */
  current(): Promise<Token | null>
  /**
   * Makes a new token unless another caller already replaced `stale`. Only one `mint` runs at a time for a connection; it is given
   * what is held, for its refresh token.
   */
  renew(stale: Token | null, mint: (held: Token | null) => Promise<Token>): Promise<Token>
}

export interface ConnectorDeps {
  http: Http
  tokens: TokenStore
  /** Milliseconds since 1970; a test may set it. */
  nowMs: () => number
  /** Whether lists or reports of this system name accounts (`namedAccounts`), which takes rights of its own. Absent: none do. */
  readsLists?: boolean
}

/** What a guided set-up asks a person about a connection to a vendor; everything else has a default. */
export interface SetUp {
  /** As people know the vendor. */
  title: string
  role: 'portal' | 'crm'
  /** The usual name of the connection. */
  name: string
  questions: SetUpQuestion[]
}

export interface SetUpQuestion {
  /** The setting that the answer becomes; null: it only chooses further questions. */
  setting: string | null
  /** Names the question for a program. Usually the setting. */
  key: string
  question: string
  /** Where a person finds the answer. */
  hint?: string
  secret?: boolean
  initial?: string
  choices?: { value: string; label: string }[]
  /** Asked only where an earlier question, by its key, has one of these answers. */
  when?: { key: string; is: string[] }
}

/** What the registry knows of a vendor. */
export interface ConnectorModule<Settings> {
  vendor: string
  /** Checks the connection's `settings` in causeway.yaml; secrets are already resolved. */
  settings: z.ZodType<Settings>
  /** Which settings are secret, and which are of one environment alone, such as addresses, ids and slugs; by their paths. */
  apart: { secret: readonly string[]; environment: readonly string[] }
  /** Requests a window and a day that the vendor allows, unless the settings say otherwise. */
  limits(settings: Settings): VendorLimits
  /** Reads the vendor's limit headers of any answer, error answers included. */
  usage?(headers: Record<string, string>): Usage | null
  /** The mapping that an unedited configuration uses. */
  mappings(settings: Settings): ObjectMapping[]
  create(settings: Settings, deps: ConnectorDeps): Connector
  /** What a guided set-up asks. */
  setUp: SetUp
  /** The app by which a person lets us in, where the settings say so; absent or null: there is nothing for a person to do. */
  oauth?(settings: Settings): OAuthApp | null
}

/** What a vendor's answer says about its limits; what it does not say is null. */
export interface Usage {
  dailyUsed: number | null
  dailyLimit: number | null
  windowRemaining: number | null
}

export interface VendorLimits {
  /** `requests` in any `windowMs`, or null when the vendor publishes none. */
  window: { requests: number; windowMs: number } | null
  daily: number | null
}
