/** Pipelines, owners, account details and OAuth. */
import { randomUUID } from 'node:crypto'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { invalid } from './errors.ts'
import { stageMetadata } from './pipelines.ts'
import type { Pipeline, Stage } from './pipelines.ts'
import type { Owner, Portal } from './portal.ts'
import { record } from './record.ts'
import { bodyOf, missing, routes, text, typeParam } from './routing.ts'
import { allScopes } from './world.ts'
import type { HubSpotWorld } from './world.ts'

const pipelines = (tail: string) => [`/crm/v3/pipelines/:type${tail}`, `/crm/pipelines/2026-09/:type${tail}`]
const owners = (tail: string) => [`/crm/v3/owners${tail}`, `/crm/owners/2026-09${tail}`]
const ownersScope = () => ['crm.objects.owners.read']

export const accountRoutes = [
  ...routes('GET', pipelines(''), 'read', listPipelines),
  ...routes('POST', pipelines(''), 'write', createPipeline),
  ...routes('GET', pipelines('/:pipeline'), 'read', (r, p) => ({ status: 200, json: pipelineRow(pipelineOf(r, p)) })),
  ...routes('GET', pipelines('/:pipeline/stages'), 'read', (r, p) => ({
    status: 200,
    json: { results: pipelineOf(r, p).stages.map(stageRow) },
  })),
  ...routes('POST', pipelines('/:pipeline/stages'), 'write', createStage),
  ...routes('GET', [...owners(''), ...owners('/')], 'read', listOwners, ownersScope),
  ...routes('GET', owners('/:id'), 'read', getOwner, ownersScope),
  ...routes('GET', ['/account-info/v3/details'], 'read', (_, p) => ({
    status: 200,
    json: {
      portalId: p.portalId,
      accountType: 'DEVELOPER_TEST',
      timeZone: p.timeZone,
      companyCurrency: 'EUR',
      utcOffset: '+00:00',
    },
  })),
  ...routes('POST', ['/oauth/v1/token', '/oauth/2026-03/token', '/oauth/2026-09/token'], 'token', token),
  ...routes('GET', ['/oauth/v1/access-tokens/:token'], 'token', tokenInfo),
]

function listPipelines(request: SandboxRequest, portal: Portal): SandboxReply {
  const all = (portal.pipelines.get(typeParam(request)) ?? []).filter((p) => !p.archived)
  return { status: 200, json: { results: all.map(pipelineRow) } }
}

function createPipeline(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const body = bodyOf(request)
  const all = portal.pipelines.get(type) ?? []
  const now = portal.nowMs()
  portal.nextId += 1
  const pipeline: Pipeline = {
    id: typeof body['pipelineId'] === 'string' ? body['pipelineId'] : String(portal.nextId),
    label: text(body['label'], 'label'),
    displayOrder: all.length,
    createdAt: now,
    updatedAt: now,
    archived: false,
    stages: [],
  }
  if (!Array.isArray(body['stages'])) throw invalid('stages is required')
  for (const stage of body['stages']) pipeline.stages.push(stageOf(portal, record(stage), pipeline))
  portal.pipelines.set(type, [...all, pipeline])
  return { status: 201, json: pipelineRow(pipeline) }
}

function createStage(request: SandboxRequest, portal: Portal): SandboxReply {
  const pipeline = pipelineOf(request, portal)
  const stage = stageOf(portal, bodyOf(request), pipeline)
  pipeline.stages.push(stage)
  return { status: 201, json: stageRow(stage) }
}

function stageOf(portal: Portal, raw: Record<string, unknown>, pipeline: Pipeline): Stage {
  const probability = record(raw['metadata'] ?? {})['probability']
  if (typeof probability !== 'string' || !(Number(probability) >= 0 && Number(probability) <= 1)) {
    throw invalid('metadata.probability must be between 0.0 and 1.0')
  }
  const now = portal.nowMs()
  portal.nextId += 1
  return {
    id: typeof raw['stageId'] === 'string' ? raw['stageId'] : String(portal.nextId),
    label: text(raw['label'], 'label'),
    displayOrder: pipeline.stages.length,
    metadata: stageMetadata(probability),
    createdAt: now,
    updatedAt: now,
    archived: false,
  }
}

function pipelineOf(request: SandboxRequest, portal: Portal): Pipeline {
  const id = request.params['pipeline'] ?? ''
  const found = (portal.pipelines.get(typeParam(request)) ?? []).find((p) => p.id === id && !p.archived)
  if (found === undefined) throw missing(`Pipeline ${id}`)
  return found
}

function listOwners(request: SandboxRequest, portal: Portal): SandboxReply {
  const archived = request.query.get('archived') === 'true'
  const email = request.query.get('email')
  const all = portal.owners.filter(
    (o) => o.archived === archived && (email === null || o.email === email.toLowerCase()),
  )
  const after = Number(request.query.get('after') ?? '0')
  const limit = Number(request.query.get('limit') ?? '100')
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw invalid('limit must be between 1 and 500')
  // `after` is the last owner shown, so that one who comes or goes meanwhile moves nobody.
  const rest = all.filter((o) => Number(o.id) > after).toSorted((a, b) => Number(a.id) - Number(b.id))
  const page = rest.slice(0, limit)
  return {
    status: 200,
    json: {
      results: page.map(ownerRow),
      ...(rest.length > limit ? { paging: { next: { after: page.at(-1)?.id ?? '' } } } : {}),
    },
  }
}

function getOwner(request: SandboxRequest, portal: Portal): SandboxReply {
  const archived = request.query.get('archived') === 'true'
  const byUser = request.query.get('idProperty') === 'userId'
  const id = request.params['id'] ?? ''
  const found = portal.owners.find((o) => (byUser ? String(o.userId) : o.id) === id && o.archived === archived)
  if (found === undefined) throw missing(`Owner ${id}`)
  return { status: 200, json: ownerRow(found) }
}

/** OAuth v1: a form in, a token for a limited time out. A refresh token stays the same. */
function token(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const form = request.form()
  const { oauth, tokens } = world.state
  const known =
    form.get('grant_type') === 'refresh_token' &&
    form.get('client_id') === oauth.clientId &&
    form.get('client_secret') === oauth.clientSecret &&
    form.get('refresh_token') === oauth.refreshToken
  if (!known) {
    return {
      status: 400,
      json: { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token', correlationId: randomUUID() },
    }
  }
  const accessToken = world.newId('oauth-access-')
  const { tokenLifetimeMs } = world.switches
  tokens.set(accessToken, { scopes: allScopes, expiresAt: world.clock.now() + tokenLifetimeMs })
  return {
    status: 200,
    json: {
      token_type: 'bearer',
      refresh_token: oauth.refreshToken,
      access_token: accessToken,
      expires_in: Math.floor(tokenLifetimeMs / 1000),
      hub_id: portal.portalId,
      scopes: allScopes,
      token_use: 'access_token',
    },
  }
}

function tokenInfo(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const value = request.params['token'] ?? ''
  const known = world.state.tokens.get(value)
  if (known === undefined) throw missing('token')
  const expiresIn = known.expiresAt === null ? 0 : Math.max(0, Math.floor((known.expiresAt - world.clock.now()) / 1000))
  return {
    status: 200,
    json: {
      token: value,
      user: 'rae.morgan@example.com',
      hub_domain: 'sandbox.example.com',
      scopes: known.scopes,
      hub_id: portal.portalId,
      app_id: 1,
      expires_in: expiresIn,
      user_id: 501,
      token_type: 'access',
    },
  }
}

const times = (at: { createdAt: number; updatedAt: number }) => ({
  createdAt: new Date(at.createdAt).toISOString(),
  updatedAt: new Date(at.updatedAt).toISOString(),
})

const stageRow = (s: Stage) => ({ ...s, writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT', ...times(s) })
const pipelineRow = (p: Pipeline) => ({ ...p, stages: p.stages.filter((s) => !s.archived).map(stageRow), ...times(p) })

function ownerRow(o: Owner): Record<string, unknown> {
  return {
    ...o,
    userId: o.archived ? null : o.userId,
    userIdIncludingInactive: o.userId,
    type: 'PERSON',
    teams: [],
    ...times(o),
  }
}
