/** Leads: like deals, smaller, and moved by the company alone. */
import { z } from 'zod'
import { createCustomer, showCustomer } from './customers.ts'
import { announce } from './events.ts'
import {
  claim,
  find,
  newRow,
  readBody,
  Refusal,
  route,
  touch,
  type Call,
  type Fixed,
  type PortalRoute,
} from './exchange.ts'
import { formOf, showFields } from './fields.ts'
import { page } from './page.ts'
import type { Lead, PortalWorld } from './state.ts'
import { changedValues, ownedBy, ownNew, submissionBody, teamOf } from './submissions.ts'

const text = z.string().nullable().optional()
const statuses = z.enum(['open', 'closed', 'dead', 'closed won', 'closed lost'])
export const leadBody = z.object({
  first_name: text,
  last_name: text,
  email: text,
  status: statuses.optional(),
  approved: z.boolean().nullable().optional(),
  customer_key: text,
  ...submissionBody,
})

export const leadRoutes: PortalRoute[] = [
  route('GET', '/leads', (call) =>
    page(call, call.world.state.leads, (row) => showLead(call.world, row), { keep: ownedBy(call) }),
  ),
  route('POST', '/leads', (call) => showLead(call.world, createLead(call, readBody(call, leadBody)))),
  route('GET', '/leads/:key', (call) => showLead(call.world, findLead(call))),
  route('PATCH', '/leads/:key', (call) => {
    const row = findLead(call)
    const body = readBody(call, leadBody)
    const values = changedValues(call, row, formOf(call.world, 'lead', row.group_key, row.mold_key), body)
    claim(call, call.world.state.leads, 'external_key', body.external_key, (lead) => lead.external_key, row)
    // A lead keeps the partner who brought it.
    const { external_key, amount, status, approved, customer_key, first_name, last_name, email } = body
    const changes = { external_key, amount, status, approved, customer_key, first_name, last_name, email }
    Object.assign(row, Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)), {
      values,
    })
    touch(row, call.world)
    announceLead(call.world, 'lead.updated', row)
    return showLead(call.world, row)
  }),
  route('DELETE', '/leads/:key', (call) => {
    const row = findLead(call)
    row.archived = true
    touch(row, call.world)
    announceLead(call.world, 'lead.deleted', row)
    return { key: row.key }
  }),
  route('POST', '/leads/:key/convert', (call) => {
    const row = findLead(call)
    const body = readBody(call, z.object({ email: z.string(), customer_key: z.string().optional() }))
    if (row.partner_key === null) throw new Refusal(400, 'The lead has no partner')
    if (row.status === 'closed won') throw new Refusal(400, 'The lead is already converted')
    const name = `${row.first_name ?? ''} ${row.last_name ?? ''}`.trim()
    const customer_key = body.customer_key ?? row.customer_key ?? undefined
    const named = customer_key === undefined ? {} : { customer_key }
    const customer = createCustomer(call, { email: body.email, ...named, name, partner_key: row.partner_key })
    row.customer_key = customer.customer_key
    row.status = 'closed won'
    touch(row, call.world)
    announceLead(call.world, 'lead.updated', row)
    return showCustomer(customer)
  }),
]

export function createLead(call: Call, body: z.output<typeof leadBody>, fixed: Fixed = {}): Lead {
  const { world, test } = call
  // The vendor asks for both names, which may also come through `meta`.
  const first_name = body.first_name ?? textOf(body.meta?.['first_name'])
  const last_name = body.last_name ?? textOf(body.meta?.['last_name'])
  if (first_name === null) throw new Refusal(400, "'first_name' is a required property")
  if (last_name === null) throw new Refusal(400, "'last_name' is a required property")
  const { first_name: _, last_name: __, ...meta } = body.meta ?? {}
  const { group: ___, ...owned } = ownNew(call, 'leads', { ...body, meta })
  claim(call, world.state.leads, 'external_key', body.external_key, (row) => row.external_key)
  const lead: Lead = {
    ...newRow(world, 'lead_', test, fixed),
    ...owned,
    first_name,
    last_name,
    email: body.email ?? null,
    amount: body.amount ?? null,
    approved: body.approved ?? null,
    status: body.status ?? 'open',
    external_key: body.external_key ?? null,
    customer_key: body.customer_key ?? null,
  }
  world.state.leads.set(lead.key, lead)
  announceLead(world, 'lead.created', lead)
  return lead
}

function findLead(call: Call): Lead {
  return find(call, call.world.state.leads, 'Lead', call.request.params['key'], (row) => [row.external_key])
}

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

function showLead(world: PortalWorld, row: Lead): Record<string, unknown> {
  const { order: _, arrivedAt: __, test: ___, values, ...rest } = row
  return {
    ...rest,
    team: teamOf(world, row),
    ...showFields(formOf(world, 'lead', row.group_key, row.mold_key), values),
  }
}

function announceLead(world: PortalWorld, type: string, row: Lead): void {
  announce(world, type, row, showLead(world, row))
}
