/** For the contract tests: a running portal and a client that sends the vendor's credentials. */
import { z } from 'zod'
import { startSandbox, type RunningSandbox } from '../framework/start.ts'
import { partnerstackKeys, partnerstackSandbox } from './index.ts'

const answerSchema = z.object({ status: z.number(), message: z.string(), data: z.unknown() })
const recordSchema = z.looseObject({ key: z.string() })
const pageSchema = z.object({ has_more: z.boolean(), items: z.array(recordSchema) })

export type Answer = z.output<typeof answerSchema> & { headers: Headers }
export type Shown = z.output<typeof recordSchema>

export interface Portal extends RunningSandbox {
  /** `path` comes after `/api/v2`, unless it starts with `/api/`. */
  call(method: string, path: string, body?: unknown, mode?: 'production' | 'test'): Promise<Answer>
  /** The record that the call answers; throws when it was refused. */
  record(method: string, path: string, body?: unknown, mode?: 'production' | 'test'): Promise<Shown>
  /** A list's page; throws when it was refused. */
  page(path: string, mode?: 'production' | 'test'): Promise<z.output<typeof pageSchema>>
}

export async function startPortal(): Promise<Portal> {
  const sandbox = await startSandbox(partnerstackSandbox)
  const call: Portal['call'] = async (method, path, body, mode = 'production') => {
    const { publicKey, secretKey } = partnerstackKeys[mode]
    const response = await fetch(`${sandbox.url}${path.startsWith('/api/') ? path : `/api/v2${path}`}`, {
      method,
      headers: { authorization: `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return {
      ...answerSchema.parse({ data: undefined, ...z.looseObject({}).parse(await response.json()) }),
      headers: response.headers,
    }
  }
  const data = async (...args: Parameters<Portal['call']>) => {
    const answer = await call(...args)
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.message}`)
    return answer.data
  }
  return {
    ...sandbox,
    call,
    record: async (...args) => recordSchema.parse(await data(...args)),
    page: async (path, mode) => pageSchema.parse(await data('GET', path, undefined, mode)),
  }
}

/** What a partner fills in. */
export const registration = (name: string, more: Record<string, unknown> = {}) => ({
  partner_key: 'bright',
  account_name: name,
  amount: 1_250_000,
  close_date: '2026-12-31',
  fields: [
    { api_name: 'company_domain', value: `${name.toLowerCase()}.example` },
    { api_name: 'contact_email', value: `buyer@${name.toLowerCase()}.example` },
  ],
  ...more,
})

export const programme = {
  tiers: [{ key: 'tier_gold', name: 'Gold' }],
  partnerships: [
    {
      key: 'part_bright',
      partner_key: 'bright',
      email: 'ana@bright.example',
      first_name: 'Ana',
      last_name: 'Lima',
      company: 'Bright Resale',
      group_key: 'grup_resellers',
      tier_key: 'tier_gold',
      members: [{ email: 'ben@bright.example', first_name: 'Ben' }],
    },
    {
      key: 'part_link',
      partner_key: 'link',
      email: 'kim@link.example',
      first_name: 'Kim',
      last_name: 'Ek',
      group_key: 'grup_affiliates',
    },
  ],
}

/** The key of a partnership's team. */
export async function teamOf(portal: Portal, partnership: string): Promise<string> {
  const { team } = await portal.record('GET', `/partnerships/${partnership}`)
  return recordSchema.parse(team).key
}
