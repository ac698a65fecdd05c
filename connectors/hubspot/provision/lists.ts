/** Lists of deals (HubSpot calls them segments too) that fill themselves: partner deals, co-sell deals, deals under review. */
import {
  PublicAllPropertyTypesOperationOperationTypeEnum as Any,
  PublicAndFilterBranchFilterBranchTypeEnum as And,
  PublicAssociationFilterBranchFilterBranchTypeEnum as Association,
  PublicBoolPropertyOperationOperationTypeEnum as Bool,
  PublicEnumerationPropertyOperationOperationTypeEnum as Enumeration,
  PublicOrFilterBranchFilterBranchTypeEnum as Or,
  PublicPropertyFilterFilterTypeEnum as FilterType,
} from '@hubspot/api-client/lib/codegen/crm/lists/index.js'
import type { PublicAndFilterBranch, PublicPropertyFilter } from '@hubspot/api-client/lib/codegen/crm/lists/index.js'
import { z } from 'zod'
import { ConnectorError, faultOf } from '../../contract.ts'
import { isSynced, typeIds } from '../objects.ts'
import type { Settings } from '../settings.ts'
import { sources } from '../values.ts'
import type { Account } from './account.ts'
import { labelId } from './labels.ts'
import { fieldId } from './properties.ts'
import { differs, made, missing } from './wanted.ts'
import type { Wanted } from './wanted.ts'

interface Wish {
  key: string
  name: string | null
  label: string
  /** The step that makes what it filters by. */
  after: string
  /** The property or the label's type that its filters must name. */
  by: (account: Account) => Promise<string | number>
  branch: (by: string | number) => PublicAndFilterBranch
}

export function wantedLists(settings: Settings): Wanted[] {
  if (!isSynced(settings, 'deals')) return []
  const { lists, properties: p, partnerLabels } = settings
  const partner = { operationType: Enumeration.Enumeration, operator: 'IS_ANY_OF', ...filled, values: partnerSources }
  const review = { operationType: Bool.Bool, operator: 'IS_EQUAL_TO', ...filled, value: true }
  const wishes: Wish[] = [
    {
      key: 'partner',
      name: lists.partner,
      label: 'deals that partners sourced or influenced',
      ...byProperty(p.source, partner),
    },
    ...(isSynced(settings, 'deal-companies') ? [coSell(lists.coSell, partnerLabels['co-sell'])] : []),
    {
      key: 'under-review',
      name: lists.underReview,
      label: 'deals that are under review',
      ...byProperty(p.review, review),
    },
  ]
  return wishes.flatMap((wish) => (wish.name === null ? [] : [wantedList(wish, wish.name)]))
}

function byProperty(name: string, operation: PublicPropertyFilter['operation']): Pick<Wish, 'after' | 'by' | 'branch'> {
  return {
    after: fieldId('deals', name),
    by: () => Promise.resolve(name),
    branch: () => ({ ...and, filterBranches: [], filters: [{ ...ofProperty, property: name, operation }] }),
  }
}

const partnerSources = [sources['partner-sourced'], sources['partner-influenced']]
const filled = { includeObjectsWithNoValueSet: false }
const and = { filterBranchType: And.And, filterBranchOperator: 'AND' }
const ofProperty = { filterType: FilterType.Property }

/** Deals with a company under the label; the branch needs a filter on the company, and every company has an id. */
function coSell(name: string | null, label: string): Wish {
  return {
    key: 'co-sell',
    name,
    label: 'deals that a partner sells with us',
    after: labelId('co-sell'),
    by: async (account) => {
      const typeId = (await account.labels('deals')).get(label)
      if (typeId !== undefined) return typeId
      const message = `HubSpot has no association label "${label}" from deals to companies`
      throw new ConnectorError(faultOf('CW_CONFIG_INVALID', message, { fields: ['role'] }), 'no')
    },
    branch: (typeId) => ({
      ...and,
      filters: [],
      filterBranches: [
        {
          filterBranchType: Association.Association,
          filterBranchOperator: 'AND',
          objectTypeId: typeIds.companies,
          operator: 'IN_LIST',
          associationCategory: 'USER_DEFINED',
          associationTypeId: Number(typeId),
          filterBranches: [],
          filters: [
            {
              ...ofProperty,
              property: 'hs_object_id',
              operation: { operationType: Any.AllProperty, operator: 'IS_KNOWN', ...filled },
            },
          ],
        },
      ],
    }),
  }
}

function wantedList({ key, label, after, by, branch }: Wish, name: string): Wanted {
  return {
    id: `list-view:deals.${key}`,
    what: 'list-view',
    object: 'deals',
    label: `List “${name}”: ${label}`,
    permission: 'crm.lists.write',
    after: [after],
    async look(account) {
      const found = await account.list(name)
      if (found === null) return missing
      const wished = await by(account)
      return names(found.filterBranch).includes(wished) ? made : differs(`its filters do not look at ${String(wished)}`)
    },
    async make(account) {
      const { api, ctx } = account
      const filterBranch = {
        filterBranchType: Or.Or,
        filterBranchOperator: 'OR',
        filters: [],
        filterBranches: [branch(await by(account))],
      }
      await api.call({ ctx, route: 'POST /crm/v3/lists', effect: 'write', schema: z.unknown(), success: 200 }, (sdk) =>
        sdk.lists.create({ name, objectTypeId: typeIds.deals, processingType: 'DYNAMIC', filterBranch }),
      )
      return 'made'
    },
  }
}

const branchSchema = z.object({
  associationTypeId: z.number().nullish(),
  filters: z.array(z.object({ property: z.string().nullish() })).nullish(),
  filterBranches: z.array(z.unknown()).nullish(),
})

/** The properties and types of association that a list's filters name, at any depth. */
function names(branch: unknown): (string | number)[] {
  const known = branchSchema.safeParse(branch)
  if (!known.success) return []
  const { associationTypeId, filters, filterBranches } = known.data
  return [
    ...(typeof associationTypeId === 'number' ? [associationTypeId] : []),
    ...(filters ?? []).flatMap(({ property }) => (typeof property === 'string' ? [property] : [])),
    ...(filterBranches ?? []).flatMap(names),
  ]
}
