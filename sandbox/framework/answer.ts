/** Sends an answer over the socket, whole or broken in the way that a fault asks for. */
import type { ServerResponse } from 'node:http'
import type { SandboxReply } from './definition.ts'
import type { Fault, FaultKind } from './faults.ts'

/** What went out: the status line that the client got (0: none) and the bytes of the body. */
export interface Sent {
  status: number
  bytes: number
}

/** Long enough for the bytes to leave before the connection is cut, so that the client surely sees the half. */
const flushMs = 15

export async function sendAnswer(response: ServerResponse, reply: SandboxReply, fault: Fault | null): Promise<Sent> {
  const { headers, body } = encode(reply)
  const bodiless = reply.status === 204 || reply.status === 304
  switch (fault && breakOf(fault, bodiless)) {
    case 'reset-before-headers':
      response.socket?.resetAndDestroy()
      return { status: 0, bytes: 0 }
    case 'stall-before-headers':
      // Left open: the client gives up, or the sandbox is closed.
      return { status: 0, bytes: 0 }
    case 'reset-mid-body':
    case 'stall': {
      // One byte more than comes, so that no client can take the part for the whole.
      const half = body.subarray(0, Math.floor(body.length / 2))
      response.writeHead(reply.status, { ...headers, 'content-length': String(Math.max(body.length, half.length + 1)) })
      response.flushHeaders()
      if (half.length > 0) response.write(half)
      if (fault?.kind === 'reset-mid-body') {
        await new Promise((resolve) => setTimeout(resolve, flushMs))
        response.socket?.resetAndDestroy()
      }
      return { status: reply.status, bytes: half.length }
    }
    default: {
      response.writeHead(reply.status, bodiless ? headers : { ...headers, 'content-length': String(body.length) })
      response.end(bodiless ? undefined : body)
      return { status: reply.status, bytes: bodiless ? 0 : body.length }
    }
  }
}

/** An answer that has no body is whole once its headers are there: it can only break before them. */
function breakOf({ kind }: Fault, bodiless: boolean): FaultKind {
  if (bodiless && kind === 'reset-mid-body') return 'reset-before-headers'
  return bodiless && kind === 'stall' ? 'stall-before-headers' : kind
}

function encode(reply: SandboxReply): { headers: Record<string, string>; body: Buffer } {
  const given = Object.fromEntries(
    Object.entries(reply.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  )
  if (reply.bytes !== undefined)
    return { headers: { 'content-type': 'application/octet-stream', ...given }, body: reply.bytes }
  if (reply.text !== undefined)
    return { headers: { 'content-type': 'text/plain; charset=utf-8', ...given }, body: Buffer.from(reply.text) }
  if (reply.json === undefined) return { headers: given, body: Buffer.alloc(0) }
  return { headers: { 'content-type': 'application/json', ...given }, body: Buffer.from(JSON.stringify(reply.json)) }
}
