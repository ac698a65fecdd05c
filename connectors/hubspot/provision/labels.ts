/** The association labels of partners' parts in deals: a pair each, one label seen from the deal and one from the company. */
import { z } from 'zod'
import type { PartyRole } from '../../../src/domain/records.ts'
import { isSynced } from '../objects.ts'
import { partnerRoles } from '../role-labels.ts'
import { schemaScope } from '../scopes.ts'
import type { Settings } from '../settings.ts'
import { differs, made, missing } from './wanted.ts'
import type { Wanted } from './wanted.ts'

type PartnerRole = (typeof partnerRoles)[number]

/** What a deal is to the partner. */
const inverse: Record<PartnerRole, string> = {
  sourcing: 'Sourced deal',
  influencing: 'Influenced deal',
  'co-sell': 'Co-sell deal',
  fulfilment: 'Fulfilled deal',
}

export const labelId = (role: PartyRole): string => `association-label:deals-companies.${role}`

export function wantedLabels(settings: Settings): Wanted[] {
  if (!isSynced(settings, 'deal-companies')) return []
  return partnerRoles.map((role) => wantedLabel(settings.partnerLabels[role], role))
}

function wantedLabel(label: string, role: PartnerRole): Wanted {
  return {
    id: labelId(role),
    what: 'association-label',
    object: 'deals',
    label: `Label “${label}” from deals to companies, “${inverse[role]}” the other way`,
    permission: schemaScope('deals'),
    after: [],
    async look(account) {
      const [there, back] = [
        (await account.labels('deals')).has(label),
        (await account.labels('companies')).has(inverse[role]),
      ]
      if (there && back) return made
      if (!there && !back) return missing
      return differs(
        there
          ? `from deals to companies it is there, and from companies to deals there is no “${inverse[role]}”; Causeway works with it as it is`
          : `from companies to deals there is “${inverse[role]}”, and it belongs to another label than “${label}”: rename one of them, or set \`partnerLabels.${role}\` to the label that deals have`,
      )
    },
    async make({ api, ctx }) {
      const route = 'POST /crm/v4/associations/deals/companies/labels'
      // HubSpot keeps a name beside the label, which nobody sees and which has no spaces.
      const name = `causeway_${role.replace('-', '_')}_partner`
      await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 200 }, (sdk) =>
        sdk.labels.create('deals', 'companies', { name, label, inverseLabel: inverse[role] }),
      )
      return 'made'
    },
  }
}
