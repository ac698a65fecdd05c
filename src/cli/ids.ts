/** Short ids: a person types the beginning of an id, and is asked for more when two records begin so. */
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import type { ApiClient } from './client.ts'

const FULL = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const found = z.object({ items: z.array(z.object({ id: z.string() })) })

/**
 * The full id of the one record of a list that begins so.
 *
 * @throws CW_NOT_FOUND, CW_REQUEST_INVALID when more than one does
 */
export async function fullId(
  api: ApiClient,
  list:
    | 'registrations'
    | 'tasks'
    | 'partners'
    | 'contacts'
    | 'back-fills'
    | 'reconcile'
    | 'clashes'
    | 'deals'
    | 'runs'
    | 'matches'
    | 'links'
    | 'conflicts/audits'
    | 'notices',
  given: string,
): Promise<string> {
  if (FULL.test(given)) return given
  const { items } = await api.get(`/${list}`, { id: given, limit: '2' }, found)
  const [first, second] = items
  if (first === undefined) throw new CausewayError('CW_NOT_FOUND', `No id in ${list} begins with "${given}"`)
  if (second !== undefined) {
    throw new CausewayError('CW_REQUEST_INVALID', `More than one id in ${list} begins with "${given}"; type more of it`)
  }
  return first.id
}

/** The shortest beginnings, of eight characters or more, that tell the ids apart. */
export function shortIds(ids: string[]): Map<string, string> {
  const sorted = ids.toSorted()
  return new Map(
    sorted.map((id, place) => {
      const needed = Math.max(shared(sorted[place - 1], id), shared(sorted[place + 1], id)) + 1
      return [id, id.slice(0, Math.max(8, needed))]
    }),
  )
}

/** How many first characters both have. */
function shared(a: string | undefined, b: string): number {
  const differs = b.split('').findIndex((letter, place) => a?.[place] !== letter)
  return differs === -1 ? b.length : differs
}
