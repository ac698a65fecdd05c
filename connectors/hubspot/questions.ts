/** What HubSpot’s documentation leaves open, or lets accounts differ in. Each has its answer in `probes.ts`. */
import type { Question } from '../contract.ts'

export const questions = [
  { name: 'search-lag', question: 'How long does a new record stay invisible to search?' },
  { name: 'missing-in-batch-read', question: 'How does a batch read tell of ids that are not there?' },
  { name: 'key-case', question: 'Are unique values compared without case?' },
  { name: 'trace-ids', question: 'Do rows that succeed echo their trace ids?' },
  { name: 'write-answers', question: 'Which properties does the answer to a write carry?' },
  { name: 'no-op-writes', question: 'Does writing equal values move the modification date?' },
  { name: 'links-touch', question: 'Does linking two records move the modification date?' },
  { name: 'first-company', question: 'Does the first company of a deal become its primary one?' },
  { name: 'merged-ids', question: 'Which id has the result of a merge, and which old ids does it name?' },
  { name: 'company-domain', question: 'May two companies have one domain?' },
  { name: 'association-reads', question: 'How many records may an association read name?' },
  { name: 'association-writes', question: 'How many links may one request make?' },
  { name: 'property-history', question: 'Does a property’s history tell which user set its value?' },
  { name: 'leads-object', question: 'Does the account have leads of their own?' },
  { name: 'webhook-sources', question: 'How do webhooks name who made a change?' },
  { name: 'webhook-batches', question: 'May one delivery of webhooks hold events of several accounts?' },
  { name: 'end-of-routes', question: 'When do the routes end that the connector calls?' },
] as const satisfies readonly Question[]
