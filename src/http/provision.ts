/** What a connection's system lacks for its settings, and making it. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Headroom, Provisioner, ProvisionStep } from '../../connectors/contract.ts'
import { CausewayError } from '../errors.ts'
import { applyPlan, outcomes } from '../provision/apply.ts'
import {
  countStandings,
  isTooSmall,
  lookAround,
  lookForRoom,
  roomIn,
  standingOf,
  standings,
} from '../provision/plan.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, refusals, type Api } from './form.ts'

const tags = ['connections']
const params = z.object({ name: z.string().max(63) })

const step = z
  .object({
    id: z.string(),
    what: z.string(),
    object: z.string(),
    label: z.string(),
    permission: z.string(),
    /** Whether the integration has the permission; null: the vendor does not say. */
    granted: z.boolean().nullable(),
    state: z.enum(standings),
    after: z.array(z.string()),
    /** What differs. */
    found: z.string().nullable(),
    /** What a person has to do. */
    byHand: z.string().nullable(),
  })
  .openapi('ProvisionStep')

const headroom = z
  .object({
    /** What is limited. */
    of: z.string(),
    /** How many the missing steps need. */
    needs: z.number(),
    /** How many more there may be, and the limit itself; null: the vendor does not tell. */
    room: z.number().nullable(),
    limit: z.number().nullable(),
    /** Whether `apply` would surely be refused, and so makes nothing. */
    tooSmall: z.boolean(),
    /** Why the limit is not known, or not certain. */
    unsure: z.string().nullable(),
  })
  .openapi('ProvisionHeadroom')

const plan = z
  .object({
    connection: z.string(),
    vendor: z.string(),
    /** False: nothing is ever made in systems of this vendor. */
    supported: z.boolean(),
    counts: z.record(z.enum(standings), z.number()),
    /** What the vendor’s limits leave for the missing steps: those that they need. */
    headroom: z.array(headroom),
    steps: z.array(step),
  })
  .openapi('ProvisionPlan')

const look = createRoute({
  method: 'get',
  path: '/connections/{name}/plan',
  tags,
  summary: 'Shows what the connection’s system lacks for its settings; nothing is done',
  ...allow('admin'),
  request: { params },
  responses: { 200: json(plan, 'Everything that is wished for, and what is there'), ...refusals },
})

const result = step
  .extend({
    outcome: z.enum(outcomes),
    /** The steps that it waits for. */
    waitsFor: z.array(z.string()),
    fault: z.object({ code: z.string(), vendorCode: z.string().nullable(), message: z.string() }).nullable(),
  })
  .openapi('ProvisionResult')

const apply = createRoute({
  method: 'post',
  path: '/connections/{name}/apply',
  tags,
  summary: 'Makes what is missing there, as far as it comes in half a minute; call it again for what is `left`',
  ...allow('admin'),
  request: { params, body: body(z.object({ only: z.array(z.string().max(200)).max(500).optional() })) },
  responses: { 200: json(z.object({ connection: z.string(), steps: z.array(result) }), 'What was done'), ...refusals },
})

/** How long the vendor may take to be looked at, and how long steps are begun. */
const LOOK_MS = 50_000
const BEGIN_MS = 25_000

export function provisionRoutes(api: Api, { db, connections, connectors, log }: ApiDeps): void {
  api.openapi(look, async (c) => {
    const { name, vendor, provisioner } = known(c.req.valid('param').name)
    const steps = provisioner === undefined ? [] : await lookAround(provisioner, within())
    const room = provisioner === undefined ? [] : await lookForRoom(provisioner, steps, within())
    const told = { counts: countStandings(steps), headroom: room.map(measured), steps: steps.map(shown) }
    return c.json({ connection: name, vendor, supported: provisioner !== undefined, ...told }, 200)
  })

  api.openapi(apply, async (c) => {
    const { name, provisioner } = known(c.req.valid('param').name)
    const { only } = c.req.valid('json')
    const { keyId } = staff(c.get('caller'))
    if (provisioner === undefined) return c.json({ connection: name, steps: [] }, 200)
    const wish = { db, connection: name, provisioner, only, actor: `key:${keyId}`, withinMs: BEGIN_MS, ctx: within() }
    const results = await applyPlan(wish)
    const made = results.filter(({ outcome }) => outcome === 'made').length
    const failed = results.flatMap(({ outcome, fault }) => (outcome === 'failed' ? [fault?.code] : []))
    log.info('provisioned', { connection: name, made, failed, keyId })
    const steps = results.map(({ step: one, outcome, waitsFor, fault }) => ({
      ...shown(one),
      outcome,
      waitsFor,
      fault: fault === null ? null : { code: fault.code, vendorCode: fault.vendorCode, message: fault.message },
    }))
    return c.json({ connection: name, steps }, 200)
  })

  function known(name: string): { name: string; vendor: string; provisioner: Provisioner | undefined } {
    const configured = connections.get(name)
    if (configured !== undefined)
      return { name, vendor: configured.vendor, provisioner: connectors.get(name)?.provision }
    throw new CausewayError('CW_NOT_FOUND', `There is no connection named ${name}`, { name })
  }
}

function within() {
  return { signal: AbortSignal.timeout(LOOK_MS), priority: 'user' as const }
}

function measured(one: Headroom): z.infer<typeof headroom> {
  const { of, needs, limit, unsure } = one
  return { of, needs, room: roomIn(one), limit, tooSmall: isTooSmall(one), unsure }
}

function shown(one: ProvisionStep): z.infer<typeof step> {
  const { id, what, object, label, permission, granted, after, found, byHand } = one
  const told = { found: found ?? null, byHand: byHand ?? null }
  return { id, what, object, label, permission, granted, after, state: standingOf(one), ...told }
}
