/**
 * What PartnerStack's public material leaves open, each answered by trying. What writes makes records of its own, marked by name,
 * under a partner that the settings name (or the test partner), and archives them.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError, faultOf, type Ctx, type Probe } from '../contract.ts'
import type { Answer, Client } from './client.ts'
import { isObject, objectsOf, textOf, type Json } from './json.ts'
import type { Settings } from './settings.ts'

const mark = 'Causeway certify'
/** How long a new record is waited for in a list. Six minutes are known of another object; longer would not end. */
const LAG_MS = 30_000
const LOOK_MS = 500

export function probes(client: Client, settings: Settings, nowMs: () => number): Probe[] {
  const partner = settings.certifyPartner ?? (settings.mode === 'test' ? 'gstest' : null)
  let made = 0

  /** A marked deal with what each form demands. */
  async function deal(more: Record<string, Json>, ctx: Ctx): Promise<Answer> {
    made += 1
    const named = { account_name: `${mark} ${String(nowMs())} ${String(made)}`, amount: 100 }
    const fields = [
      { api_name: settings.fields.domain, value: 'causeway-certify.example' },
      { api_name: settings.fields.contactEmail, value: 'certify@causeway-certify.example' },
    ]
    return client.call(
      { method: 'POST', path: '/deals', route: '/deals', body: { partner_key: partner, ...named, fields, ...more } },
      ctx,
    )
  }

  /** Makes a deal, looks, and archives it whatever was found. */
  async function withDeal(ctx: Ctx, look: (key: string) => Promise<string>): Promise<{ answer: string }> {
    if (partner === null)
      return { answer: 'not tried: settings.certifyPartner names no partner that may own marked records' }
    const answer = await deal({}, ctx)
    const key = answer.status === 'ok' && isObject(answer.data) ? textOf(answer.data['key']) : null
    if (key === null) throw refused(answer)
    try {
      return { answer: await look(key) }
    } finally {
      await client.call({ method: 'DELETE', path: `/deals/${key}`, route: '/deals/{key}' }, ctx)
    }
  }

  return [
    {
      name: 'duplicate-key',
      question: 'How is a second deal with a taken external_key refused?',
      async run(ctx) {
        const external_key = `certify-${String(nowMs())}`
        if (partner === null) return { answer: 'not tried: settings.certifyPartner names no partner' }
        const first = await deal({ external_key }, ctx)
        const second = await deal({ external_key }, ctx)
        for (const { status, data } of [first, second].flatMap((a) => (a.status === 'ok' ? [a] : []))) {
          const key = status === 'ok' && isObject(data) ? textOf(data['key']) : null
          if (key !== null) await client.call({ method: 'DELETE', path: `/deals/${key}`, route: '/deals/{key}' }, ctx)
        }
        if (first.status !== 'ok') throw refused(first)
        return { answer: said(second) }
      },
    },
    {
      name: 'unknown-cursor',
      question: 'How is starting_after with an unknown key answered?',
      run: async (ctx) => ({
        answer: said(await client.call(get('/deals', '/deals', { starting_after: 'certify-no-such-key' }), ctx)),
      }),
    },
    {
      name: 'limit-above-cap',
      question: 'What does a limit above 250 do?',
      async run(ctx) {
        const answer = await client.call(get('/partnerships', '/partnerships', { limit: 251 }), ctx)
        return { answer: answer.status === 'ok' ? 'it is taken' : said(answer) }
      },
    },
    {
      name: 'unknown-property',
      question: 'What does an unknown property of a body do?',
      run: (ctx) =>
        withDeal(ctx, async (key) => {
          const body = { certify_no_such_property: 'x' }
          return said(await client.call({ method: 'PATCH', path: `/deals/${key}`, route: '/deals/{key}', body }, ctx))
        }),
    },
    {
      name: 'unknown-field',
      question: 'What does a custom field that the form lacks do?',
      run: (ctx) =>
        withDeal(ctx, async (key) => {
          const body = { fields: [{ api_name: 'certify_no_such_field', value: 'x' }] }
          return said(await client.call({ method: 'PATCH', path: `/deals/${key}`, route: '/deals/{key}', body }, ctx))
        }),
    },
    {
      name: 'archived-read',
      question: 'Is an archived record still found by its key?',
      run: (ctx) =>
        withDeal(ctx, async (key) => {
          await client.call({ method: 'DELETE', path: `/deals/${key}`, route: '/deals/{key}' }, ctx)
          return said(await client.call(get(`/deals/${key}`, '/deals/{key}'), ctx))
        }),
    },
    {
      name: 'list-lag',
      question: 'After how long does a new deal show in lists?',
      async run(ctx) {
        const startedMs = nowMs()
        let lag: number | null = null
        const found = await withDeal(ctx, async (key) => {
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
    },
    {
      name: 'webhook-address',
      question: 'Under which name does a webhook have its address?',
      async run(ctx) {
        // Nobody listens there, and it is removed at once.
        const url = 'https://causeway-certify.example/hook'
        for (const name of ['target', 'target_url'] as const) {
          const body = { [name]: url, events: ['deal.created'] }
          const answer = await client.call({ method: 'POST', path: '/webhooks', route: '/webhooks', body }, ctx)
          const key = answer.status === 'ok' && isObject(answer.data) ? textOf(answer.data['key']) : null
          if (key === null) continue
          await client.call({ method: 'DELETE', path: `/webhooks/${key}`, route: '/webhooks/{key}' }, ctx)
          return { answer: name, setting: { webhookUrlField: name } }
        }
        return { answer: 'neither target nor target_url was taken' }
      },
    },
    {
      name: 'deal-stages',
      question: 'Is the object type of sales-cycles deals or deal?',
      async run(ctx) {
        for (const type of ['deals', 'deal']) {
          const answer = await client.call(
            get(`/sales-cycles/${type}/stages`, '/sales-cycles/{object_type}/stages'),
            ctx,
          )
          if (answer.status === 'ok') return { answer: type }
        }
        return { answer: 'neither was answered' }
      },
    },
  ]
}

function get(path: string, route: string, query: Record<string, string | number> = {}) {
  return { method: 'GET' as const, path, route, query }
}

function said(answer: Answer): string {
  if (answer.status === 'ok') return 'taken'
  return answer.status === 'absent' ? 'HTTP 404' : `${answer.fault.vendorCode ?? ''}: ${answer.fault.message}`
}

function refused(answer: Answer): ConnectorError {
  const fault =
    answer.status === 'refused' ? answer.fault : faultOf('CW_VENDOR_ANSWER', 'A marked deal could not be made')
  return new ConnectorError(fault, 'no')
}
