import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BinaryWish, findTemporalBinary } from './temporal-binary.ts'
import { pinned } from './temporal-pin.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-binary-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A program that prints a version as the CLI does. */
async function program(path: string, version: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, `#!/bin/sh\necho "temporal version ${version} (Server 1.32.0, UI 2.54.1)"\n`)
  await chmod(path, 0o755)
  return path
}

function wish(change: Partial<BinaryWish>): BinaryWish {
  return {
    cliPath: null,
    searchPath: '',
    cache: join(folder, 'cache'),
    fallbackCache: join(folder, 'fallback'),
    log: () => undefined,
    ...change,
  }
}

/** Ends the search before anything is downloaded. */
const noDownload = AbortSignal.abort(new Error('no download in this test'))

describe('finding the Temporal CLI', () => {
  it('takes the one that TEMPORAL_CLI_PATH names, whatever its version', async () => {
    const cliPath = await program(join(folder, 'own'), '1.7.0')
    const found = await findTemporalBinary(wish({ cliPath }))
    expect(found).toEqual({ path: cliPath, version: '1.7.0', route: 'TEMPORAL_CLI_PATH' })
  })

  it('does not look elsewhere when the named one cannot be run', async () => {
    await program(join(folder, 'bin/temporal'), pinned.version)
    const named = wish({ cliPath: join(folder, 'missing'), searchPath: join(folder, 'bin') })
    const search = findTemporalBinary(named)
    await expect(search).rejects.toThrow(join(folder, 'missing'))
    await expect(search).rejects.toMatchObject({ code: 'CW_TEMPORAL_BINARY' })
  })

  it('takes the first one of the pinned version on PATH', async () => {
    await program(join(folder, 'old/temporal'), '1.2.3')
    const path = await program(join(folder, 'new/temporal'), pinned.version)
    const found = await findTemporalBinary(wish({ searchPath: `${folder}/old:${folder}/none:${folder}/new` }))
    expect(found).toEqual({ path, version: pinned.version, route: 'PATH' })
  })

  it('takes the one in the cache folder, or in the second one', async () => {
    const path = await program(join(folder, 'fallback', pinned.file), pinned.version)
    expect(await findTemporalBinary(wish({}))).toEqual({ path, version: pinned.version, route: 'cache' })
    const first = await program(join(folder, 'cache', pinned.file), pinned.version)
    expect(await findTemporalBinary(wish({}))).toMatchObject({ path: first })
  })

  it('downloads nothing when it is given up', async () => {
    await expect(findTemporalBinary(wish({ signal: noDownload }))).rejects.toThrow('no download in this test')
  })
})
