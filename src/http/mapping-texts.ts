/** Which mapping of an object is meant: the one in force, the draft, the vendor's default, or a version by its number. */
import { z } from '@hono/zod-openapi'
import type { Db } from '../db/connection.ts'
import { noDraft, versionIn, versionNumbered, type MappingVersion } from '../db/mappings.ts'
import { printDocument } from '../mapping/document/print.ts'
import type { MappedObject } from './mapping-check.ts'

export const which = z
  .union([z.enum(['in-force', 'draft', 'default']), z.string().regex(/^\d{1,9}$/)])
  .openapi({ example: 'in-force', description: 'in-force, draft, default, or the number of a version' })

export interface MappingText {
  /** For a person. */
  label: string
  /** Undefined: the vendor's default, which nobody wrote. */
  row: MappingVersion | undefined
  source: string
}

/** @param chosen what `which` takes; or `latest`: the draft where there is one, else what is in force */
export async function textOf(db: Db, mapped: MappedObject, chosen: string): Promise<MappingText> {
  const { connection, object } = mapped.around
  const place = { connection, object }
  switch (chosen) {
    case 'default':
      return unedited(mapped)
    case 'draft': {
      const draft = await versionIn(db, place, 'draft')
      if (draft === undefined) throw noDraft(place)
      return { label: 'the draft', row: draft, source: draft.source }
    }
    case 'latest': {
      const draft = await versionIn(db, place, 'draft')
      return draft === undefined ? textOf(db, mapped, 'in-force') : textOf(db, mapped, 'draft')
    }
    case 'in-force': {
      const row = await versionIn(db, place, 'published')
      return row === undefined
        ? unedited(mapped)
        : { label: `version ${row.version}, in force`, row, source: row.source }
    }
    default: {
      const number = Number(chosen)
      if (number === 0) return unedited(mapped)
      const row = await versionNumbered(db, place, number)
      return { label: `version ${number}`, row, source: row.source }
    }
  }
}

function unedited({ around: { connection, object, defaults } }: MappedObject): MappingText {
  const title = `The vendor's default for ${object} at ${connection}.`
  return {
    label: 'the vendor’s default',
    row: undefined,
    source: printDocument({ connection, object, mappings: defaults, title }),
  }
}
