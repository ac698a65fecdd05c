/** The conformance suite's hands on PartnerStack's sandbox, for any position of its switches. */
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
import { startSandbox, type RunningSandbox } from '../../sandbox/framework/start.ts'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { until } from '../../test/setup/until.ts'
import { unlimitedBudget } from '../budget.ts'
import { sandboxFaults } from '../conformance/sandbox-faults.ts'
import type { ObjectHands, RecordState, Subject, WebhookHands } from '../conformance/subject.ts'
import type { TokenStore } from '../contract.ts'
import { createHttp } from '../http.ts'
import { silentLog } from '../log.ts'
import { partnerstack } from './index.ts'
import { isObject, objectsOf, textOf, type Json, type JsonObject } from './json.ts'

export interface Position {
  switches?: SwitchSet
  /** Of the connection, beside address and keys. */
  settings?: Record<string, unknown>
}

/** A sandbox whose clock tests move, and a connector that reads the same clock. */
interface Bench {
  sandbox: RunningSandbox
  mode: 'production' | 'test'
  /** Moves both clocks. */
  tick: (ms: number) => Promise<void>
  nowMs: () => number
}

const noTokens: TokenStore = {
  current: () => Promise.resolve(null),
  renew: () => Promise.reject(new Error('PartnerStack has no tokens')),
}

export async function startSubject({ switches = {}, settings = {} }: Position = {}): Promise<Subject> {
  const sandbox = await startSandbox(partnerstackSandbox)
  await sandbox.control.switches.set(switches)
  let ahead = 0
  const bench: Bench = {
    sandbox,
    mode: settings['mode'] === 'test' ? 'test' : 'production',
    nowMs: () => Date.now() + ahead,
    async tick(ms) {
      await sandbox.control.clock.advance(ms)
      ahead += ms
    },
  }
  const parsed = (more: object) =>
    partnerstack.settings.parse({
      baseUrl: `${sandbox.url}/api/v2`,
      ...partnerstackKeys[bench.mode],
      ...settings,
      ...more,
    })
  const partner = { email: 'channel@acme.example', partner_key: 'acme', company: 'Acme', test: bench.mode === 'test' }
  await sandbox.control.seed({ partnerships: [partner] })

  const opened: { close(): void }[] = []
  const lagMs = Math.max(Number(switches['listLagMs'] ?? 0), Number(switches['readLagMs'] ?? 0))
  return {
    connect({ deadlineMs = 5000, credentials = 'good' } = {}) {
      const http = createHttp({
        connection: 'portal',
        budget: unlimitedBudget,
        log: silentLog,
        deadlineMs,
        nowMs: bench.nowMs,
      })
      opened.push(http)
      const wrong = credentials === 'bad' ? { secretKey: 'wrong' } : {}
      return partnerstack.create(parsed(wrong), { http, tokens: noTokens, nowMs: bench.nowMs })
    },
    mappings: partnerstack.mappings(parsed({})),
    objects: [deals(bench), partnerships(bench), leads(bench)],
    ...sandboxFaults(sandbox.control, { read: ['GET *'], write: ['PATCH *', 'POST *'] }),
    settle: () => bench.tick(lagMs + 1000),
    pass: (ms) => bench.tick(ms),
    webhooks: webhooks(bench, switches['webhookSignature'] === 'hmac-sha256-hex'),
    async stop() {
      for (const http of opened) http.close()
      await sandbox.close()
    },
  }
}

function deals(bench: Bench): ObjectHands {
  return {
    object: 'deals',
    fields: [
      'account_name',
      'amount',
      'stage',
      'partner_key',
      'fields.registration_status',
      'fields.registration_reason',
    ],
    create: (count, options) =>
      seed(bench, 'deals', count, options, (n) => ({
        partner_key: 'acme',
        account_name: `Prospect ${n}`,
        amount: n * 100,
        fields: { company_domain: `prospect-${n}.example`, contact_email: `buyer@prospect-${n}.example` },
      })),
    edit: (id) => edit(bench, `deals/${id}`, { stage: 'Qualified' }),
    state: () =>
      state(bench, 'deals', (row) => ({
        id: row['key'],
        key: row['external_key'],
        mark: value(row, 'registration_reason'),
      })),
    change: (n) => ({
      fields: { 'fields.registration_status': 'approved', 'fields.registration_reason': `Reason ${n}` },
      mark: `Reason ${n}`,
    }),
    modes: ['update'],
    refused: { stage: 'No such stage' },
  }
}

function partnerships(bench: Bench): ObjectHands {
  let made = 0
  return {
    object: 'partnerships',
    fields: ['name', 'email', 'partner_key', 'group.slug', 'manager.email'],
    create: async (count, options) => {
      const first = made + 1
      made += count
      const keys = await seed(bench, 'partnerships', count, options, (n) => ({
        email: `channel@partner-${first + n}.example`,
        partner_key: `partner-${first + n}`,
        company: `Partner ${first + n}`,
      }))
      return keys.map((_, n) => `partner-${first + n}`)
    },
    edit: (id) => edit(bench, `partnerships/${id}`, { group_key: 'grup_affiliates' }),
    state: () =>
      state(bench, 'partnerships', (row) => ({
        id: row['partner_key'],
        key: null,
        mark: isObject(row['manager']) ? row['manager']['email'] : null,
      })),
    change: (n) => ({ fields: { manager_email: `manager-${n}@example.com` }, mark: `manager-${n}@example.com` }),
    modes: ['update'],
    refused: { tier_key: 'tier_none' },
  }
}

function leads(bench: Bench): ObjectHands {
  return {
    object: 'leads',
    fields: ['contact_name', 'email', 'amount', 'status', 'partner_key', 'direction', 'fields.lead_reason'],
    create: (count, options) =>
      seed(bench, 'leads', count, options, (n) => ({
        partner_key: 'acme',
        first_name: 'Lee',
        last_name: `Lead ${n}`,
        amount: n * 100,
      })),
    edit: (id) => edit(bench, `leads/${id}`, { status: 'dead' }),
    state: () =>
      state(bench, 'leads', (row) => ({ id: row['key'], key: row['external_key'], mark: value(row, 'lead_reason') })),
    change: (n) => ({ fields: { 'fields.lead_reason': `Reason ${n}` }, mark: `Reason ${n}` }),
    modes: ['update', 'create', 'upsert'],
    createFields: (n) => ({ contact_name: `Lee Made ${n}`, partner_key: 'acme' }),
    refused: { status: 'no such status' },
  }
}

function webhooks({ sandbox, tick, nowMs }: Bench, signed: boolean): WebhookHands {
  return {
    signed,
    async delivery(object, id) {
      // Nobody listens there: the sandbox keeps what it tried to send.
      const url = `http://127.0.0.1:1/webhooks/${object}/${id}`
      await sandbox.control.webhooks.setTarget({ url })
      await edit(
        { sandbox, tick },
        `${object}/${id}`,
        { deals: { stage: 'Proposal' }, leads: { status: 'closed' } }[object] ?? { manager_email: 'a@b.example' },
      )
      const sent = await until(async () => {
        const deliveries = await sandbox.control.webhooks.deliveries()
        return deliveries.findLast(({ url: to, attempts }) => to === url && attempts.length > 0) ?? null
      })
      await sandbox.control.webhooks.removeTarget()
      const request = { method: 'POST', url, headers: sent.headers, body: Buffer.from(sent.body), nowMs: nowMs() }
      return { request, hints: [{ object, id }] }
    },
  }
}

/** Seeds `count` records in one go; answers their keys. `n` counts from 0. */
async function seed(
  { sandbox, nowMs, mode }: Bench,
  table: 'deals' | 'partnerships' | 'leads',
  count: number,
  { sameInstant = false }: { sameInstant?: boolean } = {},
  body: (n: number) => { [name: string]: Json },
): Promise<string[]> {
  const now = nowMs()
  const times = sameInstant ? { created_at: now, updated_at: now } : {}
  const records = Array.from({ length: count }, (_, n) => ({ ...body(n), ...times, test: mode === 'test' }))
  const answer = await sandbox.control.seed({ [table]: records })
  const keys: unknown = isObject(answer) ? answer[table] : null
  return Array.isArray(keys) ? keys.map(String) : []
}

/** Edits as a user of the portal would, a second later. */
async function edit(
  { sandbox, tick, mode = 'production' }: Pick<Bench, 'sandbox' | 'tick'> & Partial<Bench>,
  path: string,
  change: Json,
): Promise<void> {
  await tick(1000)
  const { publicKey, secretKey } = partnerstackKeys[mode]
  const answer = await fetch(`${sandbox.url}/api/v2/${path}`, {
    method: 'PATCH',
    body: JSON.stringify(change),
    headers: { authorization: `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}` },
  })
  if (!answer.ok) throw new Error(`the sandbox refused the edit: ${await answer.text()}`)
}

async function state(
  { sandbox, mode }: Bench,
  table: string,
  read: (row: JsonObject) => Record<keyof RecordState, unknown>,
): Promise<RecordState[]> {
  const dump = await sandbox.control.state()
  const rows = objectsOf(isObject(dump) ? dump[table] : null).filter((row) => row['test'] === (mode === 'test'))
  return rows.map((row) => {
    const { id, key, mark } = read(row)
    return { id: textOf(id) ?? '', key: textOf(key), mark: textOf(mark) }
  })
}

function value(row: JsonObject, name: string): unknown {
  return isObject(row['values']) ? row['values'][name] : null
}
