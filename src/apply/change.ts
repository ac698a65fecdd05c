/** What one change does to its record, in memory. Pure but for the page that it works on. */
import type { Fields } from '../../connectors/contract.ts'
import type { ErrorCode } from '../errors.ts'
import { earliest, plus, type Instant } from '../domain/time.ts'
import { sentenceOf } from '../mapping/live/doomed.ts'
import { keptAs } from '../mapping/mirrors.ts'
import { capabilityOf, deletionOf, kindOf, mappingOf } from '../mapping/systems.ts'
import { currencyThere, currencyWith, foreignAmounts } from '../mapping/currency.ts'
import type { FieldMapping, ObjectMapping } from '../mapping/definition.ts'
import { restore, toCanonical, type CanonicalRecord, type Trouble } from '../mapping/translate.ts'
import { NotTransformed } from '../mapping/transform/transformations.ts'
import { proposedBy } from './edits.ts'
import type { Elsewhere } from './elsewhere.ts'
import { merge } from './merge.ts'
import { birthTroubles, standingOf, type Change, type Page, type Standing } from './page.ts'
import { circleDetail, circleThrough } from './parents.ts'
import { explain } from './poison.ts'
import { isBlank } from '../db/ledger.ts'
import type { Settled } from './settle.ts'

/** Applies a change to the page and says how it ended. One that our own code cannot digest is parked by itself. */
export function applyChange(page: Page, change: Change): Settled {
  const link = page.links.get(change.externalId)
  const refused = page.elsewhere.get(change.externalId)
  const outcome = (
    status: Settled['status'],
    detail: Settled['detail'] = null,
    code: ErrorCode | null = null,
  ): Settled => ({
    id: change.id,
    status,
    code,
    detail,
    recordId: link?.recordId ?? null,
  })
  const park = (troubles: Trouble[]) => {
    const broken = page.breaks.find(({ path }) => troubles.some((trouble) => trouble.path === path))
    if (broken === undefined) return outcome('parked', { fields: troubles }, troubles[0]?.code ?? 'CW_FIELD_INVALID')
    const schemaChange = { id: broken.id, kind: broken.kind }
    return outcome('parked', { message: sentenceOf(broken), fields: troubles, schemaChange }, 'CW_SCHEMA_CHANGED')
  }
  try {
    const oversize = tooLarge(change)
    if (oversize !== null) return park([oversize])
    if (link === undefined) {
      if (change.body.deleted || change.body.mergedInto !== null) return outcome('no-op', { why: 'never known' })
      if (refused !== undefined) return outcome('parked', refusalOf(refused), refused.trouble.code)
      const kind = kindOf(page.system, page.object, change.body.fields)
      const mapping = mappingOf(page.system, page.object, kind)
      return park(mapping === undefined ? [] : birthTroubles(mapping, change.body.fields, page.lookups))
    }
    if (change.body.mergedInto !== null && change.body.mergedInto !== change.externalId)
      return outcome('applied', { merged: true })
    // Of a record that was merged away only its return counts, and that has given it a link of its own by now.
    if (link.externalId !== change.externalId) return outcome('no-op', { why: 'merged into another' })
    if (refused !== undefined && !change.body.deleted)
      return outcome('parked', refusalOf(refused), refused.trouble.code)
    const standing = standingOf(page, link)
    if (isOlder(change, standing)) return outcome('no-op', { why: 'older than what is known' })
    if (change.body.deleted) return applyDeletion(page, change, standing, outcome)
    return applyFields(page, change, standing, outcome, park)
  } catch (error) {
    // Not the change's fault: the page is opened again when it is there.
    if (error instanceof NotTransformed) throw error
    return outcome('parked', explain(error), 'CW_APPLY_FAILED')
  }
}

/** A record whose fields were not kept; one that is gone needs none. */
function tooLarge({ body }: Change): Trouble | null {
  if (body.tooLarge === undefined || body.deleted || body.mergedInto !== null) return null
  const { field, bytes } = body.tooLarge
  return {
    field,
    path: field,
    code: 'CW_RECORD_TOO_LARGE',
    expected: 'a smaller record',
    found: `${String(bytes)} bytes`,
  }
}

/** Ids only: a person looks at the two records by them. */
function refusalOf({ trouble, contactId, partnerId }: Elsewhere): Settled['detail'] {
  return { fields: [trouble], contactId, partnerId }
}

/**
 * Whether something newer is known. A record that was read anew by its id because it differed is the truth, whatever its
 * modification date says, unless it was read or written since.
 */
function isOlder(change: Change, { modifiedAt, link }: Standing): boolean {
  if (change.asOf !== null && (link.shadow?.seenAt ?? '') <= change.asOf) return false
  return modifiedAt !== null && change.body.modifiedAt !== null && change.body.modifiedAt < modifiedAt
}

/** What a deletion means here. One too many within an hour waits for a person; see `src/domain/delete-brake.ts`. */
function applyDeletion(
  page: Page,
  change: Change,
  standing: Standing,
  outcome: (status: Settled['status'], detail?: Settled['detail'], code?: ErrorCode | null) => Settled,
): Settled {
  if (deletionOf(page.system, page.object) === 'ignore') return outcome('no-op', { why: 'deletions are ignored' })
  const first = !standing.gone
  if (first && change.confirmedBy === null) {
    if (page.deletesLeft <= 0) return outcome('parked', { deleted: true }, 'CW_DELETE_BRAKE')
    page.deletesLeft -= 1
  }
  Object.assign(standing, { gone: true, isTouched: true, ...place(change, standing) })
  return outcome(first ? 'applied' : 'no-op', { deleted: true })
}

/** Where the vendor record now stands in time; what the vendor does not say stays. */
function place({ version, body }: Change, standing: Standing): Pick<Standing, 'version' | 'modifiedAt'> {
  return { version, modifiedAt: body.modifiedAt ?? standing.modifiedAt }
}

function applyFields(
  page: Page,
  change: Change,
  standing: Standing,
  outcome: (status: Settled['status'], detail?: Settled['detail'], code?: ErrorCode | null) => Settled,
  park: (troubles: Trouble[]) => Settled,
): Settled {
  const { link } = standing
  const record = page.records.get(link.recordId)
  const mapping = keptAs(page.system, page.object, link.kind, record?.values)
  if (mapping === undefined) return outcome('no-op', { why: 'not mapped' })
  const isBorn = record === undefined || isBlank(record)
  const answers = link.shadow?.answers ?? {}
  const fields = restore(change.body.fields, answers)
  const { values, troubles } = toCanonical(mapping, fields, isBorn ? 'create' : 'update', page.lookups)
  const hindrances = isBorn ? birthTroubles(mapping, fields, page.lookups) : troubles
  if (hindrances.length > 0) return park(hindrances)
  const circle = circleThrough(page, link.recordId, values['parentId'] ?? null)
  if (circle !== null) return outcome('parked', circleDetail(mapping, circle), 'CW_PARENT_CYCLE')

  const before = standing.fields
  const at = editedAt(change, page.skewMs)
  // Before a first reading the last common state is what we sent and have no answer to: to this record, and not to one that its
  // people made and that is ours by its identity.
  const common = before ?? (record !== undefined && isOfOurMaking(page, change, link.recordId) ? link.sent : null)
  const base = common === null ? null : toCanonical(mapping, restore(common, answers), 'update', page.lookups).values
  const mergeOf = (theirs: CanonicalRecord) =>
    record === undefined
      ? null
      : merge(
          mapping,
          { theirs, base, ours: record.values, held: standing.held, theirsAt: at, oursAt: record.touched },
          page.lookups,
        )
  let merged = mergeOf(values)
  const foreign = foreignAmounts(mapping, fields, currencyOf(record?.values, merged?.changed ?? values)).filter(
    ({ field }) => (values[field] ?? null) !== null && (merged === null || field in merged.changed),
  )
  const parking = foreign.filter((field) => field.otherCurrency !== 'leave')
  if (parking.length > 0) return park(parking.map((field) => otherCurrency(field, fields)))
  if (foreign.length > 0) {
    for (const { field } of foreign) delete values[field]
    merged = mergeOf(values)
  }

  const revived = standing.gone
  Object.assign(standing, {
    gone: false,
    isTouched: true,
    fields: { ...before, ...change.body.fields },
    ...place(change, standing),
  })
  if (record === undefined || merged === null) {
    giveCurrency(mapping, fields, {}, values)
    const touched = Object.fromEntries(Object.keys(values).map((field) => [field, at]))
    page.records.set(link.recordId, { id: link.recordId, kind: link.kind, values, touched })
    page.inserted.add(link.recordId)
    return outcome('applied')
  }
  const { changed } = merged
  const locked = proposedBy(page.system, record, changed)
  if (locked !== null) {
    for (const field of Object.keys(locked)) delete changed[field]
    page.proposed.set(record.id, { ...page.proposed.get(record.id), ...locked })
  }
  giveCurrency(mapping, fields, record.values, changed)
  page.clashes.follow(link, standing.held, merged, record.values)
  standing.ledgerWon = merged.ledgerWon || locked !== null
  if (Object.keys(changed).length === 0) {
    const isMoved = merged.clashes.some((clash) => clash.theirs !== clash.base)
    const isNews = locked !== null || before === null || revived || isMoved || merged.agreed.length > 0
    return outcome(isNews ? 'applied' : 'no-op')
  }
  Object.assign(record.values, changed)
  for (const field of Object.keys(changed)) record.touched[field] = at
  if (!page.inserted.has(record.id)) page.updated.set(record.id, { ...page.updated.get(record.id), ...changed })
  return outcome('applied')
}

/** The currency of the record once this has come in. */
function currencyOf(known: CanonicalRecord | undefined, incoming: CanonicalRecord): string | null {
  return incoming['currency'] ?? known?.['currency'] ?? null
}

/** A record that has no currency yet has that of the first amount that comes in. */
function giveCurrency(mapping: ObjectMapping, fields: Fields, known: CanonicalRecord, incoming: CanonicalRecord): void {
  const given = currencyOf(known, incoming) === null ? currencyWith(mapping, fields, incoming) : null
  if (given !== null) incoming['currency'] = given
}

function otherCurrency(field: FieldMapping, fields: Fields): Trouble {
  const found = currencyThere(field, fields)
  return {
    field: field.field,
    path: field.path,
    code: 'CW_CURRENCY_OTHER',
    expected: 'an amount in the currency of the record',
    found,
  }
}

/** Whether the vendor's record bears our key, where such records bear one. */
function isOfOurMaking({ system, object }: Page, { body: { key } }: Change, recordId: string): boolean {
  return key === null ? capabilityOf(system, object).key === null : key.toLowerCase() === recordId
}

/**
 * When the vendor's user made the change, by our clock. Nobody can have made it after we heard of it, whatever the vendor's clock
 * says.
 */
function editedAt({ body, receivedAt }: Change, skewMs: number): Instant {
  const said = body.modifiedAt === null ? null : plus(body.modifiedAt, -skewMs)
  return earliest(said, receivedAt) ?? receivedAt
}
