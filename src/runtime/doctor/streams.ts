/** The streams, as the database knows them: feeds that fell silent, clocks that differ, what rests and what is not subscribed. */
import { openDatabase } from '../../db/connection.ts'
import { errors, type ErrorCode } from '../../errors.ts'
import { connectionsHealth, type ConnectionHealth } from '../../reports/connections.ts'
import { well, wrong, type Finding } from './finding.ts'

/** @param names the connections of the configuration */
export async function examineStreams(url: string, names: string[]): Promise<Finding[]> {
  const database = openDatabase(url, 1)
  try {
    const health = await connectionsHealth(database.db, names)
    const found = health.flatMap((one) => [...reauthOf(one), ...streamsOf(one), ...feedsOf(one)])
    const count = health.reduce((sum, { streams }) => sum + streams.length, 0)
    return found.length > 0 ? found : [well('streams', `${String(count)} streams, and nothing to say of them`)]
  } catch {
    // What is the matter with the database itself is said of the database.
    return []
  } finally {
    await database.close().catch(() => undefined)
  }
}

function reauthOf({ name, reauthSince, unsent }: ConnectionHealth): Finding[] {
  if (reauthSince === null) return []
  const waits = unsent === 0 ? 'nothing is lost' : `${String(unsent)} writes wait, and nothing is lost`
  return [wrong(`credentials ${name}`, 'CW_REAUTH_REQUIRED', `refused since ${reauthSince}; ${waits}`)]
}

function streamsOf({ streams }: ConnectionHealth): Finding[] {
  return streams.flatMap((stream) => {
    const { connection, object, failingSince, code, silentSince, skewMs, pausedBy } = stream
    const part = `stream ${connection} ${object}`
    const said: Partial<Record<ErrorCode, string>> = {
      CW_FEED_SILENT: `since ${silentSince ?? ''} changes are found that nobody told of`,
      CW_CLOCK_SKEW: `the vendor's clock is ${String(Math.round((skewMs ?? 0) / 1_000))} s ahead of the database's`,
      CW_STREAM_PAUSED: `paused by ${pausedBy ?? 'someone'}`,
    }
    return [
      ...(failingSince === null || code === null ? [] : [wrong(part, code, `cannot be read since ${failingSince}`)]),
      ...stream.notes.map((noted) => noteOf(part, noted, said[noted] ?? errors[noted].title)),
    ]
  })
}

function feedsOf({ name, feeds: { subscriptions, listenCode } }: ConnectionHealth): Finding[] {
  const part = `feeds ${name}`
  const { code = null, missing = [] } = subscriptions ?? {}
  return [
    ...(code === null ? [] : [noteOf(part, code, 'webhook subscriptions cannot be compared')]),
    ...(missing.length === 0 ? [] : [noteOf(part, 'CW_FEED_SILENT', `not subscribed to: ${missing.join(', ')}`)]),
    ...(listenCode === null ? [] : [noteOf(part, listenCode, 'the change stream is not listened to')]),
  ]
}

/** Worth knowing, and nothing fails by it: polling replaces it. */
function noteOf(part: string, code: ErrorCode, message: string): Finding {
  return { part, status: 'note', code, message, remedy: errors[code].remedy }
}
