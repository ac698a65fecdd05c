/** Registrations that were approved before Causeway came, row by row; and an import taken back. */
import { createRoute, z } from '@hono/zod-openapi'
import { importColumns } from '../domain/imported-claim.ts'
import { importRegistrations } from '../process/import-registrations.ts'
import { undoImport } from '../process/undo-import.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, refusals, uuid, type Api } from './form.ts'

const tags = ['registrations']

/** Rows of one request; more come in further ones, with the id that the first answered. */
const MOST = 200

const rows = z
  .array(
    z.strictObject({
      line: z.int().min(1).openapi({ description: 'Where the row stands in its file; flaws are told with it' }),
      cells: z.partialRecord(z.enum(importColumns), z.string().max(2000)),
    }),
  )
  .min(1)
  .max(MOST)

const report = z
  .object({
    importId: uuid.nullable().openapi({ description: 'null: nothing was kept' }),
    imported: z.array(
      z.object({
        line: z.number(),
        registrationId: uuid,
        state: z.enum(['approved', 'lapsed']),
        protectedUntil: z.string(),
        dealId: uuid.nullable(),
      }),
    ),
    known: z.array(z.object({ line: z.number(), registrationId: uuid })),
    flaws: z.array(
      z.object({ line: z.number(), column: z.string().nullable(), code: z.string(), message: z.string() }),
    ),
    conflicts: z.array(
      z.object({
        line: z.number(),
        kind: z.enum(['registration', 'direct-deal']),
        otherId: uuid,
        otherLine: z.number().nullable(),
        matchedOn: z.array(z.string()).openapi({ description: 'What the two met in, the strongest first' }),
        score: z.number().openapi({ description: 'Of 100' }),
      }),
    ),
  })
  .openapi('ImportReport')

const run = createRoute({
  method: 'post',
  path: '/registrations/import',
  tags,
  summary: 'Takes in registrations that were approved before, with their true dates; a reference comes in once',
  ...allow('admin'),
  request: {
    body: body(
      z.strictObject({
        rows,
        dryRun: z.boolean().default(false),
        tell: z.boolean().default(false).openapi({ description: 'Partners are told of what is approved' }),
        importId: uuid.nullable().default(null).openapi({ description: 'The import that these rows go on' }),
      }),
    ),
  },
  responses: { 200: json(report, 'What came in, and what did not and why'), ...refusals },
})

const undo = createRoute({
  method: 'post',
  path: '/registrations/imports/{id}/undo',
  tags,
  summary: 'Takes an import back: what is still protected by it is withdrawn, and its references may come in anew',
  ...allow('admin'),
  request: { params: z.object({ id: uuid }) },
  responses: { 200: json(z.object({ withdrawn: z.number() }), 'How many are withdrawn'), ...refusals },
})

export function importRoutes(api: Api, { db, programme, kick, log }: ApiDeps): void {
  api.openapi(run, async (c) => {
    const { keyId } = staff(c.get('caller'))
    const { rows: given, ...wish } = c.req.valid('json')
    const done = await importRegistrations(db, programme, { ...wish, rows: given, by: `key:${keyId}` })
    kick()
    const { importId, imported, flaws } = done
    log.info('registrations imported', { importId, imported: imported.length, flaws: flaws.length, keyId })
    return c.json(done, 200)
  })

  api.openapi(undo, async (c) => {
    const { keyId } = staff(c.get('caller'))
    const { id } = c.req.valid('param')
    const withdrawn = await undoImport(db, id, `key:${keyId}`)
    kick()
    log.info('import undone', { importId: id, withdrawn, keyId })
    return c.json({ withdrawn }, 200)
  })
}
