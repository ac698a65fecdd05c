/**
 * `@hubspot/api-client` with our HTTP layer under it.
 *
 * The SDK's generated classes build the request and know the address; each call gets its own configuration, whose `httpApi` is
 * ours. So there is no process-wide setting, none of the SDK's retries and no limiter, every byte has our deadline and budget, and
 * no `ApiException`, whose message holds bodies and headers, is ever made: a refusal leaves here as a `ConnectorError`. The
 * answer is read by our own schema from the raw bytes, because the SDK drops fields that it does not know and throws at a 2xx
 * other than the listed one.
 */
import type { z } from 'zod'
import * as associations from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'
import * as labels from '@hubspot/api-client/lib/codegen/crm/associations/v4/schema/index.js'
import * as companies from '@hubspot/api-client/lib/codegen/crm/companies/index.js'
import * as lists from '@hubspot/api-client/lib/codegen/crm/lists/index.js'
import * as owners from '@hubspot/api-client/lib/codegen/crm/owners/index.js'
import * as objects from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import * as pipelines from '@hubspot/api-client/lib/codegen/crm/pipelines/index.js'
import * as properties from '@hubspot/api-client/lib/codegen/crm/properties/index.js'
import * as webhooks from '@hubspot/api-client/lib/codegen/webhooks/index.js'
import type { ConnectorDeps, Ctx, HttpRequest, HttpResponse } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import { jsonBody } from '../http.ts'
import { categoryOf, faultOfAnswer } from './faults.ts'
import type { Settings } from './settings.ts'
import { credentialsOf } from './token.ts'

export interface Call<T> {
  ctx: Ctx
  /** For logs and budgets: the path with its ids replaced. */
  route: string
  effect: 'read' | 'write'
  /** What the raw answer must look like. */
  schema: z.ZodType<T>
  /** The status that the SDK's method takes for success. */
  success: number
  /** `developer`: an app's own settings, asked for with its developer's key and with no account's token. */
  as?: 'account' | 'developer'
}

export interface Api {
  /** Makes one SDK call. Throws `ConnectorError` only; for a write its `effect` says whether HubSpot may have taken it. */
  call<T>(call: Call<T>, run: (sdk: Sdk) => Promise<unknown>): Promise<{ status: number; data: T }>
  /** Makes a new access token, whatever is known of the present one; false where the token is fixed. */
  renewToken(ctx: Ctx): Promise<boolean>
}

export type Sdk = ReturnType<typeof sdkOver>

/** The part that all of the SDK's generated `RequestContext` classes share. */
interface Outgoing {
  getUrl(): string
  getHttpMethod(): string
  getHeaders(): Record<string, string>
  getBody(): unknown
}
type Send = (request: Outgoing) => Promise<{ status: number; headers: Record<string, string>; body: Buffer }>

export function createApi(settings: Settings, deps: ConnectorDeps): Api {
  const credentials = credentialsOf(settings, deps)

  async function exchange(call: Call<unknown>, request: Outgoing): Promise<HttpResponse> {
    if (call.as === 'developer') return deps.http.request(requestOf(call, request, null))
    const send = (token: string) => deps.http.request(requestOf(call, request, token))
    const token = await credentials.current(call.ctx)
    const first = await send(token)
    if (first.status !== 401) return first
    // A refusal of the token is proof that nothing was done, so the request may go out once more.
    const saysExpired = categoryOf(first) === 'EXPIRED_AUTHENTICATION'
    const fresh = await credentials.replace(token, saysExpired, call.ctx)
    return fresh === null ? first : send(fresh)
  }

  return {
    renewToken: (ctx) => credentials.renew(ctx),
    async call(call, run) {
      const seen: { answer: HttpResponse | null; failure: unknown } = { answer: null, failure: null }
      const sdk = sdkOver(settings, async (request) => {
        try {
          const answer = await exchange(call, request)
          if (answer.status < 200 || answer.status > 299) throw refusal(call, answer, deps.nowMs())
          seen.answer = answer
          // The SDK decodes what it expects; what we believe is read from `seen`.
          return { ...answer, status: call.success, body: answer.body }
        } catch (error) {
          seen.failure = error
          throw error
        }
      })
      try {
        await run(sdk)
      } catch (error) {
        if (seen.failure !== null) throw seen.failure
        // The SDK stumbled over an answer that our own schema may well read; before an answer it is our own mistake.
        if (seen.answer === null) throw error
      }
      if (seen.answer === null) throw new TypeError(`${call.route}: the SDK made no request`)
      return { status: seen.answer.status, data: read(call, seen.answer) }
    },
  }
}

function requestOf(call: Call<unknown>, request: Outgoing, token: string | null): HttpRequest {
  const body = request.getBody()
  return {
    method: methodOf(request.getHttpMethod()),
    url: request.getUrl(),
    route: call.route,
    headers: { ...request.getHeaders(), ...(token === null ? {} : { Authorization: `Bearer ${token}` }) },
    ...(typeof body === 'string' ? { body } : {}),
    effect: call.effect,
    signal: call.ctx.signal,
    priority: call.ctx.priority,
  }
}

function refusal(call: Call<unknown>, answer: HttpResponse, nowMs: number): ConnectorError {
  const fault = faultOfAnswer(answer, call.route, call.effect, nowMs)
  const unknown = fault.code === 'CW_VENDOR_ANSWER' || answer.status >= 500
  return new ConnectorError(fault, call.effect === 'write' && unknown ? 'maybe' : 'no')
}

function read<T>(call: Call<T>, answer: HttpResponse): T {
  const effect = call.effect === 'write' ? 'maybe' : 'no'
  const parsed = call.schema.safeParse(jsonBody(answer, effect))
  if (parsed.success) return parsed.data
  const path = parsed.error.issues[0]?.path.join('.') ?? ''
  const fault = faultOf('CW_VENDOR_ANSWER', `${call.route}: the answer is not what HubSpot documents, at "${path}"`, {
    scope: 'batch',
  })
  throw new ConnectorError(fault, effect)
}

function methodOf(name: string): HttpRequest['method'] {
  switch (name) {
    case 'GET':
    case 'POST':
    case 'PUT':
    case 'PATCH':
    case 'DELETE':
      return name
    default:
      throw new TypeError(`HubSpot's client asked for ${name}`)
  }
}

const bytes = (body: Buffer) => ({
  binary: () => Promise.resolve(body),
  text: () => Promise.resolve(body.toString('utf8')),
})

/** The generated classes that we call. Each package has classes of its own, which only look alike. */
function sdkOver({ baseUrl, developerApiKey }: Settings, send: Send) {
  const objectsConfig = objects.createConfiguration({
    baseServer: new objects.ServerConfiguration(baseUrl, {}),
    httpApi: objects.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new objects.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const associationsConfig = associations.createConfiguration({
    baseServer: new associations.ServerConfiguration(baseUrl, {}),
    httpApi: associations.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new associations.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const labelsConfig = labels.createConfiguration({
    baseServer: new labels.ServerConfiguration(baseUrl, {}),
    httpApi: labels.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new labels.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const propertiesConfig = properties.createConfiguration({
    baseServer: new properties.ServerConfiguration(baseUrl, {}),
    httpApi: properties.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new properties.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const pipelinesConfig = pipelines.createConfiguration({
    baseServer: new pipelines.ServerConfiguration(baseUrl, {}),
    httpApi: pipelines.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new pipelines.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const listsConfig = lists.createConfiguration({
    baseServer: new lists.ServerConfiguration(baseUrl, {}),
    httpApi: lists.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new lists.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const companiesConfig = companies.createConfiguration({
    baseServer: new companies.ServerConfiguration(baseUrl, {}),
    httpApi: companies.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new companies.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const ownersConfig = owners.createConfiguration({
    baseServer: new owners.ServerConfiguration(baseUrl, {}),
    httpApi: owners.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new owners.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  const webhooksConfig = webhooks.createConfiguration({
    baseServer: new webhooks.ServerConfiguration(baseUrl, {}),
    // The SDK puts the key into the address, as HubSpot wants it; addresses are never logged.
    ...(developerApiKey === undefined ? {} : { authMethods: { developer_hapikey: developerApiKey } }),
    httpApi: webhooks.wrapHttpLibrary({
      send: async (r) => {
        const a = await send(r)
        return new webhooks.ResponseContext(a.status, a.headers, bytes(a.body))
      },
    }),
  })
  return {
    basic: new objects.BasicApi(objectsConfig),
    batch: new objects.BatchApi(objectsConfig),
    search: new objects.SearchApi(objectsConfig),
    associations: new associations.BatchApi(associationsConfig),
    labels: new labels.DefinitionsApi(labelsConfig),
    properties: new properties.CoreApi(propertiesConfig),
    propertyGroups: new properties.GroupsApi(propertiesConfig),
    pipelines: new pipelines.PipelinesApi(pipelinesConfig),
    stages: new pipelines.PipelineStagesApi(pipelinesConfig),
    lists: new lists.ListsApi(listsConfig),
    memberships: new lists.MembershipsApi(listsConfig),
    /** The objects' package has no merge. */
    companies: new companies.BasicApi(companiesConfig),
    owners: new owners.OwnersApi(ownersConfig),
    webhookSettings: new webhooks.SettingsApi(webhooksConfig),
    subscriptions: new webhooks.SubscriptionsApi(webhooksConfig),
    /** What the SDK has no class for. */
    get: (path: string, query: Record<string, string> = {}) => {
      const request = objectsConfig.baseServer.makeRequestContext(path, objects.HttpMethod.GET)
      for (const [name, value] of Object.entries(query)) request.setQueryParam(name, value)
      request.setHeaderParam('Accept', 'application/json')
      return send(request)
    },
  }
}
