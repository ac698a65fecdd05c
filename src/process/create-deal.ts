/** An approval's records: the customer's account (found or made), the deal, the parties, and the links that have them written. */
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { idFor } from '../db/ids.ts'
import { insertRecords } from '../db/ledger.ts'
import { ensureMirrors } from '../db/mirrors.ts'
import { proposePlanned } from '../db/proposals.ts'
import { ensureLinks, planLinks, planWrites } from '../db/outbox.ts'
import { deals, identities, type partners } from '../db/schema/index.ts'
import { mirrorPlaces } from '../mapping/mirrors.ts'
import { keepsCustomers, objectFor, systemOf } from '../mapping/systems.ts'
import type { RecordKind } from '../domain/records.ts'
import { assignDeal } from './assign-deal.ts'
import type { Registration } from './facts.ts'
import type { PriceOfDeal } from './price.ts'
import type { Programme } from './programme.ts'

/** The longest names of deals and companies that every CRM that is known takes. What the partner wrote stands whole in the registration. */
const LONGEST_NAME = 120
const LONGEST_COMPANY = 255

/** The company, and by whom. @example dealName('Hafen AG', 'Nordwind') // 'Hafen AG – Nordwind' */
function dealName(company: string, partner: string): string {
  const by = ` – ${shortened(partner, LONGEST_NAME / 2)}`
  return `${shortened(company, LONGEST_NAME - by.length)}${by}`
}

/** Cut between what a reader sees as signs: an emoji or an accent is whole or not there. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (kept.length + segment.length >= most) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

export async function createDeal(
  tx: Tx,
  programme: Programme,
  row: Registration,
  partner: typeof partners.$inferSelect | undefined,
  terms: { home: string; protectedUntil: string; price?: PriceOfDeal },
): Promise<{ dealId: string; accountId: string | null }> {
  if (row.dealId !== null) return adoptDeal(tx, programme, row, partner, row.dealId, terms.protectedUntil)
  const accountId = await customerAccount(tx, row)
  const dealId = idFor('registration', 'deal', row.id)
  await insertRecords(tx, 'deal', [
    {
      id: dealId,
      values: {
        name: dealName(row.company ?? '', partner?.name ?? ''),
        amount: row.amount,
        currency: row.currency,
        status: 'open',
        closeDate: row.closeDate ?? terms.protectedUntil.slice(0, 10),
        accountId,
        partnerId: row.partnerId,
        managerId: partner?.managerId ?? null,
        source: 'partner-sourced',
        registrationId: row.id,
        registeredBy: partner?.name ?? null,
        registeredAt: row.submittedAt,
        registrationStatus: 'approved',
        protectedUntil: terms.protectedUntil,
        registeredPrice: terms.price?.registeredPrice ?? null,
        discountReference: terms.price?.discountReference ?? null,
      },
      extra: { home: terms.home },
    },
  ])
  const customer = idFor('registration', 'customer', row.id)
  const sourcing = idFor('registration', 'sourcing', row.id)
  await insertRecords(tx, 'party', [
    { id: customer, values: { dealId, accountId, partnerId: null, role: 'customer' } },
    { id: sourcing, values: { dealId, accountId: null, partnerId: row.partnerId, role: 'sourcing' } },
  ])
  const kept: [RecordKind, string | null][] = [
    ['partner', row.partnerId],
    ['account', accountId],
    ['deal', dealId],
    ['party', customer],
    ['party', sourcing],
  ]
  const system = systemOf(programme.systems, terms.home)
  const wanted = kept.flatMap(([kind, recordId]) => {
    const object = objectFor(system, kind)
    if (recordId === customer && !keepsCustomers(system)) return []
    return object === undefined || recordId === null ? [] : [{ connection: system.name, object, kind, recordId }]
  })
  await ensureLinks(tx, wanted)
  const accountObject = objectFor(system, 'account')
  if (accountObject !== undefined) {
    // The CRM's people may keep the customer already, under its name alone.
    const company = {
      recordId: accountId,
      kind: 'account' as const,
      name: row.company,
      domain: row.domain,
      email: null,
    }
    await proposePlanned(tx, { connection: system.name, object: accountObject }, [company], ['account'])
  }
  await planWrites(
    tx,
    wanted.map((link) => link.recordId),
    { only: terms.home },
  )
  await planLinks(tx, await ensureMirrors(tx, mirrorPlaces(programme.systems), [dealId]))
  return { dealId, accountId }
}

/** The claim has a deal already, which a CRM's people opened: it is the one. */
async function adoptDeal(
  tx: Tx,
  programme: Programme,
  row: Registration,
  partner: typeof partners.$inferSelect | undefined,
  dealId: string,
  protectedUntil: string,
): Promise<{ dealId: string; accountId: string | null }> {
  const [deal] = await tx.select().from(deals).where(eq(deals.id, dealId)).for('update')
  if (deal === undefined) throw new Error(`the deal ${dealId} of registration ${row.id} is not there`)
  await assignDeal(tx, programme, { ...row, state: 'approved', protectedUntil }, partner, deal, 'reassign')
  return { dealId, accountId: deal.accountId }
}

/** The account that the ledger knows by the claim's domain, else a new one; the domain is claimed before it is made. */
async function customerAccount(tx: Tx, row: Registration): Promise<string> {
  const own = idFor('registration', 'account', row.id)
  if (row.domain !== null) {
    await tx
      .insert(identities)
      .values({ kind: 'account', keyType: 'domain', value: row.domain, recordId: own })
      .onConflictDoNothing()
    const [claimed] = await tx
      .select({ recordId: identities.recordId })
      .from(identities)
      .where(and(eq(identities.kind, 'account'), eq(identities.keyType, 'domain'), eq(identities.value, row.domain)))
    if (claimed !== undefined && claimed.recordId !== own) return claimed.recordId
  }
  await insertRecords(tx, 'account', [
    {
      id: own,
      values: {
        name: shortened(row.company ?? '', LONGEST_COMPANY) || null,
        domain: row.domain,
        country: null,
        accountType: 'prospect',
      },
    },
  ])
  return own
}
