/** English words of notices; the texts are in the templates. */
import type { Language } from './language.ts'

export const english: Language = {
  direction: 'ltr',
  words: {
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
      'amount-below-limit': 'The amount is below the limit of the rule.',
      'currency-missing': 'The amount has no currency.',
      currency: 'The amount is in a currency that no rule approves.',
<<<<<<< HEAD
    'registered-account': 'The account has the domain of a live registration.',
    'extension-wished': 'A longer protection is asked for.',
    'registered-account-by-name': 'The account has the name of a live registration; it may be another company.',
=======
      'registered-account': 'The account has the domain of a live registration.',
      'registered-account-by-name': 'The account has the name of a live registration; it may be another company.',
>>>>>>> 989431a (Commands of a notice stand on lines of their own)
      tier: 'The partner’s tier is not among those approved by rule.',
      'tier-missing': 'The partner has no tier.',
      'tier-unknown': 'The partner’s tier is not one that the policy knows.',
      region: 'The partner’s region is not among those approved by rule.',
      'region-missing': 'The partner has no region.',
      group: 'The partner’s group is not among those approved by rule.',
      'group-missing': 'The partner has no group.',
      'partner-type': 'The partner is of a type that no rule approves.',
      'partner-type-missing': 'The partner has no type.',
      country: 'The prospect’s country is not among those approved by rule.',
      'country-missing': 'The prospect’s country is not given.',
      product: 'None of the products is among those approved by rule.',
      'product-missing': 'No product is given.',
      'deal-type': 'A deal of this type is not approved by rule.',
      'deal-type-missing': 'It is not given whether this is new business, a renewal or an expansion.',
    },
    unknown: {
      company: 'a company',
      deal: 'A deal',
      partner: 'a partner',
      decideBy: 'soon',
      protectedUntil: 'soon',
      why: 'see the task',
    },
    digest: {
      daily: '{count, plural, one {# notice} other {# notices}} of the day',
      weekly: '{count, plural, one {# notice} other {# notices}} of the week',
    },
  },
  texts: {},
}
