import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Imports that the architecture forbids: the file that makes it, and what it takes. */
const forbidden = [
  ['src/domain/rule.ts', "import { db } from '../db/connection.ts'"],
  ['src/domain/rule.ts', "import { Client } from 'pg'"],
  ['src/domain/policy/rule.ts', "import { db } from '../../db/connection.ts'"],
  ['workflows/registration.ts', "import { z } from 'zod'"],
  ['workflows/registration.ts', "import { nextStep } from '../src/domain/registration.ts'"],
  ['src/intake/pull.ts', "import { apply } from '../apply/apply.ts'"],
  ['src/apply/merge.ts', "import { plan } from '../write/plan.ts'"],
  ['src/process/step.ts', "import { pull } from '../intake/pull.ts'"],
  ['src/write/send.ts', "import { decide } from '../process/decide.ts'"],
  ['src/write/send.ts', "import { salesforce } from '../../connectors/salesforce/index.ts'"],
  ['src/provision/apply.ts', "import { claim } from '../write/claim.ts'"],
  ['src/attachments/attach.ts', "import { decide } from '../process/decide.ts'"],
  ['src/mapping/convert.ts', "import { db } from '../db/connection.ts'"],
  ['src/db/ledger.ts', "import { apply } from '../apply/apply.ts'"],
  ['src/reports/measures.ts', "import { decide } from '../process/decide.ts'"],
  ['src/http/tasks.ts', "import { config } from '../runtime/config.ts'"],
  ['activities/sender.ts', "import { config } from '../src/runtime/config.ts'"],
  ['activities/sender.ts', "import { hubspot } from '../connectors/hubspot/index.ts'"],
  ['connectors/zoho/index.ts', "import { apply } from '../../src/apply/apply.ts'"],
  ['sandbox/zoho/index.ts', "import { zoho } from '../../connectors/zoho/index.ts'"],
  ['sandbox/zoho/index.ts', "import { errors } from '../../src/errors.ts'"],
] as const

const allowed = [
  ['src/domain/rule.ts', "import { tie } from './first.ts'"],
  ['src/domain/policy/rule.ts', "import { tie } from '../first.ts'"],
  ['workflows/registration.ts', "import { sleep } from '@temporalio/workflow'"],
  ['workflows/registration.ts', "import type { Step } from '../src/domain/registration.ts'"],
  ['src/write/send.ts', "import { ConnectorError } from '../../connectors/contract.ts'"],
  ['src/process/step.ts', "import { nextStep } from '../domain/registration.ts'"],
  ['activities/sender.ts', "import { send } from '../src/write/send.ts'"],
  ['src/runtime/serve.ts', "import { send } from '../write/send.ts'"],
  ['connectors/zoho/index.unit.test.ts', "import { sandbox } from '../../sandbox/zoho/index.ts'"],
] as const

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-borders-'))
  cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Lints a file with nothing in it but this import, and gives the rule that refused it. */
function lint(file: string, statement: string): { passed: boolean; said: string } {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${statement}\n`)
  try {
    const rules = ['-A', 'all', '-D', 'no-restricted-imports', '-D', 'node/no-process-env']
    const oxlint = [join(root, 'node_modules/.bin/oxlint'), ...rules, file]
    const run = spawnSync(process.execPath, oxlint, { cwd: folder, encoding: 'utf8' })
    return { passed: run.status === 0, said: run.stdout }
  } finally {
    rmSync(path)
  }
}

describe('the borders of the architecture', () => {
  it.each(forbidden)('%s may not: %s', (file, statement) => {
    const { passed, said } = lint(file, statement)
    expect(said).toContain('no-restricted-imports')
    expect(passed).toBe(false)
  })

  it.each(allowed)('%s may: %s', (file, statement) => {
    expect(lint(file, statement)).toMatchObject({ passed: true })
  })

  it('reads the environment in runtime only', () => {
    const statement = 'export const region = process.env.REGION'
    expect(lint('src/write/send.ts', statement).said).toContain('no-process-env')
    expect(lint('src/runtime/config.ts', statement).passed).toBe(true)
  })
})
