/** A step of a reconciliation: what it needs, what it answers, and where the run stands between two of them. */
import { z } from 'zod'
import type { Connector, Ctx } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import type { System } from '../mapping/systems.ts'

export interface Step {
  db: Db
  system: System
  connector: Connector
  object: string
  ctx: Ctx
}

/** What a step did, and whether the stream has to be read before the next one. */
export interface Moved {
  stored: number
  pause: 'briefly' | 'until it is read' | null
}

const placeSchema = z.discriminatedUnion('phase', [
  /** Walking everything that the vendor holds; `at` is the list's own position. */
  z.strictObject({ phase: z.literal('walk'), at: z.string().nullable() }),
  /** Looking again at what differed, once the stream was read past `since`. */
  z.strictObject({ phase: z.literal('confirm'), since: z.string(), after: z.number() }),
  /** Looking for what the walk did not meet. */
  z.strictObject({ phase: z.literal('missing'), after: z.string().nullable() }),
  /** Comparing the ledger with what the vendor holds. */
  z.strictObject({ phase: z.literal('behind'), after: z.string().nullable() }),
])

export type Place = z.output<typeof placeSchema>

export function placeOf(cursor: string | null): Place {
  return cursor === null ? { phase: 'walk', at: null } : placeSchema.parse(JSON.parse(cursor))
}

export function cursorOf(place: Place): string {
  return JSON.stringify(place)
}
