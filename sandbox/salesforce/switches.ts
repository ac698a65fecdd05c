/** Where real orgs differ, and where the documentation leaves room. */
import type { SwitchDoc } from '../framework/definition.ts'

export const defaults = {
  setUp: 'done',
  upsertUpdateAnswer: '200',
  queryPage: 'as-asked',
  stampPrecision: 'second',
  duplicateDetails: 'duplicateResut',
  numbers: 'plain',
  multiCurrency: false,
  burstInLimitInfo: true,
  rowLockWindowMs: 0,
  sessionSeconds: 7200,
  consent: 'granted',
  codeSeconds: 900,
  pkce: 'required',
  webServerSecret: 'required',
  rotateRefreshTokens: false,
  dailyLimit: 100_000,
  feedLagSeconds: 60,
  bulkMs: 50,
  bulkEnd: 'complete',
  bulkQuotes: 'always',
  changeEvents: true,
  changeOriginClient: true,
  streamTimeoutMs: 2000,
  submittersMayRecall: true,
  compositeQueries: 5,
  partnerFeatures: false,
}

export type Switches = typeof defaults

export const switchDocs: Record<keyof Switches, SwitchDoc> = {
  compositeQueries: {
    meaning: 'How many parts of a composite call may be queries or collections.',
    positions: [5, 25],
  },
  partnerFeatures: {
    meaning:
      'Whether the platform’s own partner features are on: Account.IsPartner, and PartnerAccountId of leads and opportunities.',
    positions: [false, true],
  },
  submittersMayRecall: {
    meaning: 'Whether the approval process lets who submitted a record take the submission back.',
    positions: [true, false],
  },
  setUp: {
    meaning:
      'Whether the org has the fields, the account type and the roles of partners that a set-up of Causeway makes, or none of them.',
    positions: ['done', 'blank'],
  },
  upsertUpdateAnswer: {
    meaning: 'What a single upsert that changed a record answers: 200 with a body, or 204 without (older versions).',
    positions: ['200', '204'],
  },
  queryPage: {
    meaning: 'Whether a query page holds as many rows as asked or fewer; the documentation promises neither.',
    positions: ['as-asked', 'smaller'],
  },
  stampPrecision: { meaning: 'The precision of SystemModstamp.', positions: ['second', 'millisecond'] },
  duplicateDetails: {
    meaning:
      'Under which key an error names the duplicates it found: the misspelt one that is seen, the right one, or not at all.',
    positions: ['duplicateResut', 'duplicateResult', 'none'],
  },
  numbers: { meaning: 'Whether large doubles go out plain or with an exponent.', positions: ['plain', 'exponent'] },
  multiCurrency: {
    meaning: 'Whether records have a currency of their own (CurrencyIsoCode).',
    positions: [false, true],
  },
  burstInLimitInfo: { meaning: 'Whether Sforce-Limit-Info also tells the burst usage.', positions: [true, false] },
  rowLockWindowMs: {
    meaning: 'How long a write holds the lock of its account against other calls; 0: no locks.',
    positions: [0, 200],
  },
  consent: {
    meaning: 'What the person at the authorization page says; there is nothing to click.',
    positions: ['granted', 'denied'],
  },
  codeSeconds: { meaning: 'How long an authorization code may be redeemed.', positions: [900, 1] },
  pkce: { meaning: 'Whether the app asks for a code challenge.', positions: ['required', 'optional'] },
  webServerSecret: {
    meaning: 'Whether a code and a refresh token are redeemed with the client secret only.',
    positions: ['required', 'optional'],
  },
  rotateRefreshTokens: {
    meaning: 'Whether each use of a refresh token gives another one and ends it.',
    positions: [false, true],
  },
  sessionSeconds: { meaning: 'How long an access token lives.', positions: [7200, 2] },
  dailyLimit: { meaning: 'API calls a day.', positions: [100_000, 5] },
  feedLagSeconds: {
    meaning: 'How far latestDateCovered of getUpdated and getDeleted lags behind.',
    positions: [60, 0],
  },
  bulkMs: { meaning: 'How long a bulk job is in progress after its data is complete.', positions: [50, 0] },
  bulkEnd: {
    meaning:
      'How a bulk job ends: complete (rows may have failed), failed after half of its rows with the rest unprocessed, or failed before the first.',
    positions: ['complete', 'half', 'failed'],
  },
  bulkQuotes: {
    meaning: 'Whether the results of a bulk job quote every value or only those that need it.',
    positions: ['always', 'needed'],
  },
  changeEvents: {
    meaning: 'Whether the org publishes change events for accounts, contacts, leads, opportunities and users.',
    positions: [true, false],
  },
  changeOriginClient: {
    meaning: 'Whether a change event’s origin names the client of `Sforce-Call-Options` of a REST call.',
    positions: [true, false],
  },
  streamTimeoutMs: {
    meaning: 'How long a poll of the change stream waits for an event, in real time; an org waits 110 seconds.',
    positions: [2000, 110_000],
  },
}
