/** What PartnerStack's public material leaves open, each answered by trying where that can be done. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Probe } from '../contract.ts'
import { cannotBeTried, probesFor } from '../probes.ts'
import type { Answer, Client } from './client.ts'
import { isObject, objectsOf, type Json } from './json.ts'
import { groundOf, keyOf } from './probe-ground.ts'
import { questions } from './questions.ts'
import { rateLimit } from './rate-limit.ts'
import type { Settings } from './settings.ts'

/** How long a new record is waited for in a list. Six minutes are known of another object; longer would not end. */
const LAG_MS = 30_000
const LOOK_MS = 500
const addressNames = ['target', 'target_url'] as const

export function probes(client: Client, settings: Settings, nowMs: () => number): Probe[] {
  const ground = groundOf(client, settings, nowMs)

  return probesFor(questions, {
    'duplicate-key': (ctx) => {
      const named = { external_key: `certify-${String(nowMs())}` }
      const again = async () => {
        const second = await ground.deal(named, ctx)
        const key = keyOf(second)
        if (key !== null) await ground.archive(key, ctx)
        return said(second)
      }
      return ground.withDeal(ctx, again, named)
    },
    'unknown-cursor': async (ctx) => ({
      answer: said(await client.call(get('/deals', '/deals', { starting_after: 'certify-no-such-key' }), ctx)),
    }),
    async 'limit-above-cap'(ctx) {
      const answer = await client.call(get('/partnerships', '/partnerships', { limit: 251 }), ctx)
      return { answer: answer.status === 'ok' ? 'it is taken' : said(answer) }
    },
    'unknown-property': (ctx) =>
      ground.withDeal(ctx, async (key) => {
        const body = { certify_no_such_property: 'x' }
        return said(await client.call({ method: 'PATCH', path: `/deals/${key}`, route: '/deals/{key}', body }, ctx))
      }),
    'unknown-field': (ctx) =>
      ground.withDeal(ctx, async (key) => {
        const body = { fields: [{ api_name: 'certify_no_such_field', value: 'x' }] }
        return said(await client.call({ method: 'PATCH', path: `/deals/${key}`, route: '/deals/{key}', body }, ctx))
      }),
    'archived-read': (ctx) =>
      ground.withDeal(ctx, async (key) => {
        await ground.archive(key, ctx)
        return said(await client.call(get(`/deals/${key}`, '/deals/{key}'), ctx))
      }),
    async 'list-lag'(ctx) {
      const startedMs = nowMs()
      let lag: number | null = null
      const found = await ground.withDeal(ctx, async (key) => {
        const end = performance.now() + LAG_MS
        while (performance.now() < end) {
          const data = await client.demand(get('/deals', '/deals', { limit: 10 }), ctx)
          if (objectsOf(isObject(data) ? data['items'] : null).some((row) => row['key'] === key)) {
            lag = nowMs() - startedMs
            return `within ${String(lag)} ms`
          }
          await pause(LOOK_MS, undefined, { signal: ctx.signal })
        }
        return `not within ${String(LAG_MS)} ms`
      })
      // Twice what was seen: one look is no bound.
      return lag === null || lag < 2 * LOOK_MS ? found : { ...found, setting: { visibilityLagMs: 2 * lag } }
    },
    async 'webhook-address'(ctx) {
      for (const name of addressNames)
        if (await ground.takesHook(name, 'deal.created', ctx))
          return { answer: name, setting: { webhookUrlField: name } }
      return { answer: 'neither target nor target_url was taken' }
    },
    async 'deal-stages'(ctx) {
      for (const type of ['deals', 'deal']) {
        const answer = await client.call(get(`/sales-cycles/${type}/stages`, '/sales-cycles/{object_type}/stages'), ctx)
        if (answer.status === 'ok') return { answer: type }
      }
      return { answer: 'neither was answered' }
    },
    async 'webhook-events'(ctx) {
      const isTaken = async (event: string) => {
        for (const name of addressNames) if (await ground.takesHook(name, event, ctx)) return true
        return false
      }
      if (await isTaken('certify.no_such_event'))
        return { answer: 'any name is taken, so that a wrong one is not told' }
      if (await isTaken('deal.updated')) return { answer: 'deal.updated', setting: { webhookNames: 'dotted' } }
      if (await isTaken('deal_updated')) return { answer: 'deal_updated', setting: { webhookNames: 'underscore' } }
      return { answer: 'neither deal.updated nor deal_updated was taken' }
    },
    'webhook-signature': cannotBeTried({
      because: 'PartnerStack delivers to a public address, and this command has none',
      assumed: 'Deliveries are taken unsigned: nothing is used of them but a record’s key, by which it is read.',
      otherwise: 'Set webhookSignature, webhookSignatureHeader and webhookSecret where they are signed.',
    }),
    'webhook-retries': cannotBeTried({
      because: 'it takes a public address that refuses deliveries for days',
      assumed: 'What is not delivered comes with the next poll.',
      otherwise: null,
    }),
    async 'decision-body'(ctx) {
      // Of an application that is not there, so that nobody is declined.
      const path = '/applications/certify-no-such-application/decision'
      const decide = async (body: Json) =>
        (await client.call({ method: 'PATCH', path, route: '/applications/{key}/decision', body }, ctx)).status
      if ((await decide({})) === 'absent')
        return { answer: 'not known: the application is looked for before its body is looked at' }
      if ((await decide({ approved: false })) === 'absent') return { answer: 'approved, true or false' }
      if ((await decide({ decision: 'declined' })) === 'absent') return { answer: 'decision, approved or declined' }
      return { answer: 'neither approved nor decision' }
    },
    'deal-approval': cannotBeTried({
      because: 'a deal is approved by a person in PartnerStack’s screens',
      assumed: 'A registration’s state is written to a field of the form, and the deal’s stage is left to people.',
      otherwise: 'Set stages to have the stage moved with the state.',
    }),
    'assignment-path': (ctx) =>
      ground.withDeal(ctx, async (key) => {
        const { partnership, team } = await ground.owner(ctx)
        const path = `/deals/${key}/assignment/${partnership}/${team}`
        const route = '/deals/{key}/assignment/{partnership}/{team}'
        const isAt = async (at: string) => (await client.call({ method: 'POST', path: at, route }, ctx)).status === 'ok'
        if (await isAt(path)) return 'below /v2, as other paths are'
        return (await isAt(`/..${path}`)) ? 'beside /v2, not below it' : 'neither below /v2 nor beside it'
      }),
    'oauth-app': cannotBeTried({
      because: 'where an app of this kind is registered and gets its tokens is published nowhere',
      assumed: 'The company’s key pair is used.',
      otherwise: null,
    }),
    'rate-limit': (ctx) => rateLimit(client, ctx),
  })
}

function get(path: string, route: string, query: Record<string, string | number> = {}) {
  return { method: 'GET' as const, path, route, query }
}

function said(answer: Answer): string {
  if (answer.status === 'ok') return 'taken'
  return answer.status === 'absent' ? 'HTTP 404' : `${answer.fault.vendorCode ?? ''}: ${answer.fault.message}`
}
