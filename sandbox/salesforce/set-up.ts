/** Whether the org has what a set-up of Causeway makes, as the switch says: its fields, the account type and the roles of partners. */
import type { Org } from './org.ts'
import { freshSchema } from './standard-objects.ts'
import type { Switches } from './switches.ts'

/** Values that a set-up adds to the platform's own picklists. */
const added: { object: string; field: string; values: string[] }[] = [
  { object: 'Account', field: 'Type', values: ['Partner'] },
  ...['Partner', 'OpportunityPartner', 'AccountPartner'].map((object) => ({
    object,
    field: 'Role',
    values: ['Sourcing', 'Influencing', 'Co-Sell', 'Fulfilment'],
  })),
]

/** Follows the switches: a position that changed since the last request takes effect now. */
export function follow(org: Org, switches: Switches, nowMs: number): void {
  org.positions = switches
  if (org.setUp === switches.setUp) return
  org.setUp = switches.setUp
  org.schemaChangedMs = nowMs
  const isBlank = switches.setUp === 'blank'
  for (const fresh of freshSchema()) {
    const def = org.schema.get(fresh.name)
    if (def === undefined) continue
    const known = new Set(def.fields.map(({ name }) => name))
    def.fields = isBlank
      ? def.fields.filter((f) => !f.custom)
      : [...def.fields, ...fresh.fields.filter((f) => f.custom && !known.has(f.name))]
  }
  for (const { object, field, values } of added) {
    const found = org.schema.get(object)?.fields.find((f) => f.name === field)
    if (found === undefined) continue
    const others = (found.values ?? []).filter((value) => !values.includes(value))
    found.values = isBlank ? others : [...others, ...values]
  }
}
