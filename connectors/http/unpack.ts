import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

/** What `unpack` takes, for the request's `Accept-Encoding`. */
export const acceptedEncodings = 'gzip, deflate, br'

const unpackers = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

/**
 * Unpacks a body strictly. axios would take a compressed body that ends in the middle for a whole one, so its own unpacking is
 * off. `limit` in bytes. Rejects with zlib's coded errors, `ERR_BUFFER_TOO_LARGE` for more than the limit.
 */
export async function unpack(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const unpacker = unpackers.get(encoding?.trim().toLowerCase() ?? '')
  if (unpacker === undefined || body.length === 0) return body
  return unpacker(body, { maxOutputLength: limit })
}
