/** Deals: what a partner registers, or what the company passes on. */
import { z } from 'zod'
import { createCustomer, showCustomer } from './customers.ts'
import { announce } from './events.ts'
import {
  claim,
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
import { formOf, showFields } from './fields.ts'
import { page } from './page.ts'
import { findPartnership } from './partnerships.ts'
import type { Deal, Group, PortalWorld } from './state.ts'
import { changedValues, ownedBy, ownNew, submissionBody, teamOf } from './submissions.ts'

const text = z.string().nullable().optional()
export const dealBody = z.object({
  account_name: z.string().optional(),
  close_date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'is not a date (YYYY-MM-DD)')
    .nullable()
    .optional(),
  contact_first_name: text,
  contact_last_name: text,
  stage: z.string().optional(),
  lost_reason: text,
  ...submissionBody,
})

export const dealRoutes: PortalRoute[] = [
  route('GET', '/deals', (call) =>
    page(call, call.world.state.deals, (row) => showDeal(call.world, row), { keep: ownedBy(call) }),
  ),
  route('POST', '/deals', (call) => showDeal(call.world, createDeal(call, readBody(call, dealBody)))),
  route('GET', '/deals/:key', (call) => showDeal(call.world, findDeal(call))),
  route('PATCH', '/deals/:key', (call) => {
    const row = findDeal(call)
    updateDeal(call, row, readBody(call, dealBody))
    return showDeal(call.world, row)
  }),
  route('DELETE', '/deals/:key', (call) => {
    const row = findDeal(call)
    row.archived = true
    touch(row, call.world)
    announceDeal(call.world, 'deal.deleted', row)
    return { key: row.key }
  }),
  route('POST', '/deals/:key/convert', (call) => {
    const row = findDeal(call)
    const body = readBody(call, z.object({ email: z.string(), customer_key: z.string().optional() }))
    if (row.customer_key !== null) throw new Refusal(400, 'The deal is already converted')
    if (row.partner_key === null) throw new Refusal(400, 'The deal has no partner')
    const customer = createCustomer(call, { ...body, name: row.account_name, partner_key: row.partner_key })
    row.customer_key = customer.customer_key
    touch(row, call.world)
    announceDeal(call.world, 'deal.updated', row)
    return showCustomer(customer)
  }),
  route('GET', '/deals/:key/files', (call) => ({ deal_files: findDeal(call).files })),
  ...(['/api/v2', '/api'] as const).flatMap((base) => [
    route('GET', `${base}/deals/:key/file/:file`, (call) => {
      refuseUnlessHere(call, base)
      const file = findDeal(call).files.find(({ key }) => key === call.request.params['file'])
      if (!file) throw new Refusal(404, 'File not found')
      return { url: `${call.world.baseUrl}/files/${file.key}/${encodeURIComponent(file.name)}` }
    }),
    route('POST', `${base}/deals/:key/assignment/:partnership/:stack`, (call) => {
      refuseUnlessHere(call, base)
      const row = findDeal(call)
      const partnership = findPartnership(call, call.request.params['partnership'])
      if (partnership.team.key !== call.request.params['stack']) throw new Refusal(404, 'Team not found')
      row.partner_key = partnership.partner_key
      row.team_member = partnership.members[0] ?? null
      touch(row, call.world)
      announceDeal(call.world, 'deal.updated', row)
      return { partnership_key: partnership.key, team_key: partnership.team.key }
    }),
  ]),
]

export function createDeal(call: Call, body: z.output<typeof dealBody>, fixed: Fixed = {}): Deal {
  const { world, test } = call
  if (body.account_name === undefined) throw new Refusal(400, "'account_name' is a required property")
  const { group, ...owned } = ownNew(call, 'deals', body)
  claim(call, world.state.deals, 'external_key', body.external_key, (row) => row.external_key)
  const deal: Deal = {
    ...newRow(world, 'deal_', test, fixed),
    ...owned,
    account_name: body.account_name,
    amount: body.amount ?? null,
    close_date: body.close_date ?? null,
    contact_first_name: body.contact_first_name ?? null,
    contact_last_name: body.contact_last_name ?? null,
    stage: stageOf(group, body.stage) ?? group.stages.deals[0] ?? '',
    lost_reason: body.lost_reason ?? null,
    external_key: body.external_key ?? null,
    customer_key: null,
    files: [],
  }
  world.state.deals.set(deal.key, deal)
  announceDeal(world, 'deal.created', deal)
  return deal
}

function updateDeal(call: Call, row: Deal, body: z.output<typeof dealBody>): void {
  const { world } = call
  // Everything that may be refused comes before the first assignment: a refused change leaves the record as it was.
  const partnership = body.partner_key === undefined ? null : findPartnership(call, body.partner_key)
  const group = findShared(world.state.groups, 'Group', body.group_key ?? partnership?.group_key ?? row.group_key)
  const stage = stageOf(group, body.stage)
  const form = formOf(world, 'deal', group.key, body.mold_key ?? row.mold_key)
  const values = changedValues(call, row, form, body)
  claim(call, world.state.deals, 'external_key', body.external_key, (deal) => deal.external_key, row)
  const { fields: _, meta: __, field_data: ___, team_member: ____, ...plain } = body
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined))
  Object.assign(row, given, { values, group_key: group.key, ...(stage !== undefined && { stage }) })
  if (partnership) {
    row.partner_key = partnership.partner_key
    row.team_member = partnership.members[0] ?? null
  }
  touch(row, world)
  announceDeal(world, 'deal.updated', row)
}

function findDeal(call: Call): Deal {
  return find(call, call.world.state.deals, 'Deal', call.request.params['key'], (row) => [row.external_key])
}

function stageOf(group: Group, wished: string | undefined): string | undefined {
  if (wished !== undefined && !group.stages.deals.includes(wished)) {
    throw new Refusal(400, `'${wished}' is not one of ${JSON.stringify(group.stages.deals)}`)
  }
  return wished
}

/** It is not known which of the two addresses is the true one, so only the one that the switch names is there. */
function refuseUnlessHere({ world }: Call, base: '/api' | '/api/v2'): void {
  if ((world.switches.oldPaths === 'with-v2') !== (base === '/api/v2')) throw new Refusal(404, 'Not found')
}

export function showDeal(world: PortalWorld, row: Deal): Record<string, unknown> {
  const { order: _, arrivedAt: __, test: ___, values, files: ____, ...rest } = row
  return {
    ...rest,
    team: teamOf(world, row),
    ...showFields(formOf(world, 'deal', row.group_key, row.mold_key), values),
  }
}

function announceDeal(world: PortalWorld, type: string, row: Deal): void {
  announce(world, type, row, showDeal(world, row))
}
