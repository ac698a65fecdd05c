import type { Policy } from '../policy.ts'
import { listText } from '../words.ts'
import type { DraftSection } from './section.ts'

const words = { decisions: 'a decision that is asked', law: 'what became of a registration' }

export function noticesSection({ notices }: Policy): DraftSection {
  const paragraphs =
    notices.digest.length === 0
      ? []
      : [
          {
            id: 'notices-digest',
            text: `Who wishes so is told once a day or week, together with other news: of ${listText(
              notices.digest.map((what) => words[what]),
              'and',
            )}. Reminders, escalations and conflicts are told at once.`,
          },
        ]
  return { title: 'How people are told', lead: null, paragraphs }
}
