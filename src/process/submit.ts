/** A registration that comes in by the API: by a partner, or by staff on a partner's behalf with both names kept. */
import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { insertRecords } from '../db/ledger.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { partners } from '../db/schema/index.ts'
import type { DealType } from '../domain/policy/conditions.ts'
import { readDomain } from '../domain/identity.ts'
import { CausewayError } from '../errors.ts'
import { databaseNow } from '../db/connection.ts'

export interface Submission {
  partnerId: string
  company: string
  domain: string | null
  contactName: string | null
  contactEmail: string | null
  amount: string | null
  currency: string | null
  closeDate: string | null
  products: string | null
  /** Of the prospect. */
  country?: string | null
  dealType?: DealType | null
  submittedBy: string
  onBehalfBy: string | null
}

/**
 * Takes in a registration and starts its process.
 *
 * @returns the registration's id
 * @throws CW_PARTNER_UNKNOWN, CW_FIELD_INVALID
 */
export async function submit(db: Db | Tx, { partnerId, onBehalfBy, ...submission }: Submission): Promise<string> {
  const domain = readDomain(submission.domain)
  if (!domain.ok)
    throw new CausewayError('CW_FIELD_INVALID', `"${domain.found}" is no domain; expected one such as example.com`, {
      field: 'domain',
      found: domain.found,
    })
  const id = randomUUID()
  await db.transaction(async (tx) => {
    const [partner] = await tx.select({ id: partners.id }).from(partners).where(eq(partners.id, partnerId))
    if (partner === undefined)
      throw new CausewayError('CW_PARTNER_UNKNOWN', `There is no partner ${partnerId}`, { partnerId })
    const { country = null, dealType = null } = submission
    const values = {
      ...submission,
      country,
      dealType,
      domain: domain.domain,
      partnerId,
      submittedAt: await databaseNow(tx),
    }
    await insertRecords(tx, 'registration', [{ id, values, extra: { portal: 'api', onBehalfBy } }])
    await nudge(tx, [workflowId.registration(id)])
  })
  return id
}
