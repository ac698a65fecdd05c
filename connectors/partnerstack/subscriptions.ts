/** The company's webhooks that point at us, as state that is compared and mended. */
import type { Ctx, Subscriptions } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, objectsOf, textOf, type JsonObject } from './json.ts'
import type { Settings } from './settings.ts'

/** Dotted, as the newer names are; `settings.webhookNames` says how they are spelt. */
const families = [
  { object: 'partnerships', events: ['created', 'updated', 'deleted', 'group_updated', 'tags_updated'] },
  { object: 'deals', events: ['created', 'updated', 'deleted'] },
  { object: 'leads', events: ['created', 'updated', 'deleted'] },
] as const

/**
 * PartnerStack has one webhook an address with a list of events. An empty list means all events, so such a webhook lacks nothing.
 */
export function subscriptions(client: Client, settings: Settings): Subscriptions {
  const wished = families
    .filter(({ object }) => settings.objects.includes(object))
    .flatMap(({ object, events }) =>
      events.map((what) => {
        const name = `${object.slice(0, -1)}.${what}`
        return settings.webhookNames === 'dotted' ? name : name.replace('.', '_')
      }),
    )

  /** Those at our address, the one that is kept first. */
  async function ours(url: string, ctx: Ctx): Promise<JsonObject[]> {
    const data = await client.demand(
      { method: 'GET', path: '/webhooks', route: '/webhooks', query: { limit: 250 } },
      ctx,
    )
    return objectsOf(isObject(data) ? data['items'] : data).filter(
      (hook) => hook['archived'] !== true && (textOf(hook['target']) ?? textOf(hook['target_url'])) === url,
    )
  }

  async function compare(url: string, ctx: Ctx) {
    const hooks = await ours(url, ctx)
    const takesAll = hooks.some((hook) => eventsOf(hook).length === 0)
    const present = new Set(hooks.flatMap(eventsOf))
    return {
      present: takesAll ? [...wished] : wished.filter((event) => present.has(event)),
      missing: takesAll ? [] : wished.filter((event) => !present.has(event)),
      // A second webhook at one address has every event delivered twice.
      stray: hooks.slice(1).flatMap((hook) => textOf(hook['key']) ?? []),
    }
  }

  return {
    compare,
    async reconcile(url, ctx) {
      const { missing, stray } = await compare(url, ctx)
      const [kept] = await ours(url, ctx)
      if (missing.length > 0) {
        const body = { [settings.webhookUrlField]: url, events: wished }
        const key = kept === undefined ? null : textOf(kept['key'])
        await client.demand(
          key === null
            ? { method: 'POST', path: '/webhooks', route: '/webhooks', body }
            : { method: 'PATCH', path: `/webhooks/${encodeURIComponent(key)}`, route: '/webhooks/{key}', body },
          ctx,
        )
      }
      for (const key of stray)
        await client.demand(
          { method: 'DELETE', path: `/webhooks/${encodeURIComponent(key)}`, route: '/webhooks/{key}' },
          ctx,
        )
      return { made: missing, removed: stray }
    },
  }
}

function eventsOf(hook: JsonObject): string[] {
  return Array.isArray(hook['events']) ? hook['events'].flatMap((event: unknown) => textOf(event) ?? []) : []
}
