/** What the vendor's public material leaves open or a tenant may have otherwise; each stands at its documented default. */
import type { SwitchDoc } from '../framework/definition.ts'

export const switches = {
  duplicateKeyStatus: 400,
  unknownCursorStatus: 404,
  dealsOffStatus: 400,
  limitAboveCap: 'clamp',
  unknownProperty: 'ignore',
  unknownField: 'reject',
  archivedRead: 'found',
  listLagMs: 0,
  readLagMs: 0,
  requestsPerMinute: 0,
  rateLimitRetryAfter: true,
  stageObjectType: 'plural',
  oldPaths: 'without-v2',
  decisionField: 'approved',
  webhookNames: 'dotted',
  webhookEvents: 'any',
  webhookUrlField: 'target',
  webhookSignature: 'none',
  webhookSignatureHeader: 'X-PartnerStack-Signature',
  webhookSecret: 'whsec_sandbox',
}
export type Switches = typeof switches

export const switchDocs: Record<keyof Switches, SwitchDoc> = {
  duplicateKeyStatus: {
    meaning: 'The status for an `external_key`, customer key or transaction key that is taken.',
    positions: [400, 409],
  },
  unknownCursorStatus: {
    meaning: 'The status for `starting_after` or `ending_before` with an unknown key.',
    positions: [400, 404],
  },
  dealsOffStatus: { meaning: 'The status for a deal or lead in a group that has them off.', positions: [400, 403] },
  limitAboveCap: { meaning: 'What a `limit` above 250 does: 250 is taken, or a 400.', positions: ['clamp', 'reject'] },
  unknownProperty: { meaning: 'What an unknown property of a body does.', positions: ['ignore', 'reject'] },
  unknownField: { meaning: 'What a custom field that the form does not have does.', positions: ['ignore', 'reject'] },
  archivedRead: {
    meaning: 'Whether an archived record is still found by its key, with `archived: true`.',
    positions: ['found', 'gone'],
  },
  listLagMs: { meaning: 'How long a new record stays out of lists.', positions: [0, 5000, 360_000] },
  readLagMs: { meaning: 'How long a new record stays unknown to reads by key.', positions: [0, 5000, 360_000] },
  requestsPerMinute: {
    meaning: 'Requests that a key pair may make in a minute; 0: any number.',
    positions: [0, 60, 600],
  },
  rateLimitRetryAfter: { meaning: 'Whether the rate limit’s 429 says `Retry-After`.', positions: [true, false] },
  stageObjectType: {
    meaning: 'The object type in `/sales-cycles/{type}/stages`: `deals` or `deal`.',
    positions: ['plural', 'singular'],
  },
  oldPaths: {
    meaning: 'Where deal assignment and single files are: `/api/deals/…` or `/api/v2/deals/…`.',
    positions: ['without-v2', 'with-v2'],
  },
  decisionField: {
    meaning: 'The body of an application’s decision: `{"approved": true}` or `{"decision": "approved"}`.',
    positions: ['approved', 'decision'],
  },
  webhookNames: {
    meaning: 'How events are spelt: `deal.created` or `deal_created`.',
    positions: ['dotted', 'underscore'],
  },
  webhookEvents: {
    meaning: 'Which names of events a webhook may ask for: any, or those that are spelt as events are.',
    positions: ['any', 'known'],
  },
  webhookUrlField: { meaning: 'The name of a webhook’s address in bodies.', positions: ['target', 'target_url'] },
  webhookSignature: {
    meaning: 'How deliveries are signed: the hex HMAC-SHA256 of the body, or not.',
    positions: ['none', 'hmac-sha256-hex'],
  },
  webhookSignatureHeader: { meaning: 'The header that holds the signature.', positions: [] },
  webhookSecret: {
    meaning: 'What deliveries are signed with, unless the control API gave the target its own.',
    positions: [],
  },
}
