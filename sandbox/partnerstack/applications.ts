/** Applications to the programme, and the company's decision about them. */
import { z } from 'zod'
import { announce } from './events.ts'
import {
  find,
  findShared,
  newRow,
  readBody,
  Refusal,
  route,
  touch,
  type Call,
  type Fixed,
  type PortalRoute,
} from './exchange.ts'
import { page } from './page.ts'
import { createPartnership, defaultGroup } from './partnerships.ts'
import type { Application } from './state.ts'

const content = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
export const applicationBody = z.object({
  email: z.string(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  company: z.string().optional(),
  group_key: z.string().optional(),
  mold_key: z.string().optional(),
  meta: content.optional(),
})
const applicantSchema = z.object({
  email: z.string(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  company: z.string().optional(),
})
const decisionBody = z.object({
  approved: z.boolean().optional(),
  decision: z.enum(['approved', 'declined']).optional(),
  decline_reason: z.string().optional(),
})

export const applicationRoutes: PortalRoute[] = [
  route('GET', '/applications', (call) =>
    page(call, call.world.state.applications, (row) => showApplication(call, row)),
  ),
  route('POST', '/applications', (call) =>
    showApplication(call, createApplication(call, readBody(call, applicationBody))),
  ),
  route('PATCH', '/applications/decision', (call) => {
    const body = readBody(call, decisionBody.extend({ application_keys: z.array(z.string()) }))
    const approved = verdict(call, body)
    const rows = body.application_keys.map((key) => open(call, key))
    for (const row of rows) decide(call, row, approved, body.decline_reason)
    return { items: rows.map((row) => showApplication(call, row)) }
  }),
  route('PATCH', '/applications/:key/decision', (call) => {
    const body = readBody(call, decisionBody)
    const approved = verdict(call, body)
    const row = open(call, call.request.params['key'])
    decide(call, row, approved, body.decline_reason)
    return showApplication(call, row)
  }),
]

export function createApplication(call: Call, body: z.output<typeof applicationBody>, fixed: Fixed = {}): Application {
  const { world, test } = call
  const group =
    body.group_key === undefined ? defaultGroup(world) : findShared(world.state.groups, 'Group', body.group_key)
  const { mold_key, meta, email, first_name = null, last_name = null, company = null } = body
  const row: Application = {
    ...newRow(world, 'appl_', test, fixed),
    group_key: group.key,
    content: { ...meta, email, first_name, last_name, company },
    approved: null,
    decline_reason: null,
    partnership_key: null,
    mold_key: mold_key ?? null,
  }
  world.state.applications.set(row.key, row)
  announce(world, 'application.created', row, showApplication(call, row))
  return row
}

function verdict({ world }: Call, body: z.output<typeof decisionBody>): boolean {
  const field = world.switches.decisionField
  if (field === 'approved' && body.approved !== undefined) return body.approved
  if (field === 'decision' && body.decision !== undefined) return body.decision === 'approved'
  throw new Refusal(400, `'${field}' is a required property`)
}

function open(call: Call, key: string | undefined): Application {
  const row = find(call, call.world.state.applications, 'Application', key)
  if (row.approved !== null) throw new Refusal(400, 'The application is already decided')
  return row
}

/** An approved applicant becomes a partner of the group applied to. */
function decide(call: Call, row: Application, approved: boolean, reason: string | undefined): void {
  if (approved) {
    const { email, ...names } = row.content
    const given = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null))
    const named = applicantSchema.parse({ email, ...given })
    row.partnership_key = createPartnership(call, { ...named, group_key: row.group_key }).key
  }
  row.approved = approved
  row.decline_reason = approved ? null : (reason ?? null)
  touch(row, call.world)
  announce(call.world, approved ? 'application.approved' : 'application.declined', row, showApplication(call, row))
}

function showApplication({ world }: Call, row: Application): Record<string, unknown> {
  const { order: _, arrivedAt: __, test: ___, group_key, ...rest } = row
  const group = world.state.groups.get(group_key)
  return { ...rest, group: group ? { key: group.key, name: group.name, slug: group.slug } : null, meta: {} }
}
