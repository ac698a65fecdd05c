/** Words of the texts that are not templates: codes in plain language, and what stands for a fact that is not known. */
import type { FactName } from '../../domain/notice.ts'

export interface Words {
  /** What a code of `why` means. */
  codes: Record<string, string>
  /** What stands where a fact is not known; a paragraph that names another unknown fact is left out. */
  unknown: Partial<Record<FactName, string>>
}

export const english: Words = {
  codes: {
    'direct-deal': 'Our own sales has an open deal at this company (same domain).',
    'direct-deal-by-name': 'Our own sales has an open deal at a company of the same name.',
    'registration-by-name': 'Another live registration names a company of the same name.',
    'protected-for-another': 'Another registration of this company is already protected.',
    'not-fully-read': 'Not every portal and CRM could be read in time, so the check may be incomplete.',
    'no-automatic-approval': 'The policy approves nothing by itself.',
    'amount-missing': 'No amount is given.',
    'amount-above-limit': 'The amount is above the limit of automatic approval.',
    'other-currency': 'The amount is in another currency than the limit of automatic approval.',
    'info-answered': 'The partner has answered what was asked.',
    'info-unanswered': 'The partner did not answer what was asked.',
    tier: 'The partner’s tier is not among those approved by rule.',
  },
  unknown: {
    company: 'a company',
    partner: 'a partner',
    decideBy: 'soon',
    protectedUntil: 'soon',
    why: '- (see the task)',
  },
}
