/** What PartnerStack’s public material leaves open. Each has its answer in `probes.ts`; the rate limit comes last, for it wears the keys out. */
import type { Question } from '../contract.ts'

export const questions = [
  { name: 'duplicate-key', question: 'How is a second deal with a taken external_key refused?' },
  { name: 'unknown-cursor', question: 'How is starting_after with an unknown key answered?' },
  { name: 'limit-above-cap', question: 'What does a limit above 250 do?' },
  { name: 'unknown-property', question: 'What does an unknown property of a body do?' },
  { name: 'unknown-field', question: 'What does a custom field that the form lacks do?' },
  { name: 'archived-read', question: 'Is an archived record still found by its key?' },
  { name: 'list-lag', question: 'After how long does a new deal show in lists?' },
  { name: 'webhook-address', question: 'Under which name does a webhook have its address?' },
  { name: 'deal-stages', question: 'Is the object type of sales-cycles deals or deal?' },
  { name: 'webhook-events', question: 'How are the events of webhooks spelt?' },
  { name: 'webhook-signature', question: 'How are webhooks signed?' },
  { name: 'webhook-retries', question: 'How often, and for how long, is a webhook delivered again?' },
  { name: 'decision-body', question: 'Which property of a body decides an application?' },
  { name: 'deal-approval', question: 'What approves a deal?' },
  { name: 'assignment-path', question: 'Where is a deal assigned to a partner?' },
  { name: 'oauth-app', question: 'Is there another way in than a key pair?' },
  { name: 'rate-limit', question: 'How many requests are taken?' },
] as const satisfies readonly Question[]
