/** What a guided set-up remembers between two starts: answers without secrets, and what it started. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Environment } from '../../runtime/environment.ts'

const progressSchema = z.object({
  version: z.literal(1),
  sandbox: z.boolean(),
  /** Connection → vendor, in the order in which they were chosen. */
  connections: z.record(z.string(), z.string()),
  /** Connection → question → answer; a secret stands here as a reference to where it is kept. */
  answers: z.record(z.string(), z.record(z.string(), z.string())),
  approver: z.string().nullable(),
  /** What this set-up started and left running. */
  started: z.object({ sandbox: z.number().nullable(), causeway: z.number().nullable() }),
  /** Of the API; null: any free one. */
  port: z.number().nullable().optional(),
  /** Addresses of the stand-ins. */
  urls: z.record(z.string(), z.string()),
  done: z.array(z.string()),
})

export type Progress = z.infer<typeof progressSchema>

export const fresh = (): Progress => ({
  version: 1,
  sandbox: false,
  connections: {},
  answers: {},
  approver: null,
  started: { sandbox: null, causeway: null },
  urls: {},
  done: [],
})

const fileOf = ({ dataDir }: Environment) => join(dataDir, 'init.json')

/** Null: nothing was begun, or another version began it. */
export async function readProgress(env: Environment): Promise<Progress | null> {
  try {
    return progressSchema.parse(JSON.parse(await readFile(fileOf(env), 'utf8')))
  } catch {
    return null
  }
}

export async function keepProgress(env: Environment, progress: Progress): Promise<void> {
  await mkdir(env.dataDir, { recursive: true })
  const draft = `${fileOf(env)}.${String(process.pid)}`
  await writeFile(draft, `${JSON.stringify(progress, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, fileOf(env))
}
