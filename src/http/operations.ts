/** What an operator does to the whole: start every process again from its row. */
import { createRoute, z } from '@hono/zod-openapi'
import { workflowId } from '../db/outbox.ts'
import { rehydrate } from '../process/relay.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { json, refusals, type Api } from './form.ts'

const startAgain = createRoute({
  method: 'post',
  path: '/rehydrate',
  tags: ['operations'],
  summary: 'Starts every process again from its row, after a Temporal server was lost; harmless at any time',
  ...allow('admin'),
  responses: { 202: json(z.object({ registrations: z.number() }), 'How many registrations are started'), ...refusals },
})

export function operationRoutes(api: Api, { db, kick, log, programme }: ApiDeps): void {
  api.openapi(startAgain, async (c) => {
    const systems = [...programme.systems.values()]
    const streams = systems.flatMap(({ name, capabilities }) =>
      capabilities.filter(({ read }) => read === 'changes').map(({ object }) => workflowId.stream(name, object)),
    )
    const senders = systems.map(({ name }) => workflowId.sender(name))
    const registrations = await rehydrate(db, streams, senders)
    kick()
    log.info('processes started again from rows', { registrations, keyId: c.get('caller').keyId })
    return c.json({ registrations }, 202)
  })
}
