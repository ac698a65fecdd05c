/** What a company sets up by hand: groups, stages and forms. Read only through the API. */
import { z } from 'zod'
import { findShared, Refusal, route, type Call, type PortalRoute } from './exchange.ts'
import { showField } from './fields.ts'
import { page } from './page.ts'
import { defaultGroup, findPartnership } from './partnerships.ts'
import type { Form, FormType, Group } from './state.ts'

const formTypes = z.enum(['deal', 'lead', 'partnership', 'application', 'customer'])

export const groupRoutes: PortalRoute[] = [
  route('GET', '/groups', (call) => page(call, call.world.state.groups, showGroup, { shared: true })),
  route('GET', '/sales-cycles/:type/stages', (call) => {
    const kind = stageKind(call)
    const group_key = call.request.query.get('group_key')
    const group =
      group_key === null ? defaultGroup(call.world) : findShared(call.world.state.groups, 'Group', group_key)
    const items = group.stages[kind].map((name, position) => ({
      key: `stag_${group.key.slice(5)}_${kind}_${position}`,
      name,
      position,
    }))
    return { has_more: false, items }
  }),
  route('GET', '/form-templates', (call) => {
    const { query } = call.request
    const wished = query.get('target_type')
    if (wished === null) throw new Refusal(400, "'target_type' is a required property")
    const type = formTypes.safeParse(wished.replace(/s$/, ''))
    if (!type.success) throw new Refusal(400, `'${wished}' is not one of ${JSON.stringify(formTypes.options)}`)
    const mold = query.get('mold_key')
    const keep = (row: Form) => row.type === type.data && (mold === null || row.key === mold)
    return page(call, call.world.state.forms, showForm, { shared: true, keep })
  }),
  route('GET', '/deals/form-templates', (call) => formsFor(call, 'deal')),
  route('GET', '/leads/form-templates', (call) => formsFor(call, 'lead')),
]

/** The bare array that these two routes answer. */
function formsFor(call: Call, type: FormType): unknown[] {
  const { query } = call.request
  const partner = query.get('partner_key')
  const mold = query.get('mold_key')
  const group = query.get('group_key') ?? (partner === null ? null : findPartnership(call, partner).group_key)
  return [...call.world.state.forms.values()]
    .filter((form) => form.type === type && !form.archived && (mold === null || form.key === mold))
    .filter((form) => group === null || form.groups.length === 0 || form.groups.includes(group))
    .map(showForm)
}

function stageKind({ request, world }: Call): 'deals' | 'leads' {
  const type = request.params['type']
  const singular = world.switches.stageObjectType === 'singular'
  if (type === (singular ? 'deal' : 'deals')) return 'deals'
  if (type === (singular ? 'lead' : 'leads')) return 'leads'
  throw new Refusal(404, 'Sales cycle not found')
}

function showGroup({ key, name, slug, archived, default: isDefault, features, created_at, updated_at }: Group): object {
  return { key, name, slug, archived, default: isDefault, features, created_at, updated_at }
}

function showForm({ key, name, title, type, groups, fields, created_at, updated_at }: Form): object {
  const shown = fields.map((field, position) => ({
    ...showField(field, position),
    value: null,
    default_value: null,
    maps_to: null,
    protected: field.protected,
  }))
  return { key, name, title, description: '', type, groups, fields: shown, created_at, updated_at }
}
