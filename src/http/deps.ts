/** What the API is given by the composition root. It opens nothing itself. */
import type { ChatDoor } from './chat-door.ts'
import type { Connector, Fault, VendorLimits } from '../../connectors/contract.ts'
import type { AttachmentRules } from '../attachments/attach.ts'
import type { FileStore } from '../attachments/file-store.ts'
import type { Db } from '../db/connection.ts'
import type { ErrorCode } from '../errors.ts'
import type { Channels } from '../process/notices/send.ts'
import type { Programme } from '../process/programme.ts'

export interface ApiDeps {
  db: Db
  programme: Programme
  /** An open connector for each connection. */
  connectors: ReadonlyMap<string, Connector>
  connections: ReadonlyMap<string, { vendor: string; role: 'portal' | 'crm'; limits: VendorLimits }>
  /** By which a person lets us into a connection's system. */
  authorizers: ReadonlyMap<string, Authorizer>
  /** By what people are told, for previews; absent: by nothing. */
  channels?: Channels
  /** The folder whose files say the mappings (`managed: file`); absent: they are edited here. */
  managedBy?: string
  /** Where attached files are kept, and what partners may do by links and keys. */
  files: FileStore
  partnerDoor: PartnerDoor
  /** By which people decide in the chat; absent or null: it is not set up. */
  chat?: ChatDoor | null
  /** Asks the relay to deliver nudges now; called after a commit that made some. */
  kick: () => void
  /** Where vendors reach us, without a slash at the end: webhook signatures are made over it. */
  publicUrl: string
  log: Log
  nowMs: () => number
  health: () => Promise<PartHealth[]>
}

export interface PartnerDoor {
  /** How long a link in a notice holds, in milliseconds. */
  linkFor: number
  /** Forms and files that are taken by one link in a minute. */
  perMinute: number
  attachments: AttachmentRules
}

/** What a person does about a connection's credentials; made by the composition root. */
export interface Authorizer {
  /** Null: the settings hold all that is needed. */
  begin(redirectUri: string): Promise<{ url: string; state: string; ticket: string } | null>
  /** Answers why the vendor refuses the token all the same; null: the connection goes on. Throws CW_AUTHORIZATION_FAILED. */
  complete(ticket: string, answer: URLSearchParams, actor: string): Promise<Fault | null>
  check(actor: string): Promise<Fault | null>
}

/** Where the API writes what it refused and what failed; the log of the connectors fits. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** One part that the API cannot work without: the database, Temporal, the worker. */
export interface PartHealth {
  part: string
  ok: boolean
  code: ErrorCode | null
  /** For a person; no secrets. */
  message: string | null
}
