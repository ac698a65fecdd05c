/** A workspace: its people, the messages that an app posted, the modals that it opened, and what its people may answer by. */
import type { World } from '../framework/definition.ts'

export interface Person {
  id: string
  email: string
  name: string
  deleted: boolean
}

export interface Message {
  channel: string
  ts: string
  text: string
  blocks: unknown[]
  /** What the app says of it to programs. */
  metadata: unknown
  /** Whether the app replaced it later. */
  edited: boolean
}

export interface Modal {
  id: string
  userId: string
  view: Record<string, unknown>
}

/** By it the app opens one modal within three seconds of a click. */
export interface Trigger {
  userId: string
  atMs: number
  isUsed: boolean
}

/** An address by which the app answers a click: five times within half an hour. */
export interface ResponseUrl {
  channel: string
  ts: string
  atMs: number
  uses: number
}

export interface Workspace {
  people: Person[]
  messages: Message[]
  modals: Modal[]
  triggers: Map<string, Trigger>
  responses: Map<string, ResponseUrl>
  /** Incoming webhooks by their path, and the channel that each posts to. */
  hooks: Map<string, string>
  scopes: Set<string>
  lastTs: number
}

export const botToken = 'xoxb-sandbox'
export const hookPath = 'T0CAUSEWAY/B0SANDBOX/hook-secret'
export const teamId = 'T0CAUSEWAY'

/** An app whose team has left out a scope gets `missing_scope`. */
export const allScopes = ['chat:write', 'users:read', 'users:read.email', 'im:write']

export function freshWorkspace(): Workspace {
  return {
    people: [
      { id: 'U0RAEMORGAN', email: 'rae.morgan@example.com', name: 'rae.morgan', deleted: false },
      { id: 'U0SAMOKAFOR', email: 'sam.okafor@example.com', name: 'sam.okafor', deleted: false },
    ],
    messages: [],
    modals: [],
    triggers: new Map(),
    responses: new Map(),
    hooks: new Map([[hookPath, 'C0PARTNERS']]),
    scopes: new Set(allScopes),
    lastTs: 0,
  }
}

export const switches = {
  /** Whether a message to a person's id opens the conversation with them by itself. */
  messageByUser: true,
}
export type SlackWorld = World<Workspace, typeof switches>

/** Seconds with six digits behind the point; no two messages share one. */
export function nextTs({ state, clock }: SlackWorld): string {
  const micros = Math.max(clock.now() * 1000, state.lastTs + 1)
  state.lastTs = micros
  return `${String(Math.floor(micros / 1_000_000))}.${String(micros % 1_000_000).padStart(6, '0')}`
}
