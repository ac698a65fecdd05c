/** A way in for the partner, in what it is told by mail: its own pages, at the registration that the notice is about. */
import { and, eq, ne, or, sql } from 'drizzle-orm'
import type { Message } from '../../../connectors/channels/contract.ts'
import type { Db } from '../../db/connection.ts'
import { contacts, partners, registrations } from '../../db/schema/index.ts'
import { issueLink } from '../signed-links.ts'
import type { Notice, Told } from './gather.ts'
import { languageOf } from './languages/index.ts'
import type { NoticeSettings } from './settings.ts'

/**
 * The message with a link of its own; other messages as they are. A mail that is sent twice carries two links, and both hold. Only a
 * hash of each is kept.
 */
export async function withPartnerLink(
  db: Db,
  settings: NoticeSettings | undefined,
  notice: Notice,
  told: Told,
): Promise<Told> {
  const door = settings?.partnerDoor
  if (settings === undefined || door === undefined || notice.audience !== 'partner' || notice.channel !== 'email')
    return told
  const [row] = await db
    .select({
      id: registrations.id,
      partnerId: registrations.partnerId,
      isTheirs: sql<boolean>`${isOfPartner(notice.recipient)}`,
      contactId: contacts.id,
    })
    .from(registrations)
    // To whom the partnership has ended no link is of use.
    .innerJoin(partners, and(eq(partners.id, registrations.partnerId), ne(partners.state, 'offboarded')))
    .leftJoin(
      contacts,
      and(
        eq(contacts.partnerId, registrations.partnerId),
        sql`lower(${contacts.email}) = lower(${notice.recipient})`,
        or(sql`${contacts.state} is null`, ne(contacts.state, 'left')),
      ),
    )
    .where(eq(registrations.id, notice.subjectId))
    .limit(1)
  if (row === undefined || row.partnerId === null) return told
  const { token } = await issueLink(
    db,
    {
      purpose: 'partner',
      partnerId: row.partnerId,
      address: notice.recipient,
      contactId: row.contactId,
      // Who is not known at the partner is shown the one registration that they are told about.
      registrationId: row.isTheirs || row.contactId !== null ? null : row.id,
    },
    door.linkForMs,
  )
  const url = `${door.url}/partner/${token}/registrations/${row.id}`
  return { ...told, message: withLink(told.message, url, settings) }
}

function isOfPartner(address: string) {
  return sql`coalesce(lower(${partners.email}) = lower(${address}), false)`
}

function withLink(message: Message, url: string, { languages }: NoticeSettings): Message {
  const label = languageOf(message.language, languages).words.ownPage
  return { ...message, parts: [...message.parts, { kind: 'link', label, url }] }
}
