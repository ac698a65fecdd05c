/** Who did something, in words: rows name people and programs by a code. */
import { anyOf } from '../../db/any-of.ts'
import type { Db } from '../../db/connection.ts'
import { apiKeys, signedLinks } from '../../db/schema/index.ts'

/** People and programs by the code that rows name them with; null is Causeway itself, and what no row knows stands as it is. */
export async function namesOf(db: Db, actors: string[]): Promise<(actor: string) => string | null> {
  const [keys, opened] = await Promise.all([
    db
      .select({ id: apiKeys.id, name: apiKeys.label })
      .from(apiKeys)
      .where(anyOf(apiKeys.id, idsOf(actors, 'key'))),
    db
      .select({ id: signedLinks.id, name: signedLinks.address })
      .from(signedLinks)
      .where(anyOf(signedLinks.id, idsOf(actors, 'link'))),
  ])
  const names = new Map<string, string>([
    ...keys.map(({ id, name }) => [`key:${id}`, name] as const),
    ...opened.map(({ id, name }) => [`link:${id}`, name] as const),
  ])
  return (actor) => (actor === 'system' ? null : (names.get(actor) ?? actor))
}

const ID = /^(key|link):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function idsOf(actors: string[], of: 'key' | 'link'): string[] {
  return [...new Set(actors)].flatMap((actor) => {
    const [, kind, id] = ID.exec(actor) ?? []
    return kind === of && id !== undefined ? [id] : []
  })
}
