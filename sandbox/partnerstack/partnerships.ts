/** Partnerships, their members and their team. */
import { z } from 'zod'
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
import { fieldsBody, formOf, readFields, showFields } from './fields.ts'
import { page } from './page.ts'
import type { Group, Member, Partnership, PortalWorld } from './state.ts'

const person = { first_name: z.string().max(50).optional(), last_name: z.string().max(50).optional() }
const createBody = z.object({
  email: z.string().max(255),
  ...person,
  company: z.string().optional(),
  partner_key: z.string().min(1).optional(),
  group_key: z.string().optional(),
  tier_key: z.string().nullable().optional(),
  manager_email: z.string().optional(),
  manager_name: z.string().optional(),
  tags: z.array(z.string()).optional(),
  ...fieldsBody,
})
/** Names and e-mail cannot be changed through the API. */
const updateBody = z.object({
  group_key: z.string().optional(),
  tier_key: z.string().nullable().optional(),
  manager_email: z.string().nullable().optional(),
  ...fieldsBody,
})
export type NewPartnership = z.output<typeof createBody>

export const partnershipRoutes: PortalRoute[] = [
  route('GET', '/partnerships', (call) =>
    page(call, call.world.state.partnerships, (row) => showPartnership(call.world, row), {
      sortable: ['created_at', 'updated_at'],
    }),
  ),
  route('POST', '/partnerships', (call) =>
    showPartnership(call.world, createPartnership(call, readBody(call, createBody))),
  ),
  route('PATCH', '/partnerships', (call) => {
    const body = readBody(call, z.object({ group_key: z.string(), partnership_keys: z.array(z.string()) }))
    const group = findShared(call.world.state.groups, 'Group', body.group_key)
    const moved = body.partnership_keys.map((key) => findPartnership(call, key))
    for (const row of moved) {
      row.group_key = group.key
      touch(row, call.world)
      announcePartnership(call.world, 'partnership.group_updated', row)
    }
    return { items: moved.map((row) => showPartnership(call.world, row)) }
  }),
  route('GET', '/partnerships/:key', (call) =>
    showPartnership(call.world, findPartnership(call, call.request.params['key'])),
  ),
  route('PATCH', '/partnerships/:key', (call) => {
    const row = findPartnership(call, call.request.params['key'])
    const body = readBody(call, updateBody)
    const group_key =
      body.group_key === undefined ? row.group_key : findShared(call.world.state.groups, 'Group', body.group_key).key
    if (typeof body.tier_key === 'string') findShared(call.world.state.tiers, 'Tier', body.tier_key)
    const values = { ...row.values, ...readFields(call, formOf(call.world, 'partnership', group_key), body) }
    Object.assign(row, { group_key, values })
    if (body.tier_key !== undefined) row.tier_key = body.tier_key
    if (body.manager_email !== undefined)
      row.manager = body.manager_email === null ? null : { email: body.manager_email, name: '' }
    touch(row, call.world)
    announcePartnership(call.world, 'partnership.updated', row)
    return showPartnership(call.world, row)
  }),
  route('DELETE', '/partnerships/:key', (call) => {
    const row = findPartnership(call, call.request.params['key'])
    row.archived = true
    touch(row, call.world)
    announcePartnership(call.world, 'partnership.deleted', row)
    return { key: row.key }
  }),
  route('PATCH', '/partnerships/:key/tags', (call) => {
    const row = findPartnership(call, call.request.params['key'])
    row.tags = readBody(call, z.object({ tags: z.array(z.string()) })).tags
    touch(row, call.world)
    announcePartnership(call.world, 'partnership.tags_updated', row)
    return showPartnership(call.world, row)
  }),
  route('POST', '/partnerships/:key/member', (call) => {
    const row = findPartnership(call, call.request.params['key'])
    const { email, first_name = '', last_name = '' } = readBody(call, z.object({ email: z.string(), ...person }))
    if (row.members.some((member) => member.email === email)) {
      throw new Refusal(call.world.switches.duplicateKeyStatus, 'A record with this email already exists')
    }
    const member: Member = { key: call.world.newId('memb_'), email, first_name, last_name }
    row.members.push(member)
    touch(row, call.world)
    return member
  }),
  route('GET', '/partner-team/:key', (call) => {
    const key = call.request.params['key']
    const row = [...call.world.state.partnerships.values()].find(
      ({ team, test }) => team.key === key && test === call.test,
    )
    if (!row) throw new Refusal(404, 'Team not found')
    return { has_more: false, items: row.members }
  }),
]

/** By key, `partner_key` or e-mail. */
export function findPartnership(call: Call, key: string | undefined): Partnership {
  return find(call, call.world.state.partnerships, 'Partnership', key, (row) => [row.partner_key, row.email])
}

export function createPartnership(call: Call, body: NewPartnership, fixed: Fixed = {}): Partnership {
  const { world, test } = call
  const { partnerships, groups, tiers } = world.state
  claim(call, partnerships, 'email', body.email, (row) => row.email)
  claim(call, partnerships, 'partner_key', body.partner_key, (row) => row.partner_key)
  const group = body.group_key === undefined ? defaultGroup(world) : findShared(groups, 'Group', body.group_key)
  if (typeof body.tier_key === 'string') findShared(tiers, 'Tier', body.tier_key)
  const values = readFields(call, formOf(world, 'partnership', group.key), body)
  const { email, first_name = '', last_name = '', company = '' } = body
  const row = newRow(world, 'part_', test, fixed)
  const named = { email, first_name, last_name }
  const partnership: Partnership = {
    ...row,
    ...named,
    partner_key:
      body.partner_key ??
      `${company || first_name || 'partner'}${row.order}`.toLowerCase().replaceAll(/[^a-z0-9]/g, ''),
    company,
    group_key: group.key,
    tier_key: body.tier_key ?? null,
    manager: body.manager_email === undefined ? null : { email: body.manager_email, name: body.manager_name ?? '' },
    tags: body.tags ?? [],
    values,
    claimed: false,
    joined_at: row.created_at,
    team: {
      key: world.newId('stck_'),
      name: company || `${first_name} ${last_name}`.trim(),
      created_at: row.created_at,
      updated_at: row.updated_at,
    },
    members: [{ key: world.newId('memb_'), ...named }],
  }
  partnerships.set(partnership.key, partnership)
  announcePartnership(world, 'partnership.created', partnership)
  return partnership
}

export function defaultGroup(world: PortalWorld): Group {
  const group = [...world.state.groups.values()].find((row) => row.default && !row.archived)
  if (!group) throw new Refusal(400, "'group_key' is a required property")
  return group
}

export function showPartnership(world: PortalWorld, row: Partnership): Record<string, unknown> {
  const {
    order: _,
    arrivedAt: __,
    values,
    members: ___,
    group_key,
    tier_key,
    test: ____,
    company,
    archived,
    ...rest
  } = row
  const group = world.state.groups.get(group_key)
  const tier = tier_key === null ? undefined : world.state.tiers.get(tier_key)
  return {
    ...rest,
    is_archived: archived,
    company: { name: company },
    group: group ? { key: group.key, name: group.name, slug: group.slug } : null,
    tier: tier ? { key: tier.key, name: tier.name } : null,
    ...showFields(formOf(world, 'partnership', group_key), values),
    stats: {},
  }
}

/** Without `key`, as in the vendor's sample: the record's key is its `id` there. */
function announcePartnership(world: PortalWorld, type: string, row: Partnership): void {
  const { partner_key, first_name, last_name, email } = row
  const group = world.state.groups.get(row.group_key)
  const named = group ? { id: group.key, name: group.name, slug: group.slug } : null
  announce(world, type, row, { id: row.key, partner_key, first_name, last_name, email, group: named })
}
