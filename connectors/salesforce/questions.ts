/** What Salesforce’s documentation leaves open, or lets orgs differ in. Each has its answer in `probes.ts`. */
import type { Question } from '../contract.ts'

export const questions = [
  { name: 'upsert-answer', question: 'What does a single upsert answer that changed a record?' },
  { name: 'key-case', question: 'Are external ids compared without their case?' },
  { name: 'stamp-precision', question: 'How precise is SystemModstamp?' },
  { name: 'visibility', question: 'How soon does a query by key see a new record?' },
  { name: 'query-page', question: 'Does a query page hold as many rows as asked?' },
  { name: 'numbers', question: 'How are large amounts printed?' },
  { name: 'currencies', question: 'Do records have a currency of their own?' },
  { name: 'duplicates', question: 'Is an equal account refused, and are those in its way named?' },
  { name: 'row-locks', question: 'Do two calls that write deals of one account hinder each other?' },
  { name: 'replication-lag', question: 'How far behind is what getUpdated covers?' },
  { name: 'bulk-results', question: 'Does a bulk job take our rows, and are its result files quoted?' },
  { name: 'change-events', question: 'Does the org tell of changes, and whose writes they are?' },
  { name: 'composite-queries', question: 'How many queries may one composite call hold?' },
  { name: 'partner-features', question: 'Does the org have the platform’s own partner features?' },
  { name: 'locator-lifetime', question: 'How long does the rest of a query stay to be fetched?' },
] as const satisfies readonly Question[]
