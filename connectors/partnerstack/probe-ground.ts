/**
 * Where probes try things: deals marked by their names, under a partner that the settings name (or the test partner), and webhooks at an
 * address where nobody listens. Deals are archived and webhooks removed, whatever was found.
 */
import { ConnectorError, faultOf, type Ctx, type Finding } from '../contract.ts'
import type { Answer, Client } from './client.ts'
import { isObject, textOf, type Json } from './json.ts'
import type { Settings } from './settings.ts'

const mark = 'Causeway certify'
const nowhere = 'https://causeway-certify.example/hook'

interface Ground {
  /** A marked deal with what each form demands. */
  deal(more: Record<string, Json>, ctx: Ctx): Promise<Answer>
  archive(key: string, ctx: Ctx): Promise<void>
  /** Makes a deal, looks, and archives it. Where no partner may own one, it says so. */
  withDeal(ctx: Ctx, look: (key: string) => Promise<string>, more?: Record<string, Json>): Promise<Finding>
  /** The keys of the partner that owns marked deals. */
  owner(ctx: Ctx): Promise<{ partnership: string; team: string }>
  /** Whether a webhook with its address under this name, for this event, is taken. */
  takesHook(addressName: string, event: string, ctx: Ctx): Promise<boolean>
}

export function groundOf(client: Client, settings: Settings, nowMs: () => number): Ground {
  const partner = settings.certifyPartner ?? (settings.mode === 'test' ? 'gstest' : null)
  const noPartner: Finding | null =
    partner === null
      ? { isTried: false, answer: 'Not tried: settings.certifyPartner names no partner that may own marked records.' }
      : null
  let made = 0

  const ground: Ground = {
    async deal(more, ctx) {
      made += 1
      const named = { account_name: `${mark} ${String(nowMs())} ${String(made)}`, amount: 100 }
      const fields = [
        { api_name: settings.fields.domain, value: 'causeway-certify.example' },
        { api_name: settings.fields.contactEmail, value: 'certify@causeway-certify.example' },
      ]
      const body = { partner_key: partner, ...named, fields, ...more }
      return client.call({ method: 'POST', path: '/deals', route: '/deals', body }, ctx)
    },
    async archive(key, ctx) {
      await client.call({ method: 'DELETE', path: `/deals/${key}`, route: '/deals/{key}' }, ctx)
    },
    async withDeal(ctx, look, more = {}) {
      if (noPartner !== null) return noPartner
      const answer = await ground.deal(more, ctx)
      const key = keyOf(answer)
      if (key === null) throw refused(answer)
      try {
        return { answer: await look(key) }
      } finally {
        await ground.archive(key, ctx)
      }
    },
    async owner(ctx) {
      const path = `/partnerships/${encodeURIComponent(partner ?? '')}`
      const row = await client.demand({ method: 'GET', path, route: '/partnerships/{key}' }, ctx)
      return { partnership: keyIn(row) ?? 'none', team: keyIn(isObject(row) ? row['team'] : null) ?? 'none' }
    },
    async takesHook(addressName, event, ctx) {
      const body = { [addressName]: nowhere, events: [event] }
      const key = keyOf(await client.call({ method: 'POST', path: '/webhooks', route: '/webhooks', body }, ctx))
      if (key !== null) await client.call({ method: 'DELETE', path: `/webhooks/${key}`, route: '/webhooks/{key}' }, ctx)
      return key !== null
    },
  }
  return ground
}

/** The key of what an answer holds. */
export function keyOf(answer: Answer): string | null {
  return answer.status === 'ok' ? keyIn(answer.data) : null
}

function keyIn(row: unknown): string | null {
  return isObject(row) ? textOf(row['key']) : null
}

function refused(answer: Answer): ConnectorError {
  const fault =
    answer.status === 'refused' ? answer.fault : faultOf('CW_VENDOR_ANSWER', 'A marked deal could not be made')
  return new ConnectorError(fault, 'no')
}
