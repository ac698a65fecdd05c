import type { Policy } from '../policy.ts'
import { durationText, listText } from '../words.ts'
import type { DraftSection } from './section.ts'

export function conflictsSection({ conflicts }: Policy): DraftSection {
  const { audit } = conflicts
  const territories = Object.entries(audit.territories).map(
    ([name, { countries, to }]) => `${name} (${listText(countries, 'and')}${to === null ? '' : `; ${to}`})`,
  )
  return {
    title: 'What is told of a conflict',
    lead: null,
    paragraphs: [
      {
        id: 'conflicts-told',
        text: `When two partners claim the same company, both are told within ${durationText(conflicts.tellPartnersWithin)} of its detection. Neither learns who the other is or how much the other’s deal is worth.`,
      },
      ...(audit.every === 'never'
        ? []
        : [
            {
              id: 'conflict-audit',
              text: `Every ${audit.every} all accounts that both sides or two partners pursue are looked through, and what is open is decided.`,
              staff: `Every ${audit.every} all accounts that both sides or two partners pursue are looked through by territory, and each open row is decided${audit.to === null ? '' : ` by ${audit.to}`}.${territories.length === 0 ? '' : ` Territories: ${territories.join('; ')}.`}`,
            },
          ]),
    ],
  }
}

export function directDealsSection({ directDeals }: Policy): DraftSection {
  const end = {
    wait: 'it stays held until somebody decides',
    release: 'it goes on',
    reassign: 'it goes to the partner',
  }[directDeals.atEnd]
  return {
    title: 'When our own sales opens a deal at a registered company',
    lead: null,
    paragraphs: [
      {
        id: 'direct-deal-review',
        text: 'Such a deal is held until it was looked into, so that a registered company is not worked behind the partner’s back.',
        staff: `Such a deal is held at once and its owner told. The owner’s manager decides within ${durationText(directDeals.within)} whether it goes on, goes to the partner, or is worked together.${directDeals.to === null ? '' : ` Where no manager is known, ${directDeals.to} decides.`}`,
      },
      { id: 'direct-deals-at-end', text: null, staff: `Without a decision in time ${end}.` },
    ],
  }
}
