/** What one of our own people is told, as a task of theirs in the CRM that they work in. */
import { eq } from 'drizzle-orm'
import { plainText, refused, type Channel } from '../../../connectors/channels/contract.ts'
import type { Db } from '../../db/connection.ts'
import { registrations } from '../../db/schema/index.ts'
import { planCrmTask } from '../crm-tasks.ts'
import type { Programme } from '../programme.ts'

/** The task is a row at once, and the road writes it: whatever the CRM says to it stands there. */
export function crmTaskChannel(db: Db, programme: Programme): Channel {
  return {
    async send({ id: occasion, to, message, about }) {
      const planned = await db.transaction(async (tx) => {
        const [row] = await tx
          .select({
            dealId: registrations.dealId,
            accountId: registrations.accountId,
            connection: registrations.home,
          })
          .from(registrations)
          .where(eq(registrations.id, about.subjectId))
        return planCrmTask(tx, programme, {
          occasion,
          to,
          subject: message.subject,
          body: plainText(message),
          ...row,
        })
      })
      if (planned === null) return refused('no-such-user-in-crm')
      return { sent: true, reference: `${planned.connection}/${planned.id}` }
    },
    show: ({ message }) => ({ type: 'text/plain', body: `${message.subject}\n\n${plainText(message)}` }),
  }
}
