/**
 * What HubSpot lets no program set: that a deal cannot be made without a source, and that a deal under review is held. Nor does it tell
 * whether a person did, so `doneByHand` in the settings says it.
 */
import { isSynced } from '../objects.ts'
import type { Settings } from '../settings.ts'
import { fieldId } from './properties.ts'
import { made, missing } from './wanted.ts'
import type { Wanted } from './wanted.ts'

export function wantedRules(settings: Settings): Wanted[] {
  if (!isSynced(settings, 'deals')) return []
  const { source, review } = settings.properties
  return [
    rule(settings, {
      id: `rule:deals.${source}.required`,
      after: fieldId('deals', source),
      label: 'No new deal without a source',
      permission: 'to edit the account’s settings (super admin)',
      how: `Settings → Objects → Deals → Customize the “Create deal” form → add ${source}, tick Required, save. Deals that come another way are listed by \`causeway deals without-source\``,
    }),
    rule(settings, {
      id: `rule:deals.${review}.holds`,
      after: fieldId('deals', review),
      label: 'A deal under review is held where it is',
      permission: 'to edit workflows (Professional and up)',
      how: `HubSpot cannot refuse that a deal moves on. With workflows: Automations → Workflows → Create → Deal-based; enrol a deal when its Deal stage changes while ${review} is Yes, let it enrol again, and notify its owner and set the stage back. Without workflows the list of deals under review shows them`,
    }),
  ]
}

interface Rule {
  id: string
  after: string
  label: string
  permission: string
  how: string
}

function rule({ doneByHand }: Settings, { id, after, label, permission, how }: Rule): Wanted {
  return {
    id,
    what: 'rule',
    object: 'deals',
    label,
    permission,
    scoped: false,
    after: [after],
    look: () =>
      Promise.resolve(
        doneByHand.includes(id)
          ? made
          : {
              ...missing,
              byHand: `${how}. Then name ${id} in \`doneByHand\` of the connection’s settings: HubSpot does not tell`,
            },
      ),
    make: () => Promise.reject(new TypeError(`${id} is made by hand`)),
  }
}
