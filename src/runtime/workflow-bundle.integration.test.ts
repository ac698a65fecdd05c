import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { workflowBundle } from './workflow-bundle.ts'

let cache: string
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'causeway-bundle-'))
})
afterAll(() => rm(cache, { recursive: true, force: true }))

it('is made once, found again, and what older sources left goes', async () => {
  await writeFile(join(cache, 'workflows-0123.js'), 'of an older source')
  const made = await workflowBundle(cache)
  expect(made.code).toContain('registration')
  const [file, ...others] = await readdir(cache)
  expect(others).toEqual([])
  await writeFile(join(cache, file ?? ''), 'as it was kept')
  expect(await workflowBundle(cache)).toEqual({ code: 'as it was kept' })
}, 60_000)
