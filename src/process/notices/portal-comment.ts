/** What a partner is told, beside the registration in their portal. */
import { and, eq, sql } from 'drizzle-orm'
import { plainText, refused, type Channel, type Sent } from '../../../connectors/channels/contract.ts'
import { ConnectorError, type Connector, type Fault } from '../../../connectors/contract.ts'
import type { Db } from '../../db/connection.ts'
import { links } from '../../db/schema/index.ts'
import { errors } from '../../errors.ts'

const DEADLINE_MS = 20_000

export function portalCommentChannel(db: Db, connectors: ReadonlyMap<string, Pick<Connector, 'comment'>>): Channel {
  return {
    async send({ id: key, to, message, about }) {
      const connector = connectors.get(to)
      if (connector?.comment === undefined) return refused('portal-takes-no-comments')
      const [link] = await db
        .select({ object: links.object, id: links.externalId })
        .from(links)
        .where(and(eq(links.recordId, about.subjectId), eq(links.connection, to), sql`not ${links.gone}`))
      // The registration came from there; without its id it is gone by now.
      if (link === undefined || link.id === null) return refused('not-in-portal')
      const text = `${message.subject}\n\n${plainText(message)}`
      try {
        const said = await connector.comment(
          { object: link.object, id: link.id, key, text },
          { signal: AbortSignal.timeout(DEADLINE_MS), priority: 'sync' },
        )
        return 'code' in said ? failure(said) : { sent: true, reference: said.id }
      } catch (error) {
        if (error instanceof ConnectorError) return failure(error.fault)
        throw error
      }
    },
    show: ({ message }) => ({ type: 'text/plain', body: `${message.subject}\n\n${plainText(message)}` }),
  }
}

function failure({ code, scope, retryAfterMs }: Fault): Sent {
  const isRecord = scope === 'record' && errors[code].class === 'record'
  return { sent: false, permanent: isRecord, code, scope: isRecord ? 'message' : 'route', retryAfterMs }
}
