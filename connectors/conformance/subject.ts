/**
 * What a vendor's test gives the conformance suite: its connector over its sandbox, and the hands to arrange and inspect the
 * sandbox behind the connector's back.
 */
import type { Connector, Fields, Hint, WebhookRequest, Write } from '../contract.ts'
import type { ObjectMapping } from '../../src/mapping/definition.ts'

export interface ConformanceCase {
  /** The vendor and the position of its sandbox's switches; shown in the tests' names. */
  name: string
  /** Starts a fresh sandbox in this position. Called once a test, so it should take milliseconds. */
  start(): Promise<Subject>
}

export interface Subject {
  /** A connector over the sandbox through `createHttp`. `deadlineMs` is for `HttpOptions.deadlineMs`; default 5000. */
  connect(options?: { deadlineMs?: number; credentials?: 'good' | 'bad' }): Connector
  /** `module.mappings(settings)`: every path in it must exist in `describe`. */
  mappings: ObjectMapping[]
  /** The objects to try, one entry for each capability worth trying. */
  objects: ObjectHands[]
  /** Makes the next `times` exchanges of a class fail. A write's own token request or preceding read counts as `read`. */
  inject(fault: InjectedFault, on: { class: 'read' | 'write'; times: number }): Promise<void>
  /** Takes back all injected faults. */
  clearFaults(): Promise<void>
  /** Makes everything written so far visible, for positions in which lists or searches lag: moves the sandbox's clock and the connector's. */
  settle?(): Promise<void>
  /** Lets time pass for the sandbox and the connector, where both read a clock that the test moves. */
  pass?(ms: number): Promise<void>
  /** Makes every token given out so far worthless, for vendors with tokens. */
  expireTokens?(): Promise<void>
  webhooks?: WebhookHands
  stop(): Promise<void>
}

/** Arranging and inspecting records of one object, past the connector. */
export interface ObjectHands {
  object: string
  /** The fields to ask for in `changes` and `read`. */
  fields: string[]
  /** Creates records as the vendor's users would; all at the sandbox's same instant when `sameInstant`. Answers their ids as the connector names them. */
  create(count: number, options?: { sameInstant?: boolean }): Promise<string[]>
  /** Edits one record as a user would, at a later instant than its last edit. */
  edit(id: string): Promise<void>
  /** All live records as the sandbox holds them: id, key, and one field that `change` writes. */
  state(): Promise<RecordState[]>
  /** A `fields` value for a write, different for every `n`; `state().mark` then equals `mark`. Null: the object is read-only. */
  change: ((n: number) => { fields: Fields; mark: string }) | null
  /** Which write modes to try. `create` and `upsert` use `change(n).fields` plus `createFields(n)`. */
  modes: Write['mode'][]
  createFields?(n: number): Fields
  /** An id of the vendor's form that no record has. Default `conformance-absent`. */
  absentId?: string
  /** Fields that the vendor refuses for this one record, to see that the others of its batch go through. */
  refused: Fields | null
}

export interface RecordState {
  id: string
  key: string | null
  mark: string | null
}

/** `when`: `before` the sandbox does anything, or `after` it committed what was asked. */
export type InjectedFault =
  | { kind: 'reset'; part: 'headers' | 'body'; when: 'before' | 'after' }
  | { kind: 'status'; status: 500 | 502 | 503 | 504; when: 'before' | 'after' }
  | { kind: 'html'; status: 200 | 403 | 404; when: 'before' | 'after' }
  | { kind: 'throttle'; retryAfterS: number | null }
  | { kind: 'stall'; part: 'headers' | 'body'; when: 'before' | 'after' }

export interface WebhookHands {
  /** A delivery as the vendor would make it now for a change of this record, with the hints it must give; null: it tells nothing of this object. */
  delivery(object: string, id: string): Promise<{ request: WebhookRequest; hints: Hint[] } | null>
  /** Whether this position signs its deliveries. */
  signed: boolean
}
