/** Seeding: what a company sets up by hand, and records with a history. */
import { z } from 'zod'
import { SeedRefused } from '../framework/control.ts'
import { applicationBody, createApplication } from './applications.ts'
import { createDeal, dealBody } from './deals.ts'
import { newRow, Refusal, type Call } from './exchange.ts'
import { createLead, leadBody } from './leads.ts'
import { createPartnership } from './partnerships.ts'
import { defaultDealStages, field } from './tenant.ts'
import { fieldTypes, type FormField, type PortalWorld, type Row } from './state.ts'

/** Milliseconds, or an ISO instant. */
const instant = z.union([z.int(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))])
const keyed = { key: z.string().optional(), created_at: instant.optional(), updated_at: instant.optional() }

const seedSchema = z.strictObject({
  keys: z
    .strictObject({
      production: z.strictObject({ publicKey: z.string(), secretKey: z.string() }).optional(),
      test: z.strictObject({ publicKey: z.string(), secretKey: z.string() }).optional(),
    })
    .optional(),
  tiers: z.array(z.strictObject({ ...keyed, name: z.string() })).default([]),
  groups: z
    .array(
      z.strictObject({
        ...keyed,
        name: z.string(),
        default: z.boolean().default(false),
        deals: z.boolean().default(true),
        leads: z.boolean().default(true),
        dealStages: z.array(z.string()).min(1).default(defaultDealStages),
        leadStages: z.array(z.string()).default(['New', 'Qualified', 'Unqualified']),
      }),
    )
    .default([]),
  /** `groups`: keys of the groups that use the form; none: all. */
  forms: z
    .array(
      z.strictObject({
        ...keyed,
        name: z.string(),
        type: z.enum(['deal', 'lead', 'partnership', 'application', 'customer']),
        groups: z.array(z.string()).default([]),
        fields: z.array(
          z.strictObject({
            api_name: z.string(),
            internal_name: z.string().optional(),
            name: z.string().optional(),
            type: z.enum(fieldTypes).optional(),
            options: z.array(z.string()).optional(),
            required: z.boolean().optional(),
            hidden: z.boolean().optional(),
          }),
        ),
      }),
    )
    .default([]),
  partnerships: z
    .array(
      z.strictObject({
        ...keyed,
        email: z.string(),
        partner_key: z.string().optional(),
        first_name: z.string().optional(),
        last_name: z.string().optional(),
        company: z.string().optional(),
        group_key: z.string().optional(),
        tier_key: z.string().optional(),
        manager_email: z.string().optional(),
        manager_name: z.string().optional(),
        test: z.boolean().default(false),
        /** More portal users beside the one of `email`. */
        members: z
          .array(
            z.strictObject({
              email: z.string(),
              first_name: z.string().default(''),
              last_name: z.string().default(''),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  deals: z
    .array(
      dealBody.extend({
        ...keyed,
        test: z.boolean().default(false),
        files: z.array(z.strictObject({ name: z.string(), field_key: z.string().default('') })).default([]),
      }),
    )
    .default([]),
  /** A portal's administrator takes a person out of a partner's team: `partnership` is its key or partner key. */
  removeMembers: z.array(z.strictObject({ partnership: z.string(), email: z.string() })).default([]),
  /** Values of deals that change without a trace: `updated_at` stays and nothing is told. */
  plant: z
    .array(
      z.strictObject({
        deal: z.string(),
        fields: z.strictObject({ account_name: z.string(), amount: z.int(), stage: z.string() }).partial(),
      }),
    )
    .default([]),
  leads: z.array(leadBody.extend({ ...keyed, test: z.boolean().default(false) })).default([]),
  applications: z.array(applicationBody.extend({ ...keyed, test: z.boolean().default(false) })).default([]),
})
type Seed = z.output<typeof seedSchema>

/**
 * Adds to what is there. Answers the keys made, in the order of the document. A `created_at` may lie in the past: what arrives
 * now may have been submitted earlier. Throws for a document that does not fit; records before the misfit stay.
 */
export function seed(world: PortalWorld, document: unknown): Record<string, string[]> {
  const given = seedSchema.parse(document)
  if (given.keys?.production) world.state.keys.production = given.keys.production
  if (given.keys?.test) world.state.keys.test = given.keys.test
  const { state } = world
  try {
    return {
      tiers: given.tiers.map((tier) => put(state.tiers, { ...newRow(world, 'tier_', false, tier), name: tier.name })),
      groups: given.groups.map((group) => seedGroup(world, group)),
      forms: given.forms.map((form) => seedForm(world, form)),
      partnerships: given.partnerships.map((partnership) => seedPartnership(world, partnership)),
      deals: given.deals.map(({ test, files, ...body }) => {
        free(state.deals, body.key)
        const deal = createDeal(as(world, test), body, body)
        deal.files = files.map((file) => ({ key: world.newId('file_'), ...file }))
        return deal.key
      }),
      plant: given.plant.map(({ deal, fields }) => plant(world, deal, fields)),
      removeMembers: given.removeMembers.map(({ partnership, email }) => removeMember(world, partnership, email)),
      leads: given.leads.map(({ test, ...body }) => {
        free(state.leads, body.key)
        return createLead(as(world, test), body, body).key
      }),
      applications: given.applications.map(({ test, ...body }) => {
        free(state.applications, body.key)
        return createApplication(as(world, test), body, body).key
      }),
    }
  } catch (error) {
    if (error instanceof Refusal) throw new SeedRefused(error.message)
    throw error
  }
}

function seedGroup(world: PortalWorld, group: Seed['groups'][number]): string {
  if (group.default) for (const other of world.state.groups.values()) other.default = false
  const row = {
    ...newRow(world, 'grup_', false, group),
    name: group.name,
    slug: group.name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''),
    default: group.default,
    features: {
      application_enabled: true,
      deals_enabled: group.deals,
      leads_enabled: group.leads,
      disable_link_create: false,
    },
    stages: { deals: group.dealStages, leads: group.leadStages },
  }
  return put(world.state.groups, row)
}

function seedForm(world: PortalWorld, form: Seed['forms'][number]): string {
  const fields = form.fields.map(({ api_name, name, ...more }): FormField => {
    const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined))
    return { ...field(api_name, name ?? api_name), ...given }
  })
  const row = {
    ...newRow(world, 'mold_', false, form),
    name: form.name,
    title: form.name,
    type: form.type,
    groups: form.groups,
    fields,
  }
  return put(world.state.forms, row)
}

function seedPartnership(world: PortalWorld, { test, members, ...body }: Seed['partnerships'][number]): string {
  free(world.state.partnerships, body.key)
  const partnership = createPartnership(as(world, test), body, body)
  partnership.members.push(...members.map((member) => ({ key: world.newId('memb_'), ...member })))
  return partnership.key
}

function plant(world: PortalWorld, key: string, fields: Seed['plant'][number]['fields']): string {
  const row = world.state.deals.get(key)
  if (row === undefined) throw new SeedRefused(`there is no deal ${key}`)
  Object.assign(row, fields)
  return key
}

function removeMember(world: PortalWorld, named: string, email: string): string {
  for (const row of world.state.partnerships.values()) {
    if (row.key !== named && row.partner_key !== named) continue
    const at = row.members.findIndex((member) => member.email === email)
    const [gone] = at === -1 ? [] : row.members.splice(at, 1)
    if (gone !== undefined) return gone.key
  }
  throw new SeedRefused(`${named} has no member ${email}`)
}

/** What is set up by hand may be set up anew: the same key replaces, as an administrator's edit does. */
function put<T extends Row>(table: Map<string, T>, row: T): string {
  table.set(row.key, row)
  return row.key
}

function free(table: Map<string, unknown>, key: string | undefined): void {
  if (key !== undefined && table.has(key)) throw new SeedRefused(`there is a ${key} already`)
}

/** Seeds go through the same doors as requests do. */
function as(world: PortalWorld, test: boolean): Call {
  const nothing = Buffer.alloc(0)
  const request = {
    method: 'POST',
    path: '/_sandbox/seed',
    route: 'seed',
    effect: 'write' as const,
    params: {},
    query: new URLSearchParams(),
    headers: {},
    body: nothing,
    json: () => ({}),
    form: () => new URLSearchParams(),
  }
  return { request, world, test }
}
