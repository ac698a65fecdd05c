/** Talks to a running Causeway: the one that the environment names, else the one of the data folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { CausewayError, isErrorCode } from '../errors.ts'
import type { Environment } from '../runtime/environment.ts'

export interface ApiClient {
  url: string
  get<T>(path: string, query: Record<string, string | undefined>, schema: z.ZodType<T>): Promise<T>
  /** A document, as the API wrote it. */
  text(path: string, query: Record<string, string | undefined>): Promise<string>
  send<T>(method: 'POST' | 'DELETE', path: string, body: unknown, schema: z.ZodType<T>): Promise<T>
}

const addressFile = z.object({ url: z.url(), key: z.string() })
const refusal = z.object({
  error: z.object({ code: z.string(), message: z.string(), detail: z.record(z.string(), z.unknown()).optional() }),
})

/**
 * @param wait.patienceMs how long an answer may take
 * @throws CW_NOT_RUNNING when no address is known or nothing answers there
 */
export async function openApi(env: Environment, { patienceMs = 60_000 } = {}): Promise<ApiClient> {
  const { url, key } = await addressOf(env)
  function ask(method: string, path: string, body?: unknown): Promise<Response> {
    return request(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        // Decisions keep by which door they came.
        'x-causeway-door': 'cli',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    })
  }
  async function call<T>(method: string, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const response = await ask(method, path, body)
    const answer = await jsonOf(response)
    if (response.ok) {
      const parsed = schema.safeParse(answer)
      if (parsed.success) return parsed.data
    }
    throw refused(response.status, answer, url)
  }
  return {
    url,
    get(path, query, schema) {
      return call('GET', withQuery(path, query), undefined, schema)
    },
    async text(path, query) {
      const response = await ask('GET', withQuery(path, query))
      if (response.ok) return response.text()
      throw refused(response.status, await jsonOf(response), url)
    },
    send: (method, path, body, schema) => call(method, path, body, schema),
  }
}

function withQuery(path: string, query: Record<string, string | undefined>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value)
  const search = given.toString()
  return search === '' ? path : `${path}?${search}`
}

async function addressOf({ api, dataDir }: Environment): Promise<{ url: string; key: string }> {
  if (api.url !== null && api.key !== null) return { url: api.url, key: api.key }
  const file = join(dataDir, 'api.json')
  const kept = addressFile.safeParse(await readJson(file))
  if (!kept.success) {
    throw new CausewayError('CW_NOT_RUNNING', `Nothing has been started on ${dataDir}: there is no ${file}`, { file })
  }
  return { url: api.url ?? kept.data.url, key: api.key ?? kept.data.key }
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new CausewayError('CW_NOT_RUNNING', `Nothing answers at ${new URL(url).origin}`, {}, { cause: error })
  }
}

function refused(status: number, answer: unknown, url: string): CausewayError {
  const parsed = refusal.safeParse(answer)
  if (!parsed.success) {
    return new CausewayError('CW_NOT_RUNNING', `What answers at ${url} is no Causeway of this version (${status})`)
  }
  const { code, message, detail } = parsed.data.error
  return new CausewayError(isErrorCode(code) ? code : 'CW_INTERNAL', message, detail ?? {})
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return null
  }
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}
