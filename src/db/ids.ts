/** Ids that follow from what a record is, so that neither the order of arrival nor a race of two workers gives it two. */
import { createHash } from 'node:crypto'

/** A version 8 UUID made of a hash of where the record comes from. */
export function idFor(origin: string, object: string, externalId: string): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([origin, object, externalId]))
    .digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`
}
