/** The forms that several resources share: ids, pages, and how a route states its answers. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import type { ApiEnv } from './auth.ts'
import { errorSchema } from './errors.ts'
import { CausewayError } from '../errors.ts'

export type Api = OpenAPIHono<ApiEnv>

/** Fields of a record that an admin added, by their names without `custom.`. */
export const customFields = z.record(z.string(), z.string().nullable())

export const uuid = z.uuid()
export const instant = z.string().nullable().openapi({ example: '2026-11-23T10:00:00.000Z' })

/** Parameters of a list: at most `limit` rows, from where the last page's `next` says. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
  /** Only rows whose id begins so: a person types eight characters and not thirty-six. */
  id: z
    .string()
    .regex(/^[0-9a-f-]{1,36}$/i)
    .transform((id) => id.toLowerCase())
    .optional(),
})

export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

/** A place in a list that is ordered by an instant and an id, newest first. */
export interface Place {
  at: string
  id: string
}

export function cursorOf({ at, id }: Place): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url')
}

/** @throws CW_REQUEST_INVALID for anything that `cursorOf` did not make */
export function placeOf(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null
  const parsed = placeSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (parsed.success) return { at: parsed.data[0], id: parsed.data[1] }
  throw new CausewayError('CW_REQUEST_INVALID', 'The cursor is not one that a list answered', { field: 'cursor' })
}

const placeSchema = z.tuple([z.iso.datetime(), z.uuid()])

/** Cuts rows, of which one more than `limit` was read, to a page. */
export function pageOf<T>(rows: T[], limit: number, place: (row: T) => Place): { items: T[]; next: string | null } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(place(last)) : null }
}

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A required body: without `required` a body of another content type would pass unchecked. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** What any route may answer besides. */
export const refusals = { default: json(errorSchema, 'A refusal or failure, coded') }

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
