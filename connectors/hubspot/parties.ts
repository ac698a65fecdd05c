/** The companies of deals: read in one request a page, written in one request a batch, the partner by a label of the account's own. */
import { AssociationTypes } from '@hubspot/api-client'
import { AssociationSpecAssociationCategoryEnum as Category } from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'
import { z } from 'zod'
import type { Ctx, Fault, Outcome, Read, Ref, VendorRecord, Write } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Api } from './api.ts'
import { errorSchema, faultOfRow } from './faults.ts'
import { outcomeOfError } from './outcome.ts'
import type { Parties } from './records.ts'
import type { Settings } from './settings.ts'

export interface PartyApi {
  /** The companies of each deal, by deal id. A deal that is not in the answer has none. One request a page. */
  ofDeals(dealIds: string[], ctx: Ctx): Promise<Map<string, DealCompanies>>
  read(refs: Ref[], ctx: Ctx): Promise<Read[]>
  write(batch: Write[], ctx: Ctx): Promise<Outcome[]>
  /** The label's type id from deals to companies, or null when the account has no such label. */
  labelId(ctx: Ctx): Promise<number | null>
}

/** The primary company, and those with the partner label in the order that HubSpot answers them. */
export interface DealCompanies {
  primary: string | null
  partners: string[]
}

export const partiesOf = (companies: DealCompanies | undefined): Parties => ({
  companyId: companies?.primary ?? null,
  partnerCompanyId: companies?.partners[0] ?? null,
})

type Role = 'customer' | 'sourcing'

const idSchema = z.union([z.string(), z.number()]).transform(String)
const labelsSchema = z.object({
  results: z.array(z.object({ category: z.string(), typeId: z.number(), label: z.string().nullish() })),
})
const batchReadSchema = z.object({
  results: z.array(
    z.object({
      from: z.object({ id: idSchema }),
      to: z.array(z.object({ toObjectId: idSchema, associationTypes: z.array(z.object({ typeId: z.number() })) })),
    }),
  ),
})
const batchCreateSchema = z.object({
  results: z.array(z.object({ fromObjectId: idSchema, toObjectId: idSchema })),
  errors: z.array(errorSchema).nullish(),
})

export function partiesApi(api: Api, settings: Settings): PartyApi {
  let label: number | null = null

  /** Looked up once; an account that has no such label yet is asked again, for it may get one. */
  async function labelId(ctx: Ctx): Promise<number | null> {
    if (label !== null) return label
    const route = 'GET /crm/v4/associations/deals/companies/labels'
    const { data } = await api.call({ ctx, route, effect: 'read', schema: labelsSchema, success: 200 }, (sdk) =>
      sdk.labels.getAll('deals', 'companies'),
    )
    const named = data.results.find((t) => t.label === settings.partnerLabel && t.category !== 'HUBSPOT_DEFINED')
    label = named?.typeId ?? null
    return label
  }

  async function ofDeals(dealIds: string[], ctx: Ctx): Promise<Map<string, DealCompanies>> {
    const found = new Map<string, DealCompanies>()
    if (dealIds.length === 0) return found
    const partner = await labelId(ctx)
    for (let start = 0; start < dealIds.length; start += settings.associationReadBatch) {
      for (const { from, to } of await companiesOf(dealIds.slice(start, start + settings.associationReadBatch), ctx)) {
        const having = (typeId: number | null) =>
          to.filter((t) => t.associationTypes.some((a) => a.typeId === typeId)).map((t) => t.toObjectId)
        found.set(from.id, {
          primary: having(AssociationTypes.primaryDealToCompany)[0] ?? null,
          partners: having(partner),
        })
      }
    }
    return found
  }

  /** A 207 names the deals without companies among its errors; both forms mean none. */
  async function companiesOf(dealIds: string[], ctx: Ctx) {
    const route = 'POST /crm/v4/associations/deals/companies/batch/read'
    const { data } = await api.call({ ctx, route, effect: 'read', schema: batchReadSchema, success: 200 }, (sdk) =>
      sdk.associations.getPage('deals', 'companies', { inputs: dealIds.map((id) => ({ id })) }),
    )
    return data.results
  }

  async function read(refs: Ref[], ctx: Ctx): Promise<Read[]> {
    const wanted = refs.map((ref) => (ref.by === 'id' ? parsedId(ref.value) : null))
    const dealIds = [...new Set(wanted.flatMap((party) => (party === null ? [] : [party.dealId])))]
    const companies = await ofDeals(dealIds, ctx)
    return wanted.map((party): Read => {
      if (party === null) return { status: 'absent' }
      const known = companies.get(party.dealId)
      const has =
        party.role === 'customer' ? known?.primary === party.companyId : known?.partners.includes(party.companyId)
      return has === true ? { status: 'found', record: recordOf(party) } : { status: 'absent' }
    })
  }

  async function write(batch: Write[], ctx: Ctx): Promise<Outcome[]> {
    const wishes = batch.map((w) => ({ ref: w.ref, party: partyOf(w) }))
    const partner = wishes.some((w) => w.party?.role === 'sourcing') ? await labelId(ctx) : null
    const ready: { ref: string; party: Party }[] = []
    const outcomes = new Map<string, Outcome>()
    for (const { ref, party } of wishes) {
      if (party === null) {
        const fields = ['dealId', 'companyId', 'role']
        const fault = faultOf(
          'CW_RECORD_INVALID',
          'A party needs a deal, a company, and a role of customer or sourcing',
          { fields },
        )
        outcomes.set(ref, { ref, status: 'rejected', fault })
      } else if (party.role === 'sourcing' && partner === null) {
        const message = `HubSpot has no association label "${settings.partnerLabel}" between deals and companies`
        outcomes.set(ref, {
          ref,
          status: 'rejected',
          fault: faultOf('CW_RECORD_INVALID', message, { fields: ['role'] }),
        })
      } else ready.push({ ref, party })
    }
    for (const outcome of await create(ready, partner, ctx)) outcomes.set(outcome.ref, outcome)
    return batch.flatMap((w) => outcomes.get(w.ref) ?? [])
  }

  async function create(ready: { ref: string; party: Party }[], partner: number | null, ctx: Ctx): Promise<Outcome[]> {
    if (ready.length === 0) return []
    const pairs = Map.groupBy(ready, ({ party }) => pairOf(party.dealId, party.companyId))
    const inputs = [...pairs.values()].map((group) => ({
      _from: { id: group[0]?.party.dealId ?? '' },
      to: { id: group[0]?.party.companyId ?? '' },
      types: [...new Set(group.map(({ party }) => party.role))].map((role) =>
        role === 'customer'
          ? { associationCategory: Category.HubspotDefined, associationTypeId: AssociationTypes.primaryDealToCompany }
          : { associationCategory: Category.UserDefined, associationTypeId: partner ?? 0 },
      ),
    }))
    const route = 'POST /crm/v4/associations/deals/companies/batch/create'
    try {
      const { data } = await api.call({ ctx, route, effect: 'write', schema: batchCreateSchema, success: 201 }, (sdk) =>
        sdk.associations.create('deals', 'companies', { inputs }),
      )
      const made = new Set(data.results.map((r) => pairOf(r.fromObjectId, r.toObjectId)))
      const missed = ready.filter(({ party }) => !made.has(pairOf(party.dealId, party.companyId)))
      const failed = missedOutcome(data.errors ?? [], missed.length)
      // Perhaps the label was made anew and has another id now.
      if (missed.length > 0) label = null
      return ready.map(({ ref, party }): Outcome =>
        made.has(pairOf(party.dealId, party.companyId))
          ? { ref, status: 'done', id: partyId(party), stored: recordOf(party) }
          : { ref, ...failed },
      )
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      label = null
      return ready.map(({ ref }) => outcomeOfError(ref, error, ready.length))
    }
  }

  return { ofDeals, read, write, labelId }
}

type Failure = { status: 'rejected' | 'retry' | 'unclear'; fault: Fault }

/** HubSpot does not document how an error names its pair, so a failure is one record's only when one is missing. */
function missedOutcome(errors: z.output<typeof errorSchema>[], missed: number): Failure {
  const judged = errors.flatMap((e) => faultOfRow(e) ?? [])
  const [first] = judged
  if (first === undefined) {
    return { status: 'unclear', fault: faultOf('CW_VENDOR_ANSWER', 'The answer says nothing of this association') }
  }
  return missed === 1 ? first : { ...first, fault: { ...first.fault, scope: 'batch' } }
}

interface Party {
  dealId: string
  companyId: string
  role: Role
}

/** The company comes as the customer's or the partner's, whichever the party is; `companyId` names either. */
function partyOf(write: Write): Party | null {
  const { dealId, companyId, accountCompanyId, partnerCompanyId, role } = write.fields
  const company = companyId ?? accountCompanyId ?? partnerCompanyId
  if (typeof dealId !== 'string' || typeof company !== 'string' || dealId === '' || company === '') return null
  return role === 'customer' || role === 'sourcing' ? { dealId, companyId: company, role } : null
}

function parsedId(id: string): Party | null {
  const [dealId, companyId, role, more] = id.split(':')
  if (dealId === undefined || companyId === undefined || more !== undefined) return null
  return role === 'customer' || role === 'sourcing' ? { dealId, companyId, role } : null
}

const partyId = (party: Party) => `${party.dealId}:${party.companyId}:${party.role}`
const pairOf = (dealId: string, companyId: string) => `${dealId}:${companyId}`

function recordOf(party: Party): VendorRecord {
  const customer = party.role === 'customer'
  return {
    object: 'deal-companies',
    id: partyId(party),
    key: null,
    version: 'linked',
    modifiedAt: null,
    deleted: false,
    mergedInto: null,
    fields: {
      ...party,
      accountCompanyId: customer ? party.companyId : null,
      partnerCompanyId: customer ? null : party.companyId,
    },
  }
}
