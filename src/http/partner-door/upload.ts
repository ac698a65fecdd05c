/** The file of a form, read as it comes: nothing of it is held in memory. */
import { Readable } from 'node:stream'
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy'
import { CausewayError } from '../../errors.ts'

/** What is read of a request that was refused, so that its sender hears the answer; who sends more is cut off. */
const DRAINED = 64 * 1024 * 1024

/**
 * Hands the first file of the form to `take` while it comes. A form without one is refused.
 *
 * Whatever is sent, it ends: a body that breaks off breaks the file that is being taken, so that nobody waits for the rest of it.
 *
 * @param limit bytes of the file; one more is handed on, so that whoever counts sees that it is too large
 * @throws CW_REQUEST_INVALID for a form that cannot be read or has no file, CW_REQUEST_TOO_LARGE for one that does not end, and
 *   whatever `take` throws
 */
export async function withFile<T>(
  request: Request,
  limit: number,
  take: (file: { name: string; content: AsyncIterable<Uint8Array> }) => Promise<T>,
): Promise<T> {
  if (request.body === null) throw none()
  const source = Readable.fromWeb(request.body)
  const form = open(request, limit)
  const taken = Promise.withResolvers<T>()
  let file: BusboyFileStream | null = null
  const breakOff = (why: CausewayError) => {
    taken.reject(why)
    file?.destroy(why)
  }
  form.on('file', (_: string, content: BusboyFileStream, name: string | undefined) => {
    file = content
    // The parser tells a file that the form ended within it, also one that nobody reads yet or any more; who stops reading destroys it.
    content.on('error', () => {
      if (!content.destroyed) breakOff(unreadable())
    })
    // An empty choice comes as a part without a name.
    if (name === undefined || name === '') {
      content.resume()
      return taken.reject(none())
    }
    take({ name, content })
      .then(taken.resolve, taken.reject)
      .finally(() => content.resume())
  })
  form.on('finish', () => {
    if (file === null) taken.reject(none())
  })
  form.on('error', () => breakOff(unreadable()))
  source.on('error', () => breakOff(unreadable()))
  let size = 0
  source.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size <= limit + DRAINED) return
    breakOff(new CausewayError('CW_REQUEST_TOO_LARGE', 'The form is too large', { limit }))
    source.destroy()
  })
  source.pipe(form)
  return taken.promise
}

function open(request: Request, limit: number): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parser refuses headers without a content type
      headers: Object.fromEntries(request.headers) as BusboyHeaders,
      limits: { files: 1, fields: 5, parts: 6, fieldSize: 1000, headerPairs: 50, fileSize: limit + 1 },
    })
  } catch (error) {
    throw new CausewayError('CW_REQUEST_INVALID', 'The form is none that carries a file', {}, { cause: error })
  }
}

function none(): CausewayError {
  return new CausewayError('CW_REQUEST_INVALID', 'Choose a file first', { field: 'file' })
}

function unreadable(): CausewayError {
  return new CausewayError('CW_REQUEST_INVALID', 'The file did not come whole; send it again', { field: 'file' })
}
