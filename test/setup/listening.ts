/** An API on a port of its own on loopback. */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'

export interface Listening {
  url: string
  /** Ends open connections too. */
  close(): Promise<void>
}

export async function listening(app: { fetch: Parameters<typeof getRequestListener>[0] }): Promise<Listening> {
  const listener = getRequestListener(app.fetch)
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the API listens at no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
