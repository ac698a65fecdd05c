/**
 * Webhook subscriptions as state. An app has one address for all of them, so an app whose subscriptions are kept here is Causeway's
 * alone: what it is subscribed to and nobody here wants is taken away.
 */
import { SubscriptionCreateRequestEventTypeEnum as EventType } from '@hubspot/api-client/lib/codegen/webhooks/index.js'
import { z } from 'zod'
import type { Ctx, Subscriptions } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import type { Api, Call } from './api.ts'
import { mappings } from './mappings.ts'
import { isDerived, isRecordObject, isSynced, typeIds } from './objects.ts'
import type { Settings } from './settings.ts'

const settingsSchema = z.object({
  targetUrl: z.string(),
  throttling: z.object({ maxConcurrentRequests: z.number() }),
})
const subscriptionSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(Number),
  eventType: z.string(),
  propertyName: z.string().nullish(),
  objectTypeId: z.string().nullish(),
  active: z.boolean(),
})
const listSchema = z.object({ results: z.array(subscriptionSchema) })
type Subscription = z.output<typeof subscriptionSchema>

interface Wish {
  eventType: EventType
  propertyName?: string
  objectTypeId?: string
}

/** How the address of the app stands among what is compared. */
const target = 'target'

export function subscriptionsOf(api: Api, settings: Settings, appId: number): Subscriptions {
  async function look(url: string, ctx: Ctx) {
    const app = await appSettings(ctx)
    const pointsHere = app?.targetUrl === url
    const isThrottled = app?.throttling.maxConcurrentRequests === settings.webhookConcurrency
    const there = await all(ctx)
    const live = new Map(there.filter((s) => s.active).map((s) => [nameOf(s), s]))
    const wished = new Map(wishes(settings).map((wish) => [nameOf(wish), wish]))
    return {
      isTargetRight: pointsHere && isThrottled,
      present: pointsHere ? [...wished.keys()].filter((name) => live.has(name)) : [],
      missing: [...wished].flatMap(([name, wish]) => (live.has(name) ? [] : [{ name, wish }])),
      stray: [...live].flatMap(([name, one]) => (wished.has(name) ? [] : [{ name, one }])),
      asleep: new Map(there.filter((s) => !s.active).map((s) => [nameOf(s), s])),
      wished,
      pointsHere,
    }
  }

  /** Null: the app has no address yet. */
  async function appSettings(ctx: Ctx) {
    try {
      const call = developer(ctx, 'GET /webhooks/v3/{appId}/settings', 'read', settingsSchema, 200)
      return (await api.call(call, (sdk) => sdk.webhookSettings.getAll(appId))).data
    } catch (error) {
      if (error instanceof ConnectorError && error.fault.code === 'CW_RECORD_GONE') return null
      throw error
    }
  }

  async function all(ctx: Ctx): Promise<Subscription[]> {
    const call = developer(ctx, 'GET /webhooks/v3/{appId}/subscriptions', 'read', listSchema, 200)
    return (await api.call(call, (sdk) => sdk.subscriptions.getAll(appId))).data.results
  }

  async function point(url: string, ctx: Ctx): Promise<void> {
    const throttling = { maxConcurrentRequests: settings.webhookConcurrency }
    const call = developer(ctx, 'PUT /webhooks/v3/{appId}/settings', 'write', settingsSchema, 200)
    await api.call(call, (sdk) => sdk.webhookSettings.configure(appId, { targetUrl: url, throttling }))
  }

  async function make(wish: Wish, asleep: Subscription | undefined, ctx: Ctx): Promise<void> {
    if (asleep !== undefined) {
      const call = developer(ctx, 'PATCH /webhooks/v3/{appId}/subscriptions/{id}', 'write', subscriptionSchema, 200)
      await api.call(call, (sdk) => sdk.subscriptions.update(asleep.id, appId, { active: true }))
      return
    }
    const call = developer(ctx, 'POST /webhooks/v3/{appId}/subscriptions', 'write', subscriptionSchema, 201)
    try {
      await api.call(call, (sdk) => sdk.subscriptions.create(appId, { ...wish, active: true }))
    } catch (error) {
      // Another process was faster: it is there, which is all that is wanted.
      if (error instanceof ConnectorError && error.fault.code === 'CW_RECORD_DUPLICATE') return
      throw error
    }
  }

  async function drop({ id }: Subscription, ctx: Ctx): Promise<void> {
    const call = developer(ctx, 'DELETE /webhooks/v3/{appId}/subscriptions/{id}', 'write', z.unknown(), 204)
    try {
      await api.call(call, (sdk) => sdk.subscriptions.archive(id, appId))
    } catch (error) {
      if (error instanceof ConnectorError && error.fault.code === 'CW_RECORD_GONE') return
      throw error
    }
  }

  return {
    async compare(url, ctx) {
      const { isTargetRight, present, missing, stray, wished, pointsHere } = await look(url, ctx)
      return {
        present,
        missing: [
          ...(isTargetRight ? [] : [target]),
          ...(pointsHere ? missing.map(({ name }) => name) : [...wished.keys()]),
        ],
        stray: stray.map(({ name }) => name),
      }
    },
    async reconcile(url, ctx) {
      const { isTargetRight, missing, stray, asleep } = await look(url, ctx)
      // First the address: a subscription that points elsewhere would tell others.
      if (!isTargetRight) await point(url, ctx)
      for (const { name, wish } of missing) await make(wish, asleep.get(name), ctx)
      for (const { one } of stray) await drop(one, ctx)
      return {
        made: [...(isTargetRight ? [] : [target]), ...missing.map(({ name }) => name)],
        removed: stray.map(({ name }) => name),
      }
    },
  }
}

function developer<T>(
  ctx: Ctx,
  route: string,
  effect: Call<T>['effect'],
  schema: z.ZodType<T>,
  success: number,
): Call<T> {
  return { ctx, route, effect, schema, success, as: 'developer' }
}

const nameOf = (s: {
  eventType: string
  propertyName?: string | null | undefined
  objectTypeId?: string | null | undefined
}) => [s.eventType, s.objectTypeId, s.propertyName].filter((part) => part !== null && part !== undefined).join(' ')

const eventTypes = new Map<string, EventType>(Object.values(EventType).map((value) => [value, value]))

function eventOf(name: string): EventType {
  const known = eventTypes.get(name)
  if (known === undefined) throw new TypeError(`HubSpot has no event ${name}`)
  return known
}

/** Every happening of every synced object, and each property that the mapping reads by itself, as HubSpot wants it. */
function wishes(settings: Settings): Wish[] {
  const own = (['company', 'contact', 'deal'] as const).flatMap((name): Wish[] => {
    const object = ({ company: 'companies', contact: 'contacts', deal: 'deals' } as const)[name]
    if (!isSynced(settings, object)) return []
    return [
      ...(['creation', 'deletion', 'merge', 'restore', 'associationChange'] as const).map((what) => ({
        eventType: eventOf(`${name}.${what}`),
      })),
      ...(name === 'contact' ? [{ eventType: eventOf('contact.privacyDeletion') }] : []),
      ...propertiesReadOf(settings, object).map((propertyName) => ({
        eventType: eventOf(`${name}.propertyChange`),
        propertyName,
      })),
    ]
  })
  if (!isSynced(settings, 'leads')) return own
  return [
    ...own,
    ...(['creation', 'deletion', 'merge', 'restore'] as const).map((what) => ({
      eventType: eventOf(`object.${what}`),
      objectTypeId: typeIds.leads,
    })),
    ...propertiesReadOf(settings, 'leads').map((propertyName) => ({
      eventType: eventOf('object.propertyChange'),
      objectTypeId: typeIds.leads,
      propertyName,
    })),
  ]
}

function propertiesReadOf(settings: Settings, object: string): string[] {
  const paths = mappings(settings)
    .filter((m) => m.object === object)
    .flatMap((m) => [
      ...m.fields.filter((f) => f.update === 'in' || f.update === 'both').map((f) => f.path),
      ...(m.when === undefined ? [] : [m.when.path]),
    ])
  const own = isRecordObject(object) ? paths.filter((path) => !isDerived(object, path)) : []
  const behind = object === 'contacts' ? (settings.leads === 'contacts' ? ['lifecyclestage'] : []) : []
  return [...new Set([...own, ...behind])].toSorted()
}
