/** Files in a folder: two letters of the name, then the name. What is half-written stands apart and is never read. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { END_BYTES, type Ends } from '../domain/file-types.ts'
import type { FileStore, Put } from './file-store.ts'

const NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @param folder is made when the first file comes; only the user that runs Causeway may read it */
export function directoryStore(folder: string): FileStore {
  const pathOf = (name: string) => {
    if (!NAME.test(name)) throw new Error(`"${name}" is no name of a file of ours`)
    // The end of an id is random, its beginning is the time.
    return join(folder, name.slice(-2), name)
  }
  const arriving = join(folder, 'arriving')
  return {
    async put(name, content, limit) {
      const path = pathOf(name)
      await mkdir(arriving, { recursive: true, mode: 0o700 })
      const draft = join(arriving, randomUUID())
      try {
        const file = await open(draft, 'wx', 0o600)
        const written = await writeAll(file, content, limit)
        if (written.status === 'kept') {
          await mkdir(dirname(path), { recursive: true, mode: 0o700 })
          await rename(draft, path)
        }
        return written
      } finally {
        await rm(draft, { force: true })
      }
    },

    async open(name) {
      try {
        const file = await open(pathOf(name))
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's stream is the web's in another declaration
        return Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array>
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },

    remove: (name) => rm(pathOf(name), { force: true }),

    async older(ms) {
      const until = Date.now() - ms
      const names: string[] = []
      for (const entry of await entriesOf(folder)) {
        for (const name of await entriesOf(join(folder, entry))) {
          if (NAME.test(name) && entry !== 'arriving' && (await isBefore(join(folder, entry, name), until)))
            names.push(name)
        }
      }
      // What broke off while it arrived is nobody's.
      for (const draft of await entriesOf(arriving))
        if (await isBefore(join(arriving, draft), until)) await rm(join(arriving, draft), { force: true })
      return names
    },
  }
}

/** Writes to the limit and closes the file, whatever happens. */
async function writeAll(file: FileHandle, content: AsyncIterable<Uint8Array>, limit: number): Promise<Put> {
  try {
    return await write(file, content, limit)
  } finally {
    await file.close()
  }
}

async function write(file: FileHandle, content: AsyncIterable<Uint8Array>, limit: number): Promise<Put> {
  const hash = createHash('sha256')
  let size = 0
  const ends: Ends = { head: new Uint8Array(), tail: new Uint8Array() }
  for await (const chunk of content) {
    size += chunk.byteLength
    if (size > limit) return { status: 'too-large' }
    hash.update(chunk)
    await file.appendFile(chunk)
    if (ends.head.length < END_BYTES) ends.head = Buffer.concat([ends.head, chunk]).subarray(0, END_BYTES)
    ends.tail = Buffer.concat([ends.tail, chunk]).subarray(-END_BYTES)
  }
  await file.sync()
  return { status: 'kept', size, sha256: hash.digest('hex'), ends }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error) || isCode(error, 'ENOTDIR')) return []
    throw error
  }
}

async function isBefore(path: string, ms: number): Promise<boolean> {
  try {
    return (await stat(path)).mtimeMs < ms
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return isCode(error, 'ENOENT')
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
