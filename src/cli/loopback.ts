/** Waits on this machine for the browser to come back from a vendor's page. */
import { createServer } from 'node:http'
import { CausewayError } from '../errors.ts'

export interface Loopback {
  /** The query of the address that the browser came back to. */
  answer: Promise<string>
  close(): void
}

/**
 * Listens on loopback alone. A visit with another state than ours is turned away, and the wait goes on.
 *
 * @param redirectUri such as `http://localhost:8485/callback`
 * @throws CW_PORT_IN_USE
 */
export async function listenForAnswer(redirectUri: string, state: string): Promise<Loopback> {
  const { port, pathname } = new URL(redirectUri)
  const { promise, resolve } = Promise.withResolvers<string>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', redirectUri)
    const say = (status: number, text: string) =>
      response
        .writeHead(status, { 'content-type': 'text/html; charset=utf-8', connection: 'close' })
        .end(`<!doctype html><title>Causeway</title><p>${text}</p>`)
    if (request.method !== 'GET' || url.pathname !== pathname) return void say(404, 'There is nothing here.')
    if (url.searchParams.get('state') !== state)
      return void say(400, 'This does not belong to the attempt that waits here. Nothing was done.')
    const isDenied = url.searchParams.get('error') !== null
    say(200, isDenied ? 'The vendor did not let us in; the terminal says more.' : 'Done: go back to the terminal.')
    resolve(url.search.slice(1))
  })
  const listening = Promise.withResolvers<void>()
  server.once('error', listening.reject)
  server.listen(Number(port), '127.0.0.1', listening.resolve)
  await listening.promise.catch((error: unknown) => {
    throw new CausewayError(
      'CW_PORT_IN_USE',
      `Port ${port} on this machine is taken by another program`,
      { port },
      { cause: error },
    )
  })
  return { answer: promise, close: () => void server.close() }
}
