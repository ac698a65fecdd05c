/**
 * Registrations that were approved before Causeway came. Their clocks run from their true dates: what is over already comes in as lapsed,
 * and reminders whose time has passed are not sent. A reference comes in once, however often its row is imported.
 */
import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { databaseNow, type Db, type Tx } from '../db/connection.ts'
import { insertRecords } from '../db/ledger.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { deals, events, importedRegistrations, imports, registrations } from '../db/schema/index.ts'
import { exclusivityFor } from '../domain/policy/terms.ts'
import { readImported, type Cells, type ImportedClaim } from '../domain/imported-claim.ts'
import { remindersOf } from '../domain/protection.ts'
import { earliest, plus, type Instant } from '../domain/time.ts'
import { CausewayError, type ErrorCode } from '../errors.ts'
import { assignDeal } from './assign-deal.ts'
import { claimFacts } from './claim-facts.ts'
import { keysOf } from './claimed.ts'
import type { Partner, Registration } from './facts.ts'
import { importConflicts, type ImportConflict } from './import-conflicts.ts'
import { findDeals, findPartners } from './import-lookups.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'

export interface ImportWish {
  rows: { line: number; cells: Cells }[]
  /** Everything is judged and nothing kept. */
  dryRun: boolean
  /** Partners are told of what is approved for them. */
  tell: boolean
  by: string
  /** The import that these rows go on; null: a new one. */
  importId: string | null
}

export interface ImportFlaw {
  line: number
  column: string | null
  code: ErrorCode
  message: string
}

export interface ImportReport {
  /** Null: nothing was kept. */
  importId: string | null
  imported: {
    line: number
    registrationId: string
    state: 'approved' | 'lapsed'
    protectedUntil: Instant
    dealId: string | null
  }[]
  /** Rows whose reference came in before. */
  known: { line: number; registrationId: string }[]
  flaws: ImportFlaw[]
  /** What stands against what was imported and is still protected. */
  conflicts: ImportConflict[]
}

export async function importRegistrations(db: Db, programme: Programme, wish: ImportWish): Promise<ImportReport> {
  const tried = Symbol('tried')
  let report: ImportReport | undefined
  try {
    return await db.transaction(async (tx) => {
      report = await importInto(tx, programme, wish)
      if (wish.dryRun) throw new Error('tried', { cause: tried })
      return report
    })
  } catch (error) {
    if (report === undefined || !(error instanceof Error) || error.cause !== tried) throw error
    return { ...report, importId: null }
  }
}

async function importInto(tx: Tx, programme: Programme, wish: ImportWish): Promise<ImportReport> {
  // One import after another: a reference that two files have comes in once.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('import', 0))`)
  const now = await databaseNow(tx)
  const flaws: ImportFlaw[] = []
  const claims = readRows(wish.rows, now, flaws)
  const known = await knownOf(tx, claims)
  const fresh = claims.filter(({ claim }) => !known.has(claim.reference))
  const partners = await findPartners(tx, fresh, flaws)
  const withPartner = fresh.flatMap((row) => {
    const partner = partners.get(row.line)
    return partner === undefined ? [] : [{ ...row, partner }]
  })
  const found = await findDeals(tx, withPartner, flaws)
  const isWrong = new Set(flaws.map(({ line }) => line))
  const kept = withPartner
    .filter(({ line }) => !isWrong.has(line))
    .map((row) => ({
      ...row,
      id: randomUUID(),
      dealId: found.get(row.line) ?? null,
      terms: termsOf(programme, row, now),
    }))
  const importId = kept.length === 0 ? wish.importId : await importOf(tx, wish)
  if (importId !== null) await keep(tx, programme, kept, { ...wish, importId })
  return {
    importId,
    imported: kept.map(({ line, id, dealId, terms }) => ({
      line,
      registrationId: id,
      state: terms.state,
      protectedUntil: terms.protectedUntil,
      dealId,
    })),
    known: claims.flatMap(({ line, claim }) => {
      const registrationId = known.get(claim.reference)
      return registrationId === undefined ? [] : [{ line, registrationId }]
    }),
    flaws: flaws.toSorted((a, b) => a.line - b.line),
    conflicts: await importConflicts(
      tx,
      kept
        .filter(({ terms }) => terms.state === 'approved')
        .map(({ id, line, partner, claim: { company, domain, country, contactEmail } }) => {
          return { id, line, partnerId: partner.id, name: company, domain, country, email: contactEmail }
        }),
      programme.policy.matching.aliases,
    ),
  }
}

export interface ReadRow {
  line: number
  claim: ImportedClaim
}

function readRows(rows: ImportWish['rows'], now: Instant, flaws: ImportFlaw[]): ReadRow[] {
  const lines = new Map<string, number>()
  return rows.flatMap(({ line, cells }): ReadRow[] => {
    const read = readImported(cells, now)
    if ('flaws' in read) {
      flaws.push(...read.flaws.map((flaw) => ({ line, ...flaw })))
      return []
    }
    const first = lines.get(read.claim.reference)
    if (first !== undefined) {
      const message = `reference "${read.claim.reference}" stands in line ${String(first)} already`
      flaws.push({ line, column: 'reference', code: 'CW_FIELD_INVALID', message })
      return []
    }
    lines.set(read.claim.reference, line)
    return [{ line, claim: read.claim }]
  })
}

async function knownOf(tx: Tx, rows: ReadRow[]): Promise<Map<string, string>> {
  const found = await tx
    .select({ reference: importedRegistrations.reference, id: importedRegistrations.registrationId })
    .from(importedRegistrations)
    .where(
      anyOf(
        importedRegistrations.reference,
        rows.map(({ claim }) => claim.reference),
      ),
    )
  return new Map(found.map(({ reference, id }) => [reference, id]))
}

interface Terms {
  state: 'approved' | 'lapsed'
  protectedUntil: Instant
  reminders: Instant[]
}

/** From the true dates: nothing that is over begins anew. */
function termsOf({ policy }: Programme, { claim, partner }: ReadRow & { partner: Partner }, now: Instant): Terms {
  const { amount, currency, products, country, closeDate } = claim
  const facts = claimFacts({ amount, currency, products, country, closeDate, dealType: null }, partner)
  const term = exclusivityFor(policy, facts)
  const protectedUntil = claim.protectedUntil ?? plus(claim.approvedAt, term.for)
  const isOver = protectedUntil <= now
  return {
    state: isOver ? 'lapsed' : 'approved',
    protectedUntil,
    reminders: isOver ? [] : remindersOf(protectedUntil, term.reminders, now),
  }
}

async function importOf(tx: Tx, { importId, by }: ImportWish): Promise<string> {
  if (importId !== null) {
    const [known] = await tx.select({ id: imports.id }).from(imports).where(eq(imports.id, importId))
    if (known === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no import ${importId}`, { importId })
    return known.id
  }
  const [made] = await tx.insert(imports).values({ by }).returning({ id: imports.id })
  if (made === undefined) throw new Error('the import was not made')
  return made.id
}

type Kept = ReadRow & { partner: Partner; id: string; dealId: string | null; terms: Terms }

async function keep(
  tx: Tx,
  programme: Programme,
  kept: Kept[],
  { importId, by, tell: isTold }: ImportWish & { importId: string },
): Promise<void> {
  if (kept.length === 0) return
  await insertRecords(
    tx,
    'registration',
    kept.map(({ id, claim, partner, terms }) => ({
      id,
      values: {
        partnerId: partner.id,
        company: claim.company,
        domain: claim.domain,
        contactName: claim.contactName,
        contactEmail: claim.contactEmail,
        amount: claim.amount,
        currency: claim.currency,
        products: claim.products,
        country: claim.country,
        closeDate: claim.closeDate,
        submittedBy: claim.submittedBy,
        submittedAt: claim.submittedAt,
        state: terms.state,
        pipelineStage: terms.state,
        protectedUntil: terms.protectedUntil,
      },
      extra: {
        portal: 'import',
        onBehalfBy: by,
        protectedFrom: claim.approvedAt,
        expiryRemindAt: terms.reminders[0] ?? null,
        policyVersion: programme.policy.version,
        // The process is started when something is due; until then the row waits by itself.
        wakeAt: terms.state === 'approved' ? earliest(terms.reminders[0] ?? null, terms.protectedUntil) : null,
      },
    })),
  )
  await tx
    .insert(importedRegistrations)
    .values(kept.map(({ id, line, claim }) => ({ reference: claim.reference, registrationId: id, importId, line })))
  const told = await tx
    .insert(events)
    .values(
      kept.map(({ id, line, partner, dealId, terms }) => ({
        subjectId: id,
        partnerId: partner.id,
        stepKey: 'import',
        what: 'registration.imported',
        actor: by,
        policyVersion: programme.policy.version,
        detail: { importId, line, state: terms.state, protectedUntil: terms.protectedUntil, linked: dealId !== null },
      })),
    )
    .returning({ id: events.id, subjectId: events.subjectId })
  const rows = new Map(
    (
      await tx
        .select()
        .from(registrations)
        .where(
          anyOf(
            registrations.id,
            kept.map(({ id }) => id),
          ),
        )
    ).map((row) => [row.id, row]),
  )
  await keepBeside(tx, kept, rows)
  await linkDeals(tx, programme, kept, rows)
  if (!isTold) return
  for (const { id, subjectId } of told) {
    const row = rows.get(subjectId)
    if (row?.state === 'approved') await tell(tx, programme, row, id, 'registration.approved', ['partner'])
  }
}

/** What it was approved with, so that an edit counts from itself and not from the submission; and the reminders after the next one. */
async function keepBeside(tx: Tx, kept: Kept[], rows: ReadonlyMap<string, Registration>): Promise<void> {
  const beside = kept.flatMap(({ id, terms }) => {
    const row = rows.get(id)
    return row === undefined ? [] : [{ id, keys: keysOf(row), reminders: terms.reminders.slice(1) }]
  })
  await tx.execute(sql`
    update ${registrations} r set claimed_keys = b.keys, expiry_reminders = b.reminders
    from jsonb_to_recordset(${JSON.stringify(beside)}::jsonb) as b(id uuid, keys jsonb, reminders jsonb) where r.id = b.id`)
}

/** A deal that has closed meanwhile ends its claim now; any other has its process begin when something is due. */
async function linkDeals(
  tx: Tx,
  programme: Programme,
  kept: Kept[],
  rows: ReadonlyMap<string, Registration>,
): Promise<void> {
  const closed: string[] = []
  for (const { id, dealId, partner } of kept) {
    const row = rows.get(id)
    if (dealId === null || row === undefined) continue
    const [deal] = await tx.select().from(deals).where(eq(deals.id, dealId)).for('update')
    if (deal === undefined) continue
    await assignDeal(tx, programme, row, partner, deal, 'reassign')
    if (deal.status === 'won' || deal.status === 'lost') closed.push(id)
  }
  await nudge(tx, closed.map(workflowId.registration))
}
