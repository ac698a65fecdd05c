/** Where attached files are kept: outside the database, each under a name of ours. */
import type { Ends } from '../domain/file-types.ts'

/** The port; one implementation keeps them in a folder. */
export interface FileStore {
  /**
   * Takes in a file as it comes, and stops at the limit. Either the whole file is kept under the name or nothing is.
   *
   * @param name a UUID
   * @param limit bytes at most
   */
  put(name: string, content: AsyncIterable<Uint8Array>, limit: number): Promise<Put>
  /** The content; null when there is no such file. */
  open(name: string): Promise<ReadableStream<Uint8Array> | null>
  /** Safe to repeat. */
  remove(name: string): Promise<void>
  /** Names of the files that were put before so many milliseconds. */
  older(ms: number): Promise<string[]>
}

export type Put = { status: 'kept'; size: number; sha256: string; ends: Ends } | { status: 'too-large' }
