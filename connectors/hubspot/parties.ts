/**
 * The parts of companies in deals, as records of their own: the customer by the primary association, partners by the account's own
 * labels, several a deal. Read in one request a page, written in one request a batch.
 *
 * A record is the deal, the company and the role together; it is there or not, and nothing of it changes.
 */
import type { PartyRole } from '../../src/domain/records.ts'
import type { Ctx, Fault, Fields, Outcome, Read, Ref, VendorRecord, Write } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import { AssociationTypes, Category, archiveTypes, createLinks, pairKey, readLinks } from './associations.ts'
import type { Pair } from './associations.ts'
import type { BatchDeps } from './batch-read.ts'
import { faultOfRow } from './faults.ts'
import type { VendorError } from './faults.ts'
import { outcomeOfError } from './outcome.ts'
import type { PartnerCompanies } from './partner-companies.ts'
import { isRole, roles } from './role-labels.ts'
import type { RoleLabels } from './role-labels.ts'

export interface Party {
  dealId: string
  companyId: string
  role: PartyRole
}

export interface PartyApi {
  /** The parts of each deal's companies, by deal id, in one request a page. A deal that is not in the answer has none. */
  ofDeals(dealIds: string[], ctx: Ctx): Promise<Map<string, Party[]>>
  /** The same as records. */
  recordsOf(dealIds: string[], ctx: Ctx): Promise<VendorRecord[]>
  read(refs: Ref[], ctx: Ctx): Promise<Read[]>
  write(batch: Write[], ctx: Ctx): Promise<Outcome[]>
  /** Takes the labels away and leaves the deals, the companies and whatever else links them. */
  remove(ids: string[], ctx: Ctx): Promise<void>
}

/** A deal's customer, and the partner that sourced it: of several the company that HubSpot made first, so that it stays the same. */
export function partiesOf(parties: Party[] = []): Fields {
  const having = (role: PartyRole) => parties.filter((p) => p.role === role).map((p) => p.companyId)
  const [first = null] = having('sourcing').toSorted((a, b) => Number(a) - Number(b))
  return { companyId: having('customer')[0] ?? null, partnerCompanyId: first }
}

export function partiesApi(deps: BatchDeps, labels: RoleLabels, partners: PartnerCompanies): PartyApi {
  const { api, settings } = deps

  async function ofDeals(dealIds: string[], ctx: Ctx): Promise<Map<string, Party[]>> {
    if (dealIds.length === 0) return new Map()
    const types = await labels.types(ctx)
    const links = await readLinks(deps, 'deals', 'companies', dealIds, ctx)
    return new Map(
      [...links].map(([dealId, linked]) => [
        dealId,
        linked.flatMap(({ id, typeIds }) =>
          roles
            .filter((role) => typeIds.includes(types.get(role) ?? Number.NaN))
            .map((role) => ({ dealId, companyId: id, role })),
        ),
      ]),
    )
  }

  async function recordsOf(dealIds: string[], ctx: Ctx): Promise<VendorRecord[]> {
    return recorded([...(await ofDeals(dealIds, ctx)).values()].flat(), ctx)
  }

  /** A company with a partner's label that is no partner takes part as an account. */
  async function recorded(parties: Party[], ctx: Ctx): Promise<VendorRecord[]> {
    const labelled = parties.filter((p) => p.role !== 'customer').map((p) => p.companyId)
    const known = await partners.among(labelled, ctx)
    return parties.map((party) => recordOf(party, party.role !== 'customer' && known.has(party.companyId)))
  }

  async function read(refs: Ref[], ctx: Ctx): Promise<Read[]> {
    const wanted = refs.map((ref) => (ref.by === 'id' ? partyOfId(ref.value) : null))
    const dealIds = [...new Set(wanted.flatMap((party) => (party === null ? [] : [party.dealId])))]
    const found = new Map((await recordsOf(dealIds, ctx)).map((record) => [record.id, record]))
    return wanted.map((party): Read => {
      const record = party === null ? undefined : found.get(idOf(party))
      return record === undefined ? { status: 'absent' } : { status: 'found', record }
    })
  }

  async function write(batch: Write[], ctx: Ctx): Promise<Outcome[]> {
    const wishes = batch.map((w) => ({ ref: w.ref, party: partyOfWrite(w) }))
    const wanted = [...new Set(wishes.flatMap(({ party }) => party?.role ?? []))]
    const types = wanted.length === 0 ? new Map<PartyRole, number>() : await labelTypes(wanted, ctx)
    const ready: Ready[] = []
    const outcomes = new Map<string, Outcome>()
    for (const { ref, party } of wishes) {
      const typeId = party === null ? undefined : types.get(party.role)
      if (party === null) {
        outcomes.set(
          ref,
          refused(ref, `A party needs a deal, a company, and a role of ${roles.join(', ')}`, [
            'dealId',
            'companyId',
            'role',
          ]),
        )
      } else if (typeId === undefined) {
        const label = party.role === 'customer' ? '' : settings.partnerLabels[party.role]
        outcomes.set(
          ref,
          refused(ref, `HubSpot has no association label "${label}" between deals and companies`, ['role']),
        )
      } else ready.push({ ref, party, typeId })
    }
    for (const outcome of await create(ready, ctx)) outcomes.set(outcome.ref, outcome)
    return batch.flatMap((w) => outcomes.get(w.ref) ?? [])
  }

  /** Nothing was written yet, whatever became of the look-up. */
  async function labelTypes(wanted: PartyRole[], ctx: Ctx): Promise<ReadonlyMap<PartyRole, number>> {
    try {
      return await labels.types(ctx, wanted)
    } catch (error) {
      if (error instanceof ConnectorError) throw new ConnectorError(error.fault, 'no', { cause: error })
      throw error
    }
  }

  async function create(ready: Ready[], ctx: Ctx): Promise<Outcome[]> {
    if (ready.length === 0) return []
    const groups = Map.groupBy(ready, ({ party }) => pairKey(party.dealId, party.companyId))
    try {
      const { made, errors } = await createLinks(api, 'deals', 'companies', [...groups.values()].map(pairOf), ctx)
      const isMade = ({ party }: Ready) => made.has(pairKey(party.dealId, party.companyId))
      const missed = ready.filter((one) => !isMade(one))
      const failed = missedOutcome(errors, missed.length)
      if (missed.length > 0) labels.forget()
      return ready.map((one): Outcome => {
        if (!isMade(one)) return { ref: one.ref, ...failed }
        // As it was asked for: a party that we write as a partner's is read back as one.
        const stored = recordOf(one.party, one.party.isPartner)
        return { ref: one.ref, status: 'done', id: stored.id, stored }
      })
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      labels.forget()
      return ready.map(({ ref }) => outcomeOfError(ref, error, ready.length))
    }
  }

  async function remove(ids: string[], ctx: Ctx): Promise<void> {
    const parties = ids.flatMap((id) => partyOfId(id) ?? [])
    const types = await labels.types(ctx)
    const pairs = parties.flatMap((party) => {
      const typeId = types.get(party.role)
      return typeId === undefined ? [] : [pairOf([{ party, typeId }])]
    })
    if (pairs.length > 0) await archiveTypes(api, 'deals', 'companies', pairs, ctx)
  }

  return { ofDeals, recordsOf, read, write, remove }
}

/** As a plain number, for labels have ids that the SDK's list does not know. */
const primaryId: number = AssociationTypes.primaryDealToCompany

type Written = Party & { isPartner: boolean }
interface Ready {
  ref: string
  party: Written
  typeId: number
}

/** One input for all roles that a company has in a deal. */
function pairOf(group: { party: Party; typeId: number }[]): Pair {
  const typeIds = [...new Set(group.map(({ typeId }) => typeId))]
  return {
    from: group[0]?.party.dealId ?? '',
    to: group[0]?.party.companyId ?? '',
    types: typeIds.map((associationTypeId) => ({
      associationCategory: associationTypeId === primaryId ? Category.HubspotDefined : Category.UserDefined,
      associationTypeId,
    })),
  }
}

function refused(ref: string, message: string, fields: string[]): Outcome {
  return { ref, status: 'rejected', fault: faultOf('CW_RECORD_INVALID', message, { fields }) }
}

type Failure = { status: 'rejected' | 'retry' | 'unclear'; fault: Fault }

/** HubSpot does not document how an error names its pair, so a failure is one record's only when one is missing. */
export function missedOutcome(errors: VendorError[], missed: number): Failure {
  const judged = errors.flatMap((e) => faultOfRow(e) ?? [])
  const [first] = judged
  if (first === undefined) {
    return { status: 'unclear', fault: faultOf('CW_VENDOR_ANSWER', 'The answer says nothing of this association') }
  }
  return missed === 1 ? first : { ...first, fault: { ...first.fault, scope: 'batch' } }
}

/** The company comes as the customer's or the partner's, whichever the party is; `companyId` names either. */
function partyOfWrite(write: Write): Written | null {
  const { dealId, companyId, accountCompanyId, partnerCompanyId, role } = write.fields
  const company = companyId ?? accountCompanyId ?? partnerCompanyId
  if (typeof dealId !== 'string' || typeof company !== 'string' || dealId === '' || company === '') return null
  const isPartner = role !== 'customer' && (partnerCompanyId ?? null) !== null
  return isRole(role) ? { dealId, companyId: company, role, isPartner } : null
}

function partyOfId(id: string): Party | null {
  const [dealId, companyId, role, more] = id.split(':')
  if (dealId === undefined || companyId === undefined || more !== undefined) return null
  return isRole(role) ? { dealId, companyId, role } : null
}

const idOf = (party: Party) => `${party.dealId}:${party.companyId}:${party.role}`

/** The ids that a link between a deal and a company may have. */
export const possibleIds = (dealId: string, companyId: string): string[] =>
  roles.map((role) => idOf({ dealId, companyId, role }))

function recordOf({ dealId, companyId, role }: Party, isPartner: boolean): VendorRecord {
  return {
    object: 'deal-companies',
    id: idOf({ dealId, companyId, role }),
    key: null,
    version: 'linked',
    modifiedAt: null,
    deleted: false,
    mergedInto: null,
    fields: {
      dealId,
      companyId,
      role,
      accountCompanyId: isPartner ? null : companyId,
      partnerCompanyId: isPartner ? companyId : null,
    },
  }
}
