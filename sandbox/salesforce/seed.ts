/** What tests and the demo put into the org past its API, and what they do to it as its users and administrators would. */
import { z } from 'zod'
import { SeedRefused } from '../framework/control.ts'
import type { OrgWorld } from './endpoint.ts'
import { Decimal } from './exact-json.ts'
import { addStage, dropRow, objectNamed, place, putRow, rowById, tableOf } from './org.ts'
import type { Org, Value } from './org.ts'
import { bindPartner } from './partners.ts'
import { Refusal } from './problem.ts'
import { conclude } from './approvals.ts'
import { setLock } from './rules.ts'
import { announce } from './events.ts'
import { idOf } from './ids.ts'
import { convert, merge, remove, undelete, update } from './save.ts'
import { dropStreamClients } from './streaming.ts'
import type { Save } from './save.ts'
import { field, fieldTypes } from './schema.ts'
import { objectRights, systemPermissions } from './rights.ts'
import { follow } from './set-up.ts'
import { valueOf } from './soql-run.ts'

const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
const ref = z.strictObject({ object: z.string(), id: z.string() })

const rights = z.strictObject({
  system: z.array(z.enum(systemPermissions)).default([]),
  objects: z.array(z.templateLiteral([z.string(), '.', z.enum(objectRights)])).default([]),
})

export const seedSchema = z.strictObject({
  accounts: z.array(values).default([]),
  opportunities: z.array(values).default([]),
  users: z.array(values).default([]),
  /** Records of any object: `{ object, fields }`. */
  records: z.array(z.strictObject({ object: z.string(), fields: values })).default([]),
  /** Edits as a user of the org makes them: rules and locks of rows apply. `by` is the user, else the one that the integration runs as. */
  edit: z.array(ref.extend({ fields: values, by: z.string().optional() })).default([]),
  /** Values that change without a trace: no stamp moves and no rule looks, as when a tool writes with its audit fields set. */
  plant: z.array(ref.extend({ fields: values })).default([]),
  delete: z.array(ref).default([]),
  undelete: z.array(ref).default([]),
  /** Removes records for good, as emptying the Recycle Bin does. */
  purge: z.array(ref).default([]),
  merge: z.array(z.strictObject({ object: z.string(), master: z.string(), losers: z.array(z.string()) })).default([]),
  /** Conversions of leads, as users make them. */
  convert: z
    .array(
      z.strictObject({
        lead: z.string(),
        account: z.string(),
        contact: z.string().optional(),
        opportunity: z.string().optional(),
      }),
    )
    .default([]),
  /** Records of which the change stream says only that something happened. */
  gap: z.array(ref).default([]),
  /** Cuts off all clients of the change stream. */
  dropStreams: z.boolean().default(false),
  /** People of the org end what waits for their approval. */
  approvals: z
    .array(
      z.strictObject({
        target: z.string(),
        by: z.string(),
        outcome: z.enum(['Approved', 'Rejected']),
        comments: z.string().nullable().default(null),
      }),
    )
    .default([]),
  /** Reports; one with an `id` takes that one's place, or with `columns: null` takes it away. */
  reports: z
    .array(
      z.strictObject({
        id: z.string().optional(),
        name: z.string().default('Report'),
        object: z.string().default('Account'),
        columns: z.array(z.string()).nullable(),
        where: z.string().nullable().default(null),
        groupBy: z.string().nullable().default(null),
      }),
    )
    .default([]),
  lock: z.array(z.string()).default([]),
  unlock: z.array(z.string()).default([]),
  stages: z.array(z.strictObject({ name: z.string(), closed: z.boolean(), won: z.boolean() })).default([]),
  validationRules: z
    .array(z.strictObject({ object: z.string(), when: z.string(), message: z.string(), fields: z.array(z.string()) }))
    .default([]),
  duplicateRules: z
    .array(z.strictObject({ object: z.string(), match: z.array(z.string()), name: z.string() }))
    .default([]),
  fields: z
    .array(
      z.strictObject({
        object: z.string(),
        name: z.string(),
        type: z.enum(fieldTypes),
        required: z.boolean().default(false),
        length: z.int().optional(),
        values: z.array(z.string()).optional(),
        restricted: z.boolean().default(false),
        referenceTo: z.string().optional(),
        externalId: z.boolean().default(false),
        unique: z.boolean().default(false),
        caseSensitive: z.boolean().default(false),
      }),
    )
    .default([]),
  /** Changes of a field's definition: `unique: false`, `updateable: false` and so on. */
  alterFields: z
    .array(
      z.strictObject({
        object: z.string(),
        name: z.string(),
        unique: z.boolean().optional(),
        updateable: z.boolean().optional(),
        createable: z.boolean().optional(),
        nillable: z.boolean().optional(),
        length: z.int().optional(),
      }),
    )
    .default([]),
  removeFields: z.array(z.strictObject({ object: z.string(), name: z.string() })).default([]),
  hideFields: z.array(z.string()).default([]),
  /** Takes rights from the integration user's profile, and gives them back: system permissions, and rights as `Account.Edit`. */
  revoke: rights.prefault({}),
  grant: rights.prefault({}),
  refreshTokens: z.array(z.string()).default([]),
  /** What the app's administrator changes: a new secret, other callbacks, or that nobody gets a token by it. */
  app: z
    .strictObject({
      clientSecret: z.string().optional(),
      callbackUrls: z.array(z.string()).optional(),
      blocked: z.boolean().optional(),
    })
    .optional(),
  /** Ends every refresh token, as who revokes the app's access does. */
  revokeRefreshTokens: z.boolean().default(false),
  /** Ends every session. */
  expireSessions: z.boolean().default(false),
})

/** Carries the document out in the order of its keys and answers the ids of what was made. Throws `SeedRefused`. */
export function seed(world: OrgWorld, document: unknown): unknown {
  const d = seedSchema.parse(document)
  follow(world.state, world.switches, world.clock.now())
  world.state.call = world.nextNumber()
  try {
    return apply(world, d)
  } catch (error) {
    if (error instanceof Refusal) throw new SeedRefused(error.message)
    throw error
  }
}

function apply(world: OrgWorld, d: z.output<typeof seedSchema>): unknown {
  const org = world.state
  const nowMs = world.clock.now()
  const by: Save = { nowMs, client: null, allowDuplicates: true, isProgram: false }
  changeSchema(org, d, nowMs)
  const make = (object: string, fields: z.output<typeof values>): string => {
    const def = objectNamed(org, object)
    for (const name of Object.keys(fields))
      if (!def.fields.some((f) => f.name === name)) throw new SeedRefused(`${object} has no field ${name}`)
    const owner = def.fields.some((f) => f.name === 'OwnerId') ? { OwnerId: org.runningUserId } : {}
    const defaults = def.fields.flatMap((f) => (f.defaultValue === null ? [] : [[f.name, f.defaultValue] as const]))
    const id = place(org, object, { ...Object.fromEntries(defaults), ...owner, ...exact(fields) }, nowMs)
    const row = rowById(org, object, id)
    if (row !== null) {
      bindPartner(org, row, nowMs)
      announce(org, 'CREATE', row, row.values, by)
    }
    return id
  }
  const made = {
    users: d.users.map((fields) => make('User', fields)),
    accounts: d.accounts.map((fields) => make('Account', fields)),
    opportunities: d.opportunities.map((fields) => make('Opportunity', fields)),
    records: d.records.map(({ object, fields }) => make(object, fields)),
    reports: d.reports.map((one) => keepReport(org, one)),
  }
  for (const e of d.edit)
    update(org, e.object, e.id, exact(e.fields), e.by === undefined ? by : { ...by, userId: e.by })
  for (const e of d.plant) {
    const row = rowById(org, e.object, e.id)
    if (row === null) throw new SeedRefused(`there is no ${e.object} ${e.id}`)
    putRow(org, { ...row, values: { ...row.values, ...exact(e.fields) } })
  }
  for (const e of d.delete) remove(org, e.object, e.id, by)
  for (const e of d.undelete) undelete(org, e.object, e.id, nowMs)
  for (const e of d.purge) {
    const row = rowById(org, e.object, e.id)
    if (row !== null) dropRow(org, row)
  }
  for (const e of d.merge) merge(org, e.object, e.master, e.losers, nowMs)
  for (const into of d.convert) convert(org, into, nowMs)
  for (const e of d.gap) {
    const row = rowById(org, e.object, e.id)
    if (row !== null) announce(org, 'GAP_UPDATE', row, null, by)
  }
  if (d.dropStreams) dropStreamClients(org)
  for (const one of d.approvals) conclude(org, one, nowMs)
  for (const id of d.lock) setLock(org, id, true)
  for (const id of d.unlock) setLock(org, id, false)
  org.validationRules.push(...d.validationRules)
  org.duplicateRules.push(...d.duplicateRules)
  const { clientSecret, callbackUrls, blocked } = d.app ?? {}
  if (clientSecret !== undefined) org.app.clientSecret = clientSecret
  if (callbackUrls !== undefined) org.app.callbackUrls = callbackUrls
  if (blocked !== undefined) org.app.blocked = blocked
  if (d.revokeRefreshTokens) org.refreshTokens.clear()
  for (const name of d.revoke.system) org.profile.system.delete(name)
  for (const name of d.revoke.objects) org.profile.withheld.add(name)
  for (const name of d.grant.system) org.profile.system.add(name)
  for (const name of d.grant.objects) org.profile.withheld.delete(name)
  for (const token of d.refreshTokens) org.refreshTokens.add(token)
  if (d.expireSessions) org.sessions.clear()
  return made
}

function keepReport(
  org: Org,
  { id: known, columns, ...report }: z.output<typeof seedSchema>['reports'][number],
): string {
  org.serial += 1
  const id = known ?? idOf('00O', org.serial)
  if (columns === null) org.reports.delete(id)
  else org.reports.set(id, { ...report, columns })
  return id
}

function changeSchema(org: Org, d: z.output<typeof seedSchema>, nowMs: number): void {
  for (const [i, stage] of d.stages.entries()) addStage(org, { ...stage, order: org.stages.size + i + 1 }, nowMs)
  for (const { object, name, type, required, values: picks, referenceTo, length, ...rest } of d.fields) {
    objectNamed(org, object).fields.push(
      field(name, type, {
        ...rest,
        nillable: !required,
        values: picks ?? null,
        ...(length === undefined ? {} : { length }),
        ...(referenceTo === undefined
          ? {}
          : { referenceTo: [referenceTo], relationshipName: name.replace(/__c$/, '__r') }),
      }),
    )
  }
  for (const { object, name, ...changes } of d.alterFields) {
    const found = objectNamed(org, object).fields.find((f) => f.name === name)
    if (found === undefined) throw new SeedRefused(`${object} has no field ${name}`)
    Object.assign(found, changes)
  }
  for (const { object, name } of d.removeFields) {
    const def = objectNamed(org, object)
    def.fields = def.fields.filter((f) => f.name !== name)
  }
  for (const path of d.hideFields) org.hidden.add(path)
  if (d.fields.length + d.alterFields.length + d.removeFields.length + d.hideFields.length > 0)
    org.schemaChangedMs = nowMs
}

function exact(fields: z.output<typeof values>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, v]) => [name, typeof v === 'number' ? new Decimal(String(v)) : v]),
  )
}

/** Every record by object, with what the platform derives. */
export function dump(world: OrgWorld): unknown {
  const org = world.state
  org.positions = world.switches
  const objects = [...org.schema.values()].filter((def) => !['OpportunityStage', 'Organization'].includes(def.name))
  return {
    objects: Object.fromEntries(
      objects.map((def) => [
        def.name,
        [...tableOf(org, def.name).values()].map((row) => ({
          Id: row.id,
          locked: row.locked,
          ...row.values,
          ...Object.fromEntries(
            def.fields
              .filter((f) => ['IsDeleted', 'IsClosed', 'IsWon', 'Name'].includes(f.name))
              .map((f) => [f.name, valueOf(org, row, f)]),
          ),
        })),
      ]),
    ),
    jobs: [...org.jobs.values()].map(({ id, object, operation, state }) => ({ id, object, operation, state })),
    used: org.used,
    origins: org.origins,
  }
}
