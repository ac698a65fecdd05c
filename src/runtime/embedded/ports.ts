import { createServer } from 'node:net'
import { CausewayError } from '../../errors.ts'
import { hasCode } from './failure.ts'

const loopback = '127.0.0.1'

/** Which port to listen on: `exact` is demanded by the configuration or by an earlier start; `preferred` is only a wish. */
export type PortWish = { exact: number } | { preferred: number }

/**
 * A port on loopback that is free now.
 *
 * @throws CW_PORT_IN_USE when an exact port is taken.
 */
export async function choosePort(wish: PortWish, what: string): Promise<number> {
  const wished = 'exact' in wish ? wish.exact : wish.preferred
  const got = await bindable(wished)
  if (got !== null) return got
  if ('exact' in wish) {
    throw new CausewayError(
      'CW_PORT_IN_USE',
      `${what} is to listen on ${loopback}:${wished}, which another program holds`,
      {
        port: wished,
      },
    )
  }
  const free = await bindable(0)
  if (free === null) throw new CausewayError('CW_PORT_IN_USE', `No port on ${loopback} is free for ${what}`)
  return free
}

export async function isTaken(port: number): Promise<boolean> {
  return (await bindable(port)) === null
}

/** The port when it can be bound (0: any), null when it is taken or not ours to take. */
function bindable(port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error) => {
      if (hasCode(error, 'EADDRINUSE', 'EACCES')) resolve(null)
      else reject(error)
    })
    probe.listen({ port, host: loopback, exclusive: true }, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null))
    })
  })
}
