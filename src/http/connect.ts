/** Credentials of connections: letting us in at the vendor's page, and whether the vendor takes what we have. */
import { createRoute, z } from '@hono/zod-openapi'
import { ConnectorError, type Fault } from '../../connectors/contract.ts'
import { CausewayError } from '../errors.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps, Authorizer } from './deps.ts'
import { json, refusals, type Api } from './form.ts'

const tags = ['connections']
const params = z.object({ name: z.string() })

const begun = z.object({
  /** Whether there is something for a person to do. */
  needed: z.boolean(),
  /** What the person opens. */
  url: z.string().nullable(),
  state: z.string().nullable(),
  /** Given back with what the vendor answers; it is sealed, and good for a quarter of an hour. */
  ticket: z.string().nullable(),
})

const standing = z
  .object({
    accepted: z.boolean(),
    fault: z.object({ code: z.string(), message: z.string(), vendorCode: z.string().nullable() }).nullable(),
  })
  .openapi('Credentials')

const begin = createRoute({
  method: 'post',
  path: '/connections/{name}/authorization',
  tags,
  summary: 'Begins to let us in: the address of the vendor’s page, where the connection works by a person’s consent',
  ...allow('admin'),
  request: {
    params,
    body: { content: { 'application/json': { schema: z.object({ redirectUri: z.url() }) } }, required: true },
  },
  responses: { 200: json(begun, 'What the person opens'), ...refusals },
})

const complete = createRoute({
  method: 'post',
  path: '/connections/{name}/authorization/complete',
  tags,
  summary: 'Redeems what the vendor’s page answered; the connection goes on with it at once',
  ...allow('admin'),
  request: {
    params,
    body: {
      content: {
        'application/json': {
          /** `answer`: the query of the address that the person came back to. */
          schema: z.object({ ticket: z.string().max(10_000), answer: z.string().max(10_000) }),
        },
      },
      required: true,
    },
  },
  responses: { 200: json(standing, 'Whether the vendor takes the token'), ...refusals },
})

const check = createRoute({
  method: 'post',
  path: '/connections/{name}/credentials/check',
  tags,
  summary: 'Asks the vendor whether it takes the present credentials; a paused connection then goes on',
  ...allow('admin'),
  request: { params },
  responses: { 200: json(standing, 'Whether the vendor takes them'), ...refusals },
})

export function connectRoutes(api: Api, { authorizers, kick, log }: ApiDeps): void {
  api.openapi(begin, async (c) => {
    const found = await known(c.req.valid('param').name).begin(c.req.valid('json').redirectUri)
    const { url = null, state = null, ticket = null } = found ?? {}
    return c.json({ needed: found !== null, url, state, ticket }, 200)
  })

  api.openapi(complete, async (c) => {
    const { name } = c.req.valid('param')
    const { ticket, answer } = c.req.valid('json')
    const { keyId } = staff(c.get('caller'))
    const fault = await told(() => known(name).complete(ticket, new URLSearchParams(answer), `key:${keyId}`))
    kick()
    log.info('connection authorised', { connection: name, keyId, code: fault?.code })
    return c.json(standingOf(fault), 200)
  })

  api.openapi(check, async (c) => {
    const { keyId } = staff(c.get('caller'))
    const fault = await told(() => known(c.req.valid('param').name).check(`key:${keyId}`))
    kick()
    return c.json(standingOf(fault), 200)
  })

  function known(name: string): Authorizer {
    const found = authorizers.get(name)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no connection named ${name}`, { name })
    return found
  }
}

/** A vendor out of reach is an answer too. */
async function told(ask: () => Promise<Fault | null>): Promise<Fault | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ConnectorError) return error.fault
    throw error
  }
}

function standingOf(fault: Fault | null): z.infer<typeof standing> {
  if (fault === null) return { accepted: true, fault: null }
  const { code, message, vendorCode } = fault
  return { accepted: false, fault: { code, message, vendorCode } }
}
