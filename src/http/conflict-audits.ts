/** Audits of conflicts: run now, listed, read, and as CSV. Staff's alone: a row names all who pursue an account. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import { auditConflicts } from '../process/conflict-audit.ts'
import { listConflictAudits, readConflictAudit } from '../reports/conflict-audits.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { instant, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'

const tags = ['conflicts']
const text = z.string().nullable()

const audit = z
  .object({
    id: uuid,
    period: text.openapi({ description: 'Such as 2026-Q4; null: a person asked for it' }),
    by: z.string(),
    at: z.string(),
    policyVersion: z.string(),
    rows: z.number(),
    open: z.number().openapi({ description: 'Rows that had no ruling when it was made' }),
  })
  .openapi('ConflictAudit')

const auditDetail = audit
  .extend({
    accounts: z.array(
      z.object({
        id: uuid,
        account: z.string().openapi({ description: 'Its domain, or its name where no domain is known' }),
        territory: z.string(),
        sides: z.enum(['direct', 'partners', 'both']),
        byName: z
          .boolean()
          .openapi({ description: 'Nothing makes it certain that it is one account: a name or the like alone' }),
        pairs: z
          .array(
            z.object({
              registrationId: uuid,
              otherId: uuid,
              kind: z.enum(['direct-deal', 'registration']),
              matchedOn: z.array(z.string()),
              against: z.array(z.string()),
              score: z.number(),
            }),
          )
          .openapi({ description: 'What brought each two of them together; audits of earlier releases have none' }),
        registrations: z.array(
          z.object({ id: uuid, company: text, partner: text, state: z.string(), since: z.string() }),
        ),
        deals: z.array(z.object({ id: uuid, name: text, owner: text, account: text, home: text })),
        ruling: text,
        ruledBy: text,
        ruledAt: instant,
        reason: text,
        taskId: uuid.nullable(),
        taskState: text,
        assignee: text,
        dueAt: instant,
      }),
    ),
  })
  .openapi('ConflictAuditDetail')

const run = createRoute({
  method: 'post',
  path: '/conflicts/audits',
  tags,
  summary: 'Audits now: what is unresolved and was not asked about before opens a task',
  ...allow('admin', 'manager'),
  responses: { 201: json(z.object({ id: uuid }), 'The audit'), ...refusals },
})

const list = createRoute({
  method: 'get',
  path: '/conflicts/audits',
  tags,
  summary: 'Lists audits of conflicts, the newest first',
  ...allow('admin', 'manager'),
  request: { query: pageQuery },
  responses: { 200: json(page(audit), 'A page of audits'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/conflicts/audits/{id}',
  tags,
  summary: 'Reads an audit: every account that more than one side pursued, with both sides and its ruling',
  ...allow('admin', 'manager'),
  request: { params: z.object({ id: uuid }) },
  responses: { 200: json(auditDetail, 'The audit'), ...refusals },
})

export function conflictAuditRoutes(api: Api, { db, programme, kick, log }: ApiDeps): void {
  api.openapi(run, async (c) => {
    const caller = staff(c.get('caller'))
    const id = await auditConflicts(db, programme, caller.label)
    kick()
    log.info('conflicts audited', { auditId: id, keyId: caller.keyId })
    return c.json({ id }, 201)
  })

  api.openapi(list, async (c) => {
    const { cursor, limit, id } = c.req.valid('query')
    const rows = await listConflictAudits(db, { limit, id, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ at, id: last }) => ({ at, id: last })),
      200,
    )
  })

  api.openapi(read, async (c) => {
    const { id } = c.req.valid('param')
    const found = await readConflictAudit(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no audit ${id}`, { id })
    return c.json(found, 200)
  })
}
