/** What was looked for in the vendors' documentation and not found: each point is a question that certify answers. */
import { describe, expect, it } from 'vitest'
import type { Question } from './contract.ts'
import { questions as hubspot } from './hubspot/questions.ts'
import { questions as partnerstack } from './partnerstack/questions.ts'
import { questions as salesforce } from './salesforce/questions.ts'

const notFound: [string, readonly Question[], Record<string, string[]>][] = [
  [
    'HubSpot',
    hubspot,
    {
      'sizes of association batches': ['association-reads', 'association-writes'],
      'whether a company’s domain is unique': ['company-domain'],
      'values of changeSource, and whether they name the app': ['webhook-sources'],
      'whether a batch of webhooks mixes accounts': ['webhook-batches'],
      'when the routes end': ['end-of-routes'],
      'the lag of search': ['search-lag'],
      'whether a merge keeps the id': ['merged-ids'],
      'whether an equal value moves the modification date': ['no-op-writes'],
      'whether a link moves the modification date': ['links-touch'],
      'whether who set a property is told': ['property-history'],
    },
  ],
  [
    'Salesforce',
    salesforce,
    {
      'IsPartner, PartnerAccountId and ChannelProgram': ['partner-features'],
      'whether client= of a REST call is the origin of a change event': ['change-events'],
      'whether result files of bulk jobs always quote': ['bulk-results'],
      'the cap of queries in a composite call': ['composite-queries'],
      'the lifetime of a locator': ['locator-lifetime'],
      'whether a page of a query is as large as asked': ['query-page'],
      'the answer to an upsert that changed a record': ['upsert-answer'],
    },
  ],
  [
    'PartnerStack',
    partnerstack,
    {
      'the body that makes a webhook': ['webhook-address'],
      'the list of events': ['webhook-events'],
      'signature and retries of webhooks': ['webhook-signature', 'webhook-retries'],
      'numbers of the rate limit': ['rate-limit'],
      'the status for an external_key that is taken': ['duplicate-key'],
      'the status for an unknown starting_after': ['unknown-cursor'],
      'the body of a decision': ['decision-body'],
      'what approves a deal': ['deal-approval'],
      'the object type of sales-cycles': ['deal-stages'],
      'the path of a deal’s assignment': ['assignment-path'],
      'the way in of an OAuth app': ['oauth-app'],
    },
  ],
]

describe.each(notFound)('%s', (_, questions, points) => {
  const names = questions.map(({ name }) => name)

  it.each(Object.entries(points))('%s', (_point, answeredBy) => {
    expect(names).toEqual(expect.arrayContaining(answeredBy))
  })

  it('is asked nothing twice', () => {
    expect(new Set(names).size).toBe(names.length)
  })
})
