import type { Policy } from '../policy.ts'
import { claimText, durationText, listText } from '../words.ts'
import type { DraftParagraph, DraftSection } from './section.ts'

export function exclusivitySection(policy: Policy): DraftSection {
  const { exclusivity, currency, partners } = policy
  const reminders = exclusivity.reminders.map(durationText)
  return {
    title: 'How long a registered company is protected',
    lead: 'The first of these terms that fits an approved claim holds; the last is the usual one.',
    paragraphs: [
      ...exclusivity.terms.map(({ name, when, for: length, says }) => ({
        id: name,
        text: says ?? `With ${claimText(when, currency)} the company is protected for ${durationText(length)}.`,
      })),
      {
        id: 'exclusivity',
        text: `Otherwise an approved registration protects the company for ${durationText(exclusivity.for)} from the approval. The approval names the instant at which that ends, in the time zone ${exclusivity.timeZone}.${reminders.length === 0 ? '' : ` The partner and the account manager are reminded ${listText(reminders, 'and')} before the end.`}`,
      },
      ...extension(policy),
      {
        id: 'lapse',
        text: `At that instant the protection ends by itself and others may register the company.${exclusivity.onLapse.note ? ' A note on the deal says so.' : ''}`,
      },
      {
        id: 'won-after-lapse',
        text: {
          credit: 'A deal that is won after the protection ended still counts for the partner.',
          'no-credit': 'A deal that is won after the protection ended does not count for the partner.',
          ask: 'Whether a deal that is won after the protection ended counts for the partner is decided by a person.',
        }[exclusivity.wonAfterLapse],
      },
      {
        id: 'register-again',
        text:
          exclusivity.registerAgain.after === 0
            ? 'After a lapse the partner may register the company again at once.'
            : `After a lapse the partner may register the company again after ${durationText(exclusivity.registerAgain.after)}.`,
      },
      {
        id: 'partner-offboarded',
        text: {
          keep: 'When a partnership ends its protected registrations run on to their end.',
          ask: 'When a partnership ends a person decides what becomes of its registrations.',
          end: 'When a partnership ends its registrations end with it.',
        }[partners.offboarded],
      },
    ],
  }
}

function extension({ exclusivity, currency }: Policy): DraftParagraph[] {
  const { extension: terms } = exclusivity
  if (terms.times === 0) return [{ id: 'extension', text: 'The protection cannot be extended.' }]
  const times = terms.times === 1 ? 'once' : terms.times === 2 ? 'twice' : `${String(terms.times)} times`
  const from = terms.askFrom === null ? '' : ` It can be asked for in the last ${durationText(terms.askFrom)}.`
  const automatic =
    terms.automaticWhen === null ? '' : ` For ${claimText(terms.automaticWhen, currency)} it is granted at once.`
  const said = (who: string) =>
    `The protection can be extended ${times} by ${durationText(terms.for)}.${from}${automatic} ${who} decides within ${durationText(terms.decideWithin)}.`
  return [
    {
      id: 'extension',
      text: said('Otherwise a person'),
      staff: said(
        terms.grantedBy === null ? 'Otherwise who approves the registration' : `Otherwise ${terms.grantedBy}`,
      ),
    },
  ]
}
