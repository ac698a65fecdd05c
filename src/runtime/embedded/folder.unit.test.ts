import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ensureFolder } from './folder.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-folder-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('makes a folder with its parents, and leaves nothing in it', async () => {
  const deep = join(folder, 'a/b')
  await ensureFolder(deep)
  await ensureFolder(deep)
  expect((await stat(deep)).isDirectory()).toBe(true)
})

it('is asked by several parts of one process at once', async () => {
  const looks = Array.from({ length: 20 }, () => ensureFolder(folder))
  expect((await Promise.allSettled(looks)).filter(({ status }) => status === 'rejected')).toEqual([])
  expect(await readdir(folder)).toEqual([])
})

it('names the folder that cannot be written', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  const refused = ensureFolder(join(file, 'data'))
  await expect(refused).rejects.toThrow(join(file, 'data'))
  await expect(refused).rejects.toMatchObject({ code: 'CW_DISK_FULL' })
})
