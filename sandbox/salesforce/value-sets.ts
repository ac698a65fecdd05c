/** The platform's own picklists whose values an administrator may add to. */
import { objectNamed } from './org.ts'
import type { Org } from './org.ts'

export const valueSets: { name: string; fields: { object: string; field: string }[] }[] = [
  { name: 'AccountType', fields: [{ object: 'Account', field: 'Type' }] },
  {
    name: 'PartnerRole',
    fields: ['Partner', 'OpportunityPartner', 'AccountPartner'].map((object) => ({ object, field: 'Role' })),
  },
]

export function valueSetMetadata(org: Org, name: string): Record<string, unknown> {
  const [first] = valueSets.find((set) => set.name === name)?.fields ?? []
  const values =
    first === undefined ? [] : (objectNamed(org, first.object).fields.find((f) => f.name === first.field)?.values ?? [])
  return {
    groupingStringEnum: null,
    sorted: false,
    standardValue: values.map((value) => ({ valueName: value, label: value, default: false, isActive: null })),
    urls: null,
  }
}
