/** What a test or a person arranges behind the API: records and edits as HubSpot's users make them, tokens, switches of state. */
import { z } from 'zod'
import { addLabel } from './association-types.ts'
import { associate, dissociate } from './associations.ts'
import { HubSpotError } from './errors.ts'
import { objectTypeNames, objectTypes } from './object-types.ts'
import { newLabelId, perType } from './portal.ts'
import type { Portal, StoredRecord } from './portal.ts'
import {
  archiveRecord,
  createRecord,
  eraseRecord,
  findRecord,
  liveRecord,
  mergeRecords,
  restoreRecord,
  updateRecord,
} from './records.ts'
import type { Source } from './records.ts'
import { ruleSchema } from './validations.ts'
import { allScopes, portalOf } from './world.ts'
import type { HubSpotWorld } from './world.ts'

const type = z.enum(objectTypeNames)
const id = z.union([z.string(), z.number()]).transform(String)
const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
const end = z.strictObject({ type, id })

const documentSchema = z.strictObject({
  /** A token that the sandbox takes; scopes absent: all. */
  tokens: z
    .array(
      z.strictObject({
        token: z.string(),
        scopes: z.array(z.string()).optional(),
        expiresInMs: z.number().optional(),
        /** Absent: the app's that webhooks are sent for. */
        app: z.number().optional(),
      }),
    )
    .default([]),
  /** Tokens that the account's administrator takes back: service keys and private apps' among them. */
  revokeTokens: z.array(z.string()).default([]),
  /** Ends the app's access: all its access and refresh tokens. */
  uninstall: z.boolean().default(false),
  /** What the app's developer changes. */
  app: z.strictObject({ clientSecret: z.string().optional(), redirectUrls: z.array(z.string()).optional() }).optional(),
  /** Ends every OAuth token given out so far. */
  expireTokens: z.boolean().default(false),
  timeZone: z.string().optional(),
  /** Milliseconds since 1970: when all of this happens. Absent: now. */
  at: z.number().optional(),
  labels: z
    .array(z.strictObject({ from: type, to: type, label: z.string(), inverseLabel: z.string().optional() }))
    .default([]),
  /** `ref` names a record for the associations of the same document. */
  create: z.array(z.strictObject({ type, properties: values, ref: z.string().optional() })).default([]),
  associate: z
    .array(
      z.strictObject({
        from: end,
        to: end,
        label: z.string().nullable().default(null),
        remove: z.boolean().default(false),
      }),
    )
    .default([]),
  /** Edits in HubSpot's screens, by the user with this id. */
  update: z.array(z.strictObject({ type, id, properties: values, by: z.number().optional() })).default([]),
  /** Values that change without a trace: neither the modification date moves nor is anything told. */
  plant: z.array(z.strictObject({ type, id, properties: z.record(z.string(), z.string().nullable()) })).default([]),
  archive: z.array(end).default([]),
  restore: z.array(end).default([]),
  erase: z.array(end).default([]),
  /** New owners, and those who leave. */
  owners: z
    .array(z.strictObject({ id: id.optional(), email: z.string(), firstName: z.string(), lastName: z.string() }))
    .default([]),
  leave: z.array(id).default([]),
  /** Rules for the values of a property, in place of those that it has; an empty list takes them away. */
  validations: z.array(z.strictObject({ type, property: z.string(), rules: z.array(ruleSchema) })).default([]),
  merge: z.array(z.strictObject({ type, primary: id, other: id })).default([]),
})

const byUser: Source = { kind: 'CRM_UI', id: 'userId:501' }

/** Answers the ids of what was created, in order, and of what merges made. */
export function seed(world: HubSpotWorld, raw: unknown): { created: string[]; merged: string[] } {
  const document = documentSchema.parse(raw)
  const portal = portalOf(world)
  const refs = new Map<string, string>()
  const clock = portal.nowMs
  if (document.at !== undefined) portal.nowMs = () => document.at ?? clock()
  const idOf = (given: string) => refs.get(given) ?? given
  try {
    for (const t of document.tokens) {
      const expiresAt = t.expiresInMs === undefined ? null : world.clock.now() + t.expiresInMs
      world.state.tokens.set(t.token, {
        scopes: t.scopes ?? allScopes,
        expiresAt,
        ...(t.app === undefined ? {} : { app: t.app }),
      })
    }
    for (const revoked of document.revokeTokens) world.state.tokens.delete(revoked)
    if (document.uninstall) {
      world.state.refreshTokens.clear()
      for (const [value, t] of world.state.tokens) if (t.expiresAt !== null) world.state.tokens.delete(value)
    }
    const { clientSecret, redirectUrls } = document.app ?? {}
    if (clientSecret !== undefined) world.state.oauth.clientSecret = clientSecret
    if (redirectUrls !== undefined) world.state.oauth.redirectUrls = redirectUrls
    if (document.expireTokens) for (const t of world.state.tokens.values()) if (t.expiresAt !== null) t.expiresAt = 0
    if (document.timeZone !== undefined) portal.timeZone = document.timeZone
    for (const l of document.labels)
      addLabel(portal.associationTypes, { ...l, inverseLabel: l.inverseLabel ?? l.label }, newLabelId(portal))
    const created = document.create.map((c) => {
      const made = createRecord(portal, c.type, c.properties, byUser)
      if (c.ref !== undefined) refs.set(c.ref, made.id)
      return made.id
    })
    for (const a of document.associate) {
      const ends = [
        { ...a.from, id: idOf(a.from.id) },
        { ...a.to, id: idOf(a.to.id) },
      ] as const
      const specs = a.label === null ? null : [labelled(portal, a.from.type, a.to.type, a.label)]
      if (a.remove) dissociate(portal, ...ends, specs)
      else associate(portal, ...ends, specs ?? [])
    }
    for (const u of document.update) {
      const source = u.by === undefined ? byUser : { ...byUser, id: `userId:${String(u.by)}` }
      updateRecord(portal, liveRecord(portal, u.type, idOf(u.id)), u.properties, source)
    }
    for (const { type: of, id: planted, properties } of document.plant) {
      const row = liveRecord(portal, of, idOf(planted))
      Object.assign(row.properties, properties)
      for (const version of row.versions) Object.assign(version.properties, properties)
    }
    for (const a of document.archive) archiveRecord(portal, liveRecord(portal, a.type, idOf(a.id)))
    for (const r of document.restore) restoreRecord(portal, archivedRecord(portal, r.type, idOf(r.id)))
    for (const e of document.erase) eraseRecord(portal, liveRecord(portal, e.type, idOf(e.id)))
    for (const o of document.owners) hire(portal, o)
    for (const owner of portal.owners)
      if (document.leave.includes(owner.id)) Object.assign(owner, { archived: true, updatedAt: portal.nowMs() })
    for (const { type: of, property, rules } of document.validations)
      if (rules.length > 0) portal.validations[of].set(property, rules)
      else portal.validations[of].delete(property)
    const merged = document.merge.map((m) => mergeRecords(portal, m.type, idOf(m.primary), idOf(m.other)).id)
    return { created, merged }
  } catch (error) {
    // The control API answers these with 400.
    if (error instanceof HubSpotError) throw new RangeError(error.message, { cause: error })
    throw error
  } finally {
    portal.nowMs = clock
  }
}

function archivedRecord(portal: Portal, of: z.infer<typeof type>, recordId: string): StoredRecord {
  const found = findRecord(portal, of, recordId, null, true)
  if (found === null) throw new RangeError(`there is no archived ${of} ${recordId}`)
  return found
}

function hire(
  portal: Portal,
  who: { id?: string | undefined; email: string; firstName: string; lastName: string },
): void {
  const number = 7001 + portal.owners.length
  const now = portal.nowMs()
  const { email, firstName, lastName } = who
  const times = { createdAt: now, updatedAt: now }
  portal.owners.push({
    id: who.id ?? String(number),
    userId: number - 6500,
    email,
    firstName,
    lastName,
    archived: false,
    ...times,
  })
}

function labelled(portal: Portal, from: z.infer<typeof type>, to: z.infer<typeof type>, label: string) {
  const found = portal.associationTypes.find((t) => t.from === from && t.to === to && t.label === label)
  if (found === undefined) throw new RangeError(`there is no label ${label} from ${from} to ${to}`)
  return { associationCategory: found.category, associationTypeId: found.typeId }
}

/** All records as JSON. Associations as `type:id`, from both sides. */
export function dump(world: HubSpotWorld): Record<string, unknown> {
  const portal = portalOf(world)
  const rows = perType((name) =>
    [...portal.records[name].values()].map((r) => ({
      id: r.id,
      archived: r.archivedAt !== null,
      properties: r.properties,
    })),
  )
  const associations = [...portal.links].flatMap(([from, row]) =>
    [...row].map(([to, ids]) => ({
      from,
      to,
      types: portal.associationTypes
        .filter((t) => from.startsWith(`${t.from}:`) && to.startsWith(`${t.to}:`) && ids.has(t.typeId))
        .map((t) => t.label ?? `${objectTypes[t.from].singular}_to_${objectTypes[t.to].singular}`),
    })),
  )
  return { ...rows, associations }
}
