/** The ids of parked records over the API: what it is and which, such as `change-42`. */
import { z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import type { ParkedItem, ParkedKind } from '../reports/parked.ts'

export interface ParkedId {
  kind: ParkedKind
  value: string
  text: string
}

/** Of a text whose form the route has checked. */
export function parkedIdOf(text: string): ParkedId {
  const dash = text.indexOf('-')
  const value = text.slice(dash + 1)
  const kind = text.slice(0, dash)
  return { kind: kind === 'change' || kind === 'write' ? kind : 'notice', value, text }
}

const placeSchema = z.tuple([z.iso.datetime(), z.string().regex(/^[0-9a-f-]{1,36}$/)])

export function parkedPlaceOf(cursor: string | undefined): { at: string; id: string } | null {
  if (cursor === undefined) return null
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ')
  const place = placeSchema.safeParse([at, id])
  if (place.success) return { at: place.data[0], id: place.data[1] }
  throw new CausewayError('CW_REQUEST_INVALID', 'The cursor is not one that a list answered', { field: 'cursor' })
}

export function parkedPageOf(rows: ParkedItem[], limit: number): { items: ParkedItem[]; next: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next = rows.length > limit && last !== undefined ? Buffer.from(`${last.since} ${last.id}`) : null
  return { items, next: next?.toString('base64url') ?? null }
}
