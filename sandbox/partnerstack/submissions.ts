/** What deals and leads have in common: whose they are, the form they came through, who sent them. */
import { z } from 'zod'
import { findShared, Refusal, type Call } from './exchange.ts'
import { fieldsBody, formOf, readFields, requireFields } from './fields.ts'
import { findPartnership } from './partnerships.ts'
import type { Form, Group, Member, Partnership, PortalWorld, Submission, Value } from './state.ts'

const memberBody = z.object({ key: z.string().optional(), email: z.string().optional() })

export const submissionBody = {
  source: z.enum(['partner', 'vendor']).optional(),
  partner_key: z.string().optional(),
  group_key: z.string().optional(),
  mold_key: z.string().nullable().optional(),
  external_key: z.string().nullable().optional(),
  /** Whole cents. */
  amount: z.int().nullable().optional(),
  team_member: memberBody.optional(),
  ...fieldsBody,
}
type SubmissionBody = z.output<z.ZodObject<typeof submissionBody>>

type Owned = Pick<Submission, 'source' | 'partner_key' | 'group_key' | 'mold_key' | 'team_member' | 'values'> & {
  group: Group
}

/** Whose a new record is and what its form holds. Throws the refusals of the one-of rule, the group's switch and the form. */
export function ownNew(call: Call, feature: 'deals' | 'leads', body: SubmissionBody): Owned {
  const { world } = call
  const source = body.source ?? 'partner'
  if (body.partner_key !== undefined && body.group_key !== undefined) {
    throw new Refusal(400, 'The request is valid under each of partner_key and group_key; give exactly one of them')
  }
  let partnership: Partnership | null = null
  let group: Group
  if (source === 'partner') {
    if (body.partner_key === undefined) throw new Refusal(400, "'partner_key' is a required property")
    partnership = findPartnership(call, body.partner_key)
    group = findShared(world.state.groups, 'Group', partnership.group_key)
  } else {
    if (body.group_key === undefined) throw new Refusal(400, "'group_key' is a required property")
    group = findShared(world.state.groups, 'Group', body.group_key)
  }
  if (!group.features[feature === 'deals' ? 'deals_enabled' : 'leads_enabled']) {
    throw new Refusal(world.switches.dealsOffStatus, `The group ${group.name} has ${feature} turned off`)
  }
  const form = formOf(world, feature === 'deals' ? 'deal' : 'lead', group.key, body.mold_key)
  const values = readFields(call, form, body)
  if (source === 'partner') requireFields(form, values)
  return {
    source,
    partner_key: partnership?.partner_key ?? null,
    group_key: group.key,
    group,
    mold_key: form?.key ?? null,
    team_member: partnership && memberOf(partnership, body.team_member),
    values,
  }
}

/** The changed fields of a record, by its own form. */
export function changedValues(
  call: Call,
  row: Submission,
  form: Form | null,
  body: SubmissionBody,
): Record<string, Value> {
  return { ...row.values, ...readFields(call, form, body) }
}

/** The portal user who sent it: the one named, else the partnership's own person. */
function memberOf(partnership: Partnership, wished: z.output<typeof memberBody> | undefined): Member | null {
  if (!wished) return partnership.members[0] ?? null
  const found = partnership.members.find((member) => member.key === wished.key || member.email === wished.email)
  if (!found) throw new Refusal(400, 'team_member is not a member of the partner’s team')
  return found
}

/** The partner and the group filter of both lists. `group` is the group's name without spaces and special characters. */
export function ownedBy(call: Call): (row: Submission) => boolean {
  const { query } = call.request
  const group = query.get('group')
  const partner = query.get('partner_key')
  const customers = query.getAll('customer_key')
  return (row) =>
    (group === null || bare(groupName(call.world, row)) === bare(group)) &&
    (partner === null || row.partner_key === partner) &&
    (customers.length === 0 || (row.customer_key !== null && customers.includes(row.customer_key)))
}

const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

function groupName(world: PortalWorld, row: Submission): string {
  return world.state.groups.get(row.group_key)?.name ?? ''
}

/** The team that the record's partner belongs to, as both objects show it. */
export function teamOf(world: PortalWorld, row: Submission): Partnership['team'] | null {
  for (const partnership of world.state.partnerships.values()) {
    if (partnership.partner_key === row.partner_key && partnership.test === row.test) return partnership.team
  }
  return null
}
