import type { EditableField } from '../edits.ts'
import type { Policy } from '../policy.ts'
import { listText } from '../words.ts'
import type { DraftParagraph, DraftSection } from './section.ts'

const names: Record<EditableField, string> = {
  company: 'the company',
  domain: 'its domain',
  contactName: 'the contact’s name',
  contactEmail: 'the contact’s e-mail address',
  amount: 'the amount',
  currency: 'the currency',
  closeDate: 'the close date',
  products: 'the products',
}

function said(fields: readonly EditableField[]): string {
  return listText(
    fields.map((field) => names[field]),
    'or',
  )
}

export function editsSection({ edits }: Policy): DraftSection {
  const paragraphs: DraftParagraph[] = [
    ...(edits.screenAgain.length === 0
      ? []
      : [
          {
            id: 'edit-screens-again',
            text: `A claim of which the partner changes ${said(edits.screenAgain)} is checked again from the beginning; its place in time stays.`,
          },
        ]),
    ...(edits.lockedAfterApproval.length === 0
      ? []
      : [
          {
            id: 'edit-locked',
            text: `After the approval a change of ${said(edits.lockedAfterApproval)} is a proposal, which a person accepts or refuses.`,
          },
        ]),
    {
      id: 'edits',
      text: {
        keep: 'A change of these rules leaves the deadlines as they are that were told before.',
        rejudge: 'A change of these rules fixes the running deadlines anew, from when each of them began.',
      }[edits.runningClocks],
    },
  ]
  return { title: 'Changes', lead: null, paragraphs }
}
