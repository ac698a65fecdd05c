/** What a broken server does to the stock client: a server that answers byte by byte as told, and a process to lose. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { Connection } from 'jsforce'

export interface Raw {
  url: string
  seen: { method: string; url: string; body: string }[]
  stop(): Promise<void>
}

/** A server that answers the `n`th request, from 0, as told. */
async function rawServer(
  answer: (response: ServerResponse, n: number, request: IncomingMessage) => void,
): Promise<Raw> {
  const seen: Raw['seen'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', body: Buffer.concat(chunks).toString('utf8') })
      response.setHeader('content-type', 'application/json')
      answer(response, seen.length - 1, request)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Runs a test of the stock client against such a server. */
export async function withRaw(
  answer: Parameters<typeof rawServer>[0],
  test: (raw: Raw, conn: Connection) => Promise<void>,
): Promise<void> {
  const raw = await rawServer(answer)
  try {
    await test(raw, new Connection({ version: '67.0', instanceUrl: raw.url, accessToken: 'token' }))
  } finally {
    await raw.stop()
  }
}

/** Runs the stock client in a process of its own until it ends, or is ended after `ms`. */
export function child(url: string, ms: number): Promise<{ out: string; err: string; code: number | null }> {
  return new Promise((resolve) => {
    const script = fileURLToPath(new URL('sdk-bugs.child.ts', import.meta.url))
    const running = spawn(process.execPath, [script, url], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    let timer: NodeJS.Timeout | undefined
    running.stdout.on('data', (data: Buffer) => {
      out += data.toString()
      timer ??= setTimeout(() => running.kill('SIGKILL'), ms)
    })
    running.stderr.on('data', (data: Buffer) => (err += data.toString()))
    running.on('close', (code) => {
      clearTimeout(timer)
      resolve({ out, err, code })
    })
  })
}
