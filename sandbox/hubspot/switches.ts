import type { SwitchDoc } from '../framework/definition.ts'

/** What HubSpot leaves undocumented or lets accounts differ in; each is a switch and no connector may rely on one position. */
export type Switches = {
  /** How long a write stays invisible to search. */
  searchLagMs: number
  /** Requests in ten seconds and in a day for one app; HubSpot's tiers are 100, 190 and 250. */
  tenSecondLimit: number
  dailyLimit: number
  searchPerSecond: number
  /** Ids that a batch read does not find: a 207 with errors, or a 200 with fewer rows. */
  missingInBatchRead: '207' | 'fewer'
  /** Whether a merge makes a new record id (the default) or keeps the primary's. */
  mergeKeepsPrimary: boolean
  /** Which old ids the result of a merge names: all that ever led to it, or those of the last merge. */
  mergedIds: 'all' | 'last'
  /** Whether a unique value is compared without case. */
  uniqueIgnoresCase: boolean
  /** Whether linking two records moves their modification dates. */
  associationsTouch: boolean
  /** Whether a batch write that succeeds for all inputs echoes the trace ids. */
  echoTraceIds: boolean
  /** Whether a write's answer carries the properties that were written, or all of them. */
  writeAnswers: 'written' | 'all'
  /** Whether a write of equal values moves the modification date. */
  noopWritesTouch: boolean
  /** Whether `hs_updated_by_user_id` tells who changed a record last. */
  updatedByUser: boolean
  /** Whether a property's history tells the user who set a value. */
  historyTellsUser: boolean
  /** Whether webhooks tell which app made a change. */
  webhooksTellApp: boolean
  /** Whether the first company of a deal becomes its primary one by itself. */
  firstCompanyBecomesPrimary: boolean
  /** Whether the properties that Causeway writes and its association label exist from the start. */
  seededProperties: boolean
  seededLabel: boolean
  /** How long an OAuth access token lives. */
  tokenLifetimeMs: number
  /** What the person at the authorization page says. */
  consent: 'granted' | 'denied'
  /** How long an authorization code may be redeemed. */
  codeLifetimeMs: number
  /** Whether each use of a refresh token gives another one and ends it. */
  rotateRefreshTokens: boolean
  associationBatchCreate: number
  associationBatchRead: number
  /** What an account may have at most. */
  customProperties: number
  dealPipelines: number
  labelsAPair: number
  /** Whether the account tells these limits; for some of them it depends on its plan. */
  limitsTold: boolean
  /** Whether validation rules bind what comes by the API; HubSpot says so of its paths of 2026-09, and of no others. */
  rulesBindWrites: boolean
  /** Whether an account has lists of deals; where not, the scopes for lists cannot be granted. */
  lists: boolean
  /** Whose tokens are told the scopes that they have; service keys may not be. */
  tokenInfo: 'all' | 'oauth'
}

export const defaultSwitches: Switches = {
  searchLagMs: 0,
  tenSecondLimit: 190,
  dailyLimit: 625_000,
  searchPerSecond: 5,
  missingInBatchRead: '207',
  mergeKeepsPrimary: false,
  mergedIds: 'all',
  uniqueIgnoresCase: true,
  updatedByUser: true,
  historyTellsUser: true,
  webhooksTellApp: true,
  associationsTouch: false,
  echoTraceIds: false,
  writeAnswers: 'written',
  noopWritesTouch: true,
  firstCompanyBecomesPrimary: false,
  seededProperties: true,
  seededLabel: true,
  tokenLifetimeMs: 30 * 60_000,
  consent: 'granted',
  codeLifetimeMs: 60_000,
  rotateRefreshTokens: false,
  associationBatchCreate: 2000,
  associationBatchRead: 1000,
  customProperties: 1000,
  dealPipelines: 100,
  labelsAPair: 50,
  limitsTold: true,
  rulesBindWrites: true,
  lists: true,
  tokenInfo: 'all',
}

export const switchDocs: Record<keyof Switches, SwitchDoc> = {
  searchLagMs: { meaning: 'How long a write stays invisible to search.', positions: [0, 2000, 30_000] },
  tenSecondLimit: { meaning: 'Requests in any ten seconds.', positions: [100, 190, 250] },
  dailyLimit: { meaning: 'Requests in a day, UTC.', positions: [250_000, 625_000, 1_000_000] },
  searchPerSecond: { meaning: 'Searches in any second; told by no header.', positions: [5] },
  missingInBatchRead: { meaning: 'How a batch read tells of ids that it does not find.', positions: ['207', 'fewer'] },
  mergeKeepsPrimary: { meaning: 'Whether a merge keeps the id of the primary record.', positions: [false, true] },
  mergedIds: {
    meaning: 'Which old ids the result of a merge names: all that ever led to it, or those of the last merge.',
    positions: ['all', 'last'],
  },
  updatedByUser: { meaning: 'Whether records tell the user who changed them last.', positions: [true, false] },
  historyTellsUser: {
    meaning: 'Whether a property’s history tells the user who set a value.',
    positions: [true, false],
  },
  webhooksTellApp: { meaning: 'Whether webhooks tell which app made a change.', positions: [true, false] },
  uniqueIgnoresCase: { meaning: 'Whether unique values are compared without case.', positions: [true, false] },
  associationsTouch: {
    meaning: 'Whether linking two records moves their modification dates.',
    positions: [false, true],
  },
  echoTraceIds: { meaning: 'Whether rows that succeed echo objectWriteTraceId.', positions: [false, true] },
  writeAnswers: { meaning: 'Which properties the answer to a write carries.', positions: ['written', 'all'] },
  noopWritesTouch: { meaning: 'Whether writing equal values moves the modification date.', positions: [true, false] },
  firstCompanyBecomesPrimary: {
    meaning: 'Whether the first company of a record becomes its primary one.',
    positions: [false, true],
  },
  seededProperties: {
    meaning: "Whether Causeway's properties and its type of companies, CUSTOMER, exist; read when the portal is made.",
    positions: [true, false],
  },
  seededLabel: {
    meaning: 'Whether the label "Sourcing partner" exists; read when the portal is made.',
    positions: [true, false],
  },
  tokenLifetimeMs: { meaning: 'How long an OAuth access token lives.', positions: [1_800_000, 1000] },
  consent: {
    meaning: 'What the person at the authorization page says; there is nothing to click.',
    positions: ['granted', 'denied'],
  },
  codeLifetimeMs: { meaning: 'How long an authorization code may be redeemed.', positions: [60_000, 1000] },
  rotateRefreshTokens: {
    meaning: 'Whether each use of a refresh token gives another one and ends it.',
    positions: [false, true],
  },
  associationBatchCreate: { meaning: 'Inputs that a batch of associations may create.', positions: [2000, 100] },
  associationBatchRead: { meaning: 'Inputs that a batch of associations may read.', positions: [1000, 100] },
  customProperties: { meaning: 'Custom properties that an object may have.', positions: [1000, 10] },
  dealPipelines: { meaning: 'Deal pipelines that the account may have.', positions: [100, 15, 2, 1] },
  labelsAPair: { meaning: 'Labels of its own that a pair of objects may have.', positions: [50, 10] },
  limitsTold: {
    meaning: 'Whether the limits of properties, pipelines and labels can be asked for.',
    positions: [true, false],
  },
  rulesBindWrites: {
    meaning: 'Whether the account’s validation rules bind writes of the API.',
    positions: [true, false],
  },
  lists: {
    meaning: 'Whether the account’s plan has lists; without, nobody has their scopes.',
    positions: [true, false],
  },
  tokenInfo: {
    meaning: 'Whose scopes can be asked for: of private apps’ and OAuth tokens, or of OAuth tokens only.',
    positions: ['all', 'oauth'],
  },
}
