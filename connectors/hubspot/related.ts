/** What records say by their associations, as the derived fields that are wished for: one or two requests a page. */
import type { Ctx, Fields } from '../contract.ts'
import { AssociationTypes, readLinks } from './associations.ts'
import type { BatchDeps } from './batch-read.ts'
import type { RecordObject } from './objects.ts'
import type { Owners } from './owners.ts'
import { chosenBy } from './choosers.ts'
import { partiesOf } from './parties.ts'
import type { PartyApi } from './parties.ts'
import type { PartnerCompanies } from './partner-companies.ts'
import type { Row } from './records.ts'

export interface RelatedDeps extends BatchDeps {
  parties: PartyApi
  partners: PartnerCompanies
  owners: Pick<Owners, 'ofUsers'>
}

/** By record id; a record that is not in it has none of these fields read. Archived rows are left out: nothing shows their links. */
export async function relatedOf(
  deps: RelatedDeps,
  object: RecordObject,
  rows: Row[],
  fields: string[],
  ctx: Ctx,
): Promise<ReadonlyMap<string, Fields>> {
  const live = rows.filter((row) => row.archived !== true)
  const ids = live.map((row) => row.id)
  const wants = (...names: string[]) => names.some((name) => fields.includes(name))
  if (ids.length === 0) return new Map()
  switch (object) {
    case 'companies':
      return wants('parentCompanyId') ? parentsOf(deps, ids, ctx) : new Map()
    case 'contacts':
      // Whatever is asked for: whose person it is says whether it may be shown at all.
      return kindsOf(deps, live, ctx)
    case 'deals': {
      const choosers = await chosenBy(deps, object, live, fields, ctx)
      if (!wants('companyId', 'partnerCompanyId')) return choosers
      const companies = await deps.parties.ofDeals(ids, ctx)
      return new Map(ids.map((id) => [id, { ...choosers.get(id), ...partiesOf(companies.get(id)) }]))
    }
    case 'tasks':
      return tasksOf(deps, live, fields, ctx)
    case 'leads':
      return new Map()
    default:
      return chosenBy(deps, object, live, fields, ctx)
  }
}

async function parentsOf(deps: RelatedDeps, ids: string[], ctx: Ctx): Promise<Map<string, Fields>> {
  const links = await readLinks(deps, 'companies', 'companies', ids, ctx)
  return new Map(
    ids.map((id) => {
      const parent = links.get(id)?.find((l) => l.typeIds.includes(AssociationTypes.childToParentCompany))
      return [id, { parentCompanyId: parent?.id ?? null }]
    }),
  )
}

const userOf = (row: Row) => row.properties['hs_updated_by_user_id'] ?? ''

/** What a task is about, and whose word it is: as far as it is asked for. */
async function tasksOf(deps: RelatedDeps, rows: Row[], fields: string[], ctx: Ctx): Promise<Map<string, Fields>> {
  const ids = rows.map((row) => row.id)
  const first = async (wanted: string, to: 'deals' | 'companies') =>
    fields.includes(wanted) ? await readLinks(deps, 'tasks', to, ids, ctx) : null
  const deals = await first('dealId', 'deals')
  const companies = await first('companyId', 'companies')
  const byOwner = deps.settings.taskDecider === 'owner'
  const wantsUsers = fields.includes('changedByOwner') && !byOwner
  const owners = wantsUsers ? await deps.owners.ofUsers(rows.map(userOf), ctx) : new Map<string, string>()
  return new Map(
    rows.map((row) => [
      row.id,
      {
        ...(deals === null ? {} : { dealId: deals.get(row.id)?.[0]?.id ?? null }),
        ...(companies === null ? {} : { companyId: companies.get(row.id)?.[0]?.id ?? null }),
        changedByOwner: byOwner ? (row.properties['hubspot_owner_id'] ?? null) : (owners.get(userOf(row)) ?? null),
      },
    ]),
  )
}

/**
 * A contact is a partner's person when its primary company is a partner, or, where it has no primary one, its only company is. Of
 * two companies the primary one counts, whatever the other is.
 */
async function kindsOf(deps: RelatedDeps, rows: Row[], ctx: Ctx): Promise<Map<string, Fields>> {
  const ids = rows.map((row) => row.id)
  const links = await readLinks(deps, 'contacts', 'companies', ids, ctx)
  const companies = new Map(
    ids.flatMap((id) => {
      const linked = links.get(id) ?? []
      const primary = linked.find((l) => l.typeIds.includes(AssociationTypes.primaryContactToCompany))
      const counts = primary ?? (linked.length === 1 ? linked[0] : undefined)
      return counts === undefined ? [] : [[id, counts.id] as const]
    }),
  )
  const partners = await deps.partners.among(companies.values(), ctx)
  return new Map(
    rows.map((row) => {
      const company = companies.get(row.id) ?? ''
      const partnerCompanyId = partners.has(company) ? company : null
      const isLead =
        deps.settings.leads === 'contacts' && deps.settings.leadStages.includes(row.properties['lifecyclestage'] ?? '')
      const contactKind = partnerCompanyId !== null ? 'partner' : isLead ? 'lead' : null
      return [row.id, { partnerCompanyId, contactKind }]
    }),
  )
}

/** Whether a record is any of ours: contacts of customers and strangers never leave the connector. */
export function isOurs(object: RecordObject, related: Fields | undefined): boolean {
  return object !== 'contacts' || related === undefined || related['contactKind'] !== null
}
