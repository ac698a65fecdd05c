/** The secrets of the configuration, read anew when their files change; what is in force of a connection follows by itself. */
import type { Log } from '../../../connectors/log.ts'
import { CausewayError } from '../../errors.ts'
import type { ConfigDocument } from '../config/schema.ts'

export interface Secrets {
  /** Puts what changed in force and tells the listeners. Cheap enough for once a second. */
  reread(): void
  /** Hears the names of connections whose secrets changed; answers how to stop. */
  onChange(heard: (connection: string, settings: Record<string, unknown>) => void): () => void
  /** Hears of other secrets of the channels by which people are told. */
  onNotices(heard: (config: Pick<ConfigDocument, 'mail' | 'notices'>) => void): void
}

/**
 * @param again the configuration with its files read anew; throws `CausewayError` while a file is missing or half written. Null: the
 *   configuration refers to no file
 */
export function keepSecrets(config: ConfigDocument, again: (() => ConfigDocument) | null, log: Log): Secrets {
  const listeners = new Set<Parameters<Secrets['onChange']>[0]>()
  const noticeListeners = new Set<Parameters<Secrets['onNotices']>[0]>()
  let inForce = formsOf(config)
  let complaint = ''

  function present(): ConfigDocument | null {
    try {
      const read = again?.() ?? null
      complaint = ''
      return read
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error
      // Said once: it is looked at every second, and the earlier secrets stay in force.
      if (complaint !== error.message)
        log.warn('secrets cannot be read anew', { code: error.code, found: error.message })
      complaint = error.message
      return null
    }
  }

  return {
    reread() {
      const read = present()
      if (read === null) return
      const forms = formsOf(read)
      for (const [name, { settings }] of Object.entries(read.connections)) {
        if (forms.connections.get(name) === inForce.connections.get(name)) continue
        log.info('a secret changed and is in force', { connection: name })
        for (const heard of listeners) heard(name, settings)
      }
      if (forms.notices !== inForce.notices) {
        log.info('a secret of mail or another channel of notices changed and is in force')
        for (const heard of noticeListeners) heard(read)
      }
      inForce = forms
    },
    onChange(heard) {
      listeners.add(heard)
      return () => void listeners.delete(heard)
    },
    onNotices: (heard) => void noticeListeners.add(heard),
  }
}

function formsOf({ connections, mail, notices }: ConfigDocument): {
  connections: Map<string, string>
  notices: string
} {
  return {
    connections: new Map(Object.entries(connections).map(([name, { settings }]) => [name, JSON.stringify(settings)])),
    notices: JSON.stringify({ mail, notices }),
  }
}
