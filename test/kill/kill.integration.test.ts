import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runKill } from './run.ts'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-kill-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

it('loses nothing and doubles nothing while parts are killed and vendors fail', async () => {
  const lines: string[] = []
  const figures = await runKill({ seconds: 25, seed: 10, dataDir, say: (line) => lines.push(line) })
  expect({ findings: figures.verdict.findings, lines }).toEqual({ findings: [], lines })
  expect(figures.submitted).toBeGreaterThan(10)
  expect(figures.kills.serve + figures.kills.temporal + figures.kills.postgres).toBeGreaterThan(0)
}, 400_000)
