/** A stage for a test file, and scripts played on it. */
import { afterAll, beforeAll } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../setup/database.ts'
import { parse } from './script.ts'
import { openStage, type Stage } from './world.ts'

export interface Theatre {
  stage: () => Stage
  /** Plays a script, as the model prints it, and answers what does not hold. */
  findings: (lines: string[]) => Promise<string[]>
}

export function theatre(): Theatre {
  const open: { database?: TestDatabase; stage?: Stage } = {}
  beforeAll(async () => {
    open.database = await createTestDatabase()
    open.stage = await openStage(open.database.url)
  })
  afterAll(async () => {
    await open.stage?.close()
    await open.database?.drop()
  })
  const stage = () => {
    if (open.stage === undefined) throw new Error('no stage before the tests begin')
    return open.stage
  }
  return {
    stage,
    findings: async (lines) => (await stage().play(parse(lines))).findings,
  }
}
