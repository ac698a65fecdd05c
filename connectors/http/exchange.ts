/** One attempt over the wire: axios as the carrier, and the facts that decide whether it may be repeated. */
import http from 'node:http'
import https from 'node:https'
import { AxiosError, create as createAxios, isAxiosError, isCancel, type AxiosInstance } from 'axios'
import type { HttpRequest, HttpResponse } from '../contract.ts'
import type { Deadline } from './deadline.ts'
import { acceptedEncodings, unpack } from './unpack.ts'

/** What became of one attempt. `sent` is false only when it is proven that no byte of the request reached a server. */
export type Attempt =
  | { status: 'answered'; response: HttpResponse }
  | { status: 'broken'; sent: boolean; why: 'network' | 'time' | 'caller' | 'too-large'; reason: string }

/** Sockets that idle longer are closed, so that a write seldom meets one that the server is just closing. */
const idleSocketMs = 4000

/** The sockets and the axios instance of one connection. */
export interface Wire {
  attempt(request: HttpRequest, deadline: Deadline): Promise<Attempt>
  close(): void
}

/** `bodyLimit` in bytes, after decompression. */
export function openWire(bodyLimit: number): Wire {
  const httpAgent = new http.Agent({ keepAlive: true, maxSockets: 32, timeout: idleSocketMs })
  const httpsAgent = new https.Agent({ keepAlive: true, maxSockets: 32, timeout: idleSocketMs })
  const instance = createAxios({
    adapter: 'http',
    httpAgent,
    httpsAgent,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    maxRedirects: 0,
    proxy: false,
    decompress: false,
    maxContentLength: bodyLimit,
    maxBodyLength: Infinity,
    transformRequest: (data: unknown) => data,
    transformResponse: (data: unknown) => data,
  })
  return {
    attempt: (request, deadline) => attempt(instance, bodyLimit, request, deadline),
    close: () => {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

async function attempt(
  instance: AxiosInstance,
  bodyLimit: number,
  request: HttpRequest,
  deadline: Deadline,
): Promise<Attempt> {
  const socket = { connected: false }
  try {
    const { status, headers, data } = await instance.request<Buffer>({
      method: request.method,
      url: request.url,
      headers: { 'User-Agent': 'causeway', 'Accept-Encoding': acceptedEncodings, ...request.headers },
      data: typeof request.body === 'string' ? Buffer.from(request.body) : request.body,
      signal: deadline.signal,
      transport: watching(socket),
    })
    const names = plain(headers)
    const body = await unpack(Buffer.from(data), names['content-encoding'], bodyLimit)
    delete names['content-encoding'] // no longer true of the body
    return { status: 'answered', response: { status, headers: names, body } }
  } catch (error) {
    return broken(error, socket.connected, deadline)
  }
}

/** Names what broke an attempt; throws what is no fault of the way to the vendor. */
function broken(error: unknown, sent: boolean, deadline: Deadline): Attempt {
  const code = errorCode(error)
  if (code === null && !isCancel(error)) throw error
  const ended = deadline.ended()
  if (ended !== null) return { status: 'broken', sent, why: ended, reason: ended }
  if (isTooLarge(error)) return { status: 'broken', sent: true, why: 'too-large', reason: 'too large' }
  return { status: 'broken', sent, why: 'network', reason: code ?? 'unknown' }
}

/** The code of an error of axios, of node's sockets or of zlib; null for any other. */
function errorCode(error: unknown): string | null {
  if (isAxiosError(error)) return error.code ?? 'unknown'
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/**
 * A node transport that notes when the connection stands, TLS included. Until then the request is only in our memory, so a fault
 * is proof that the vendor did not take it, whatever its name.
 */
function watching(socket: { connected: boolean }): object {
  const request = (
    options: https.RequestOptions,
    onResponse: (response: http.IncomingMessage) => void,
  ): http.ClientRequest => {
    const secure = options.protocol === 'https:'
    const sent = (secure ? https : http).request(options, onResponse)
    sent.once('socket', (stream) => {
      if (!stream.connecting) socket.connected = true
      else stream.once(secure ? 'secureConnect' : 'connect', () => (socket.connected = true))
    })
    return sent
  }
  return { request }
}

/** axios names the body cap and a cut-off body by the same code; only the cut-off one comes with a response. */
function isTooLarge(error: unknown): boolean {
  if (isAxiosError(error)) return error.code === AxiosError.ERR_BAD_RESPONSE && error.response === undefined
  return errorCode(error) === 'ERR_BUFFER_TOO_LARGE'
}

function plain(headers: object): Record<string, string> {
  const names: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    names[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return names
}
