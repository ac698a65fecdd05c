/** Whether a link still stands for somebody at its partner: who has left is let in no more, whatever their link says, nor anybody once the partnership has ended. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { contacts, partners } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'
import type { SignedLink } from './signed-links.ts'

/**
 * Asked at every opening, for people leave in the portal or the CRM, and nobody there knows of our links. An address that no contact
 * has stands for itself.
 *
 * @throws CW_LINK_REVOKED
 */
export async function assertStillThere(
  db: Db,
  { id, partnerId, contactId, address }: Pick<SignedLink, 'id' | 'partnerId' | 'contactId' | 'address'>,
): Promise<void> {
  const { rows } = await db.execute<{ isOver: boolean; hasLeft: boolean }>(sql`
    select p.state = 'offboarded' as "isOver", coalesce((
      select bool_and(coalesce(c.state = 'left', false) or c.partner_id is distinct from p.id) from ${contacts} c
      where c.id = ${contactId}::uuid or (c.partner_id = p.id and lower(c.email) = lower(${address}))), false) as "hasLeft"
    from ${partners} p where p.id = ${partnerId}::uuid`)
  const [found] = rows
  const detail = { linkId: id }
  if (found?.isOver !== false) throw new CausewayError('CW_LINK_REVOKED', 'The partnership has ended', detail)
  if (found.hasLeft) throw new CausewayError('CW_LINK_REVOKED', 'Whom the link is for has left the partner', detail)
}
