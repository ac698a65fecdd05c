/** Where probes try things: marked records of their own, made past the codec so that answers are seen as they come, and removed. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ConnectorError } from '../contract.ts'
import type { Ctx } from '../contract.ts'
import type { Call } from './client.ts'
import { removeRecords } from './find.ts'
import { faultFrom, readFault } from './refusal.ts'
import type { Problem } from './refusal.ts'
import type { Writing } from './values.ts'

export interface Ground {
  w: Writing
  ctx: Ctx
  /** Unlike in every run. */
  mark: string
  /** The name of marked records; it begins with what people look for who want to be sure that nothing is left. */
  name: string
  create(object: string, fields: Record<string, unknown>): Promise<{ id: string } | { problems: Problem[] }>
  /** Creates what the probe needs. @throws ConnectorError when the org refuses it */
  make(object: string, fields?: Record<string, unknown>): Promise<string>
  /** Has a record removed that came about in another way. */
  keep(id: string): void
  /** @throws ConnectorError for a refusal */
  text(path: string, route: string): Promise<string>
  call(call: Call): ReturnType<Writing['client']['call']>
}

const createdSchema = z.object({ id: z.string() })

/** Runs a probe and removes its records, whatever becomes of it. */
export async function onGround<T>(w: Writing, ctx: Ctx, run: (ground: Ground) => Promise<T>): Promise<T> {
  const mark = randomUUID().slice(0, 8)
  const name = `Causeway certify ${mark}`
  const made: string[] = []
  const call = (what: Call) => w.client.call(what, ctx)
  const create: Ground['create'] = async (object, fields) => {
    const path = `/sobjects/${object}`
    const answer = await call({ method: 'POST', path, route: '/sobjects/:object', body: fields, effect: 'write' })
    if (!answer.ok) return { problems: answer.problems }
    const { id } = createdSchema.parse(answer.body)
    made.push(id)
    return { id }
  }
  const ground: Ground = {
    w,
    ctx,
    mark,
    name,
    create,
    call,
    async make(object, fields = {}) {
      const result = await create(object, { Name: name, ...fields })
      if ('id' in result) return result.id
      throw new ConnectorError(faultFrom(result.problems).fault, 'no')
    },
    keep: (id) => made.push(id),
    async text(path, route) {
      const answer = await call({ method: 'GET', path, route, effect: 'read', expects: 'text' })
      if (!answer.ok) throw new ConnectorError(readFault(answer.problems), 'no')
      return String(answer.body)
    },
  }
  try {
    return await run(ground)
  } finally {
    // The caller may have given up; its records are removed all the same, the last made first.
    await removeRecords(w.client, made.toReversed(), { ...ctx, signal: AbortSignal.timeout(20_000) })
  }
}
