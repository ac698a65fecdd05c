/** The API: resources under /api/v1 behind keys, webhooks under /hooks, health, and the document of it all at /openapi.json. */
import { randomUUID } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { CausewayError } from '../errors.ts'
import { attachmentRoutes } from './attachments.ts'
import { authenticate, type ApiEnv } from './auth.ts'
import { backFillRoutes } from './back-fills.ts'
import { budgetRoutes } from './budget.ts'
import { auditRoutes } from './audit.ts'
import { changeRoutes } from './changes.ts'
import { chatRoutes } from './chat.ts'
import { clashRoutes } from './clashes.ts'
import { conflictAuditRoutes } from './conflict-audits.ts'
import { connectRoutes } from './connect.ts'
import { configMappingRoutes } from './config-mappings.ts'
import { connectionRoutes } from './connections.ts'
import { contactRoutes } from './contacts.ts'
import { dealRoutes } from './deals.ts'
import { delegationRoutes } from './delegations.ts'
import { decideByLinkRoutes } from './decide-by-link.ts'
import type { ApiDeps } from './deps.ts'
import { answerError } from './errors.ts'
import { goLiveRoutes } from './go-live.ts'
import { healthRoutes } from './health.ts'
import { countRefusals, hookRoutes } from './hooks.ts'
import { importRoutes } from './imports.ts'
import { keyRoutes } from './keys.ts'
import { linkRoutes } from './links.ts'
import { assertEditable } from './managed.ts'
import { mappingPreviewRoutes } from './mapping-preview.ts'
import { mappingRoutes } from './mappings.ts'
import { matchRoutes } from './matches.ts'
import { noticeApi } from './notices.ts'
import { operationRoutes } from './operations.ts'
import { parkedRoutes } from './parked.ts'
import { partnerDoorRoutes } from './partner-door/routes.ts'
import { partnerLinkRoutes } from './partner-links.ts'
import { partnerRoutes } from './partners.ts'
import { namedAccountRoutes } from './named-accounts.ts'
import { policyRoutes } from './policies.ts'
import { preferenceRoutes } from './preferences.ts'
import { provisionRoutes } from './provision.ts'
import { reconcileRoutes } from './reconcile.ts'
import { registrationRoutes } from './registrations.ts'
import { registrationWishRoutes } from './registration-wishes.ts'
import { schemaRoutes } from './schema.ts'
import { streamRoutes } from './streams.ts'
import { runRoutes } from './runs.ts'
import { taskRoutes } from './tasks.ts'
import { timelineRoutes } from './timelines.ts'

/** A request to the API is a form of a few fields. */
const BODY_LIMIT = 256 * 1024
/** All mappings of an installation come at once. */
const CONFIG_LIMIT = 4096 * 1024

export function createApi(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const { db, log } = deps
  const refused = countRefusals(deps.connections)
  const app = new OpenAPIHono<ApiEnv>()
  app.use(secureHeaders(), async (c, next) => {
    const requestId = randomUUID()
    c.set('requestId', requestId)
    c.header('x-request-id', requestId)
    c.header('cache-control', 'no-store')
    await next()
  })
  app.onError((error, c) => answerError(error, c, db, log))
  app.notFound((c) => answerError(new CausewayError('CW_NOT_FOUND', 'There is no such address'), c, db, log))

  healthRoutes(app, deps)
  app.route('/partner', partnerDoorRoutes(deps))
  app.route('/decide', decideByLinkRoutes(deps))
  app.route('/preferences', preferenceRoutes(deps))
  app.route('/hooks/slack', chatRoutes(deps, deps.chat ?? null))
  app.route('/hooks', hookRoutes(deps, refused))
  app.route('/api/v1', resources(deps, refused))
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Causeway',
      version: '1',
      description: 'Every refusal is `{ error: { code, message, remedy, detail?, requestId } }`.',
    },
    servers: [{ url: deps.publicUrl }],
  })
  return app
}

function limited(limit: number) {
  return bodyLimit({
    maxSize: limit,
    onError: () => {
      throw new CausewayError('CW_REQUEST_TOO_LARGE', `A request may have ${limit / 1024} KB at most`, { limit })
    },
  })
}

function resources(deps: ApiDeps, refused: ReturnType<typeof countRefusals>): OpenAPIHono<ApiEnv> {
  const api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const fields = result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
      const first = fields.map(({ field, message }) => `${field === '' ? result.target : field}: ${message}`).join('; ')
      throw new CausewayError('CW_REQUEST_INVALID', first, { fields })
    },
  })
  api.use(authenticate(deps.db))
  const [usual, whole] = [limited(BODY_LIMIT), limited(CONFIG_LIMIT)]
  // Where files say the mappings, they are looked at here and tried, and changed nowhere.
  for (const path of ['/connections/:name/mappings/*', '/mappings/*'])
    api.use(path, async (c, next) => {
      if (c.req.method !== 'GET' && !/\/(preview|check|diff)$/.test(c.req.path)) assertEditable(deps)
      await next()
    })
  api.use((c, next) => {
    // An attached file is counted while it is read; see `attach`.
    if (/\/registrations\/[^/]+\/attachments$/.test(c.req.path)) return next()
    return /\/(config\/mappings|named-accounts)$/.test(c.req.path) ? whole(c, next) : usual(c, next)
  })
  importRoutes(api, deps)
  registrationRoutes(api, deps)
  policyRoutes(api, deps)
  namedAccountRoutes(api, deps)
  attachmentRoutes(api, deps)
  registrationWishRoutes(api, deps)
  timelineRoutes(api, deps)
  taskRoutes(api, deps)
  delegationRoutes(api, deps)
  partnerRoutes(api, deps)
  partnerLinkRoutes(api, deps)
  contactRoutes(api, deps)
  noticeApi(api, deps)
  parkedRoutes(api, deps)
  matchRoutes(api, deps)
  linkRoutes(api, deps)
  reconcileRoutes(api, deps)
  clashRoutes(api, deps)
  conflictAuditRoutes(api, deps)
  dealRoutes(api, deps)
  changeRoutes(api, deps)
  connectionRoutes(api, deps, refused)
  connectRoutes(api, deps)
  budgetRoutes(api, deps)
  goLiveRoutes(api, deps)
  mappingRoutes(api, deps)
  mappingPreviewRoutes(api, deps)
  configMappingRoutes(api, deps)
  provisionRoutes(api, deps)
  runRoutes(api, deps)
  auditRoutes(api, deps)
  streamRoutes(api, deps)
  schemaRoutes(api, deps)
  backFillRoutes(api, deps)
  keyRoutes(api, deps)
  operationRoutes(api, deps)
  return api
}
