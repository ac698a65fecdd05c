/** The seeded partner programme of the demo: who takes part, and the configuration that connects their systems. */
import { partnerstackKeys } from '../sandbox/partnerstack/index.ts'
import { app } from '../sandbox/salesforce/oauth.ts'
import { serviceKey } from '../sandbox/hubspot/world.ts'

export const people = {
  manager: 'channel.manager@vendor.example',
  director: 'sales.director@vendor.example',
}

/** `tier` decides how long their registrations are protected, `group` which CRM their deals go to. */
export const partners = {
  nordwind: { key: 'nordwind', company: 'Nordwind', email: 'deals@nordwind.example', group: 'Resellers', tier: 'Gold' },
  alba: { key: 'alba', company: 'Alba', email: 'sales@alba.example', group: 'Growth', tier: 'Gold' },
  trial: { key: 'junco', company: 'Junco', email: 'hello@junco.example', group: 'Resellers', tier: 'Trial' },
} as const

export type PartnerName = keyof typeof partners

/** For how long a new deal is missing from the portal's lists while its webhook is already out. */
export const listLagMs = 1_500

export interface Addresses {
  /** The API's port; fixed, so that vendors still find it after a restart. */
  apiPort: number
  portal: string
  salesforce: string
  hubspot: string
  smtp: string
}

/** Secrets are referred to by name; the demo sets these in the environment of `causeway serve`. */
export const secrets: Record<string, string> = {
  PARTNERSTACK_PUBLIC_KEY: partnerstackKeys.production.publicKey,
  PARTNERSTACK_SECRET_KEY: partnerstackKeys.production.secretKey,
  SALESFORCE_CLIENT_ID: app.clientId,
  SALESFORCE_CLIENT_SECRET: app.clientSecret,
  HUBSPOT_ACCESS_TOKEN: serviceKey,
}

/** Weeks become seconds here, and nowhere in the code. */
export function configuration({ apiPort, portal, salesforce, hubspot, smtp }: Addresses): string {
  return `# Written by the demo. The durations are those of a real programme, scaled down so that you can watch.
api: { port: ${String(apiPort)} }

connections:
  portal:
    vendor: partnerstack
    role: portal
    mode: live
    poll: 20s
    settings:
      baseUrl: ${portal}/api/v2
      publicKey: \${PARTNERSTACK_PUBLIC_KEY}
      secretKey: \${PARTNERSTACK_SECRET_KEY}
      visibilityLagMs: ${String(listLagMs)}
  sales:
    vendor: salesforce
    role: crm
    mode: live
    poll: 2s
    settings:
      loginUrl: ${salesforce}
      clientId: \${SALESFORCE_CLIENT_ID}
      clientSecret: \${SALESFORCE_CLIENT_SECRET}
  growth:
    vendor: hubspot
    role: crm
    mode: live
    poll: 2s
    settings:
      baseUrl: ${hubspot}
      accessToken: \${HUBSPOT_ACCESS_TOKEN}
      searchLagMs: 1000

routing:
  - when: { group: growth }
    to: growth
  - to: sales

mail:
  smtp: ${smtp}
  from: Partner desk <partners@vendor.example>

policy:
  version: demo-1
  autoApprove: { upTo: 50000, currency: USD }
  decision:
    within: 45s          # 48 hours in a real programme
    remindAfter: 15s     # 24 hours
    approver: ${people.manager}
    escalateTo: ${people.director}
  exclusivity:
    for: 10m             # 90 days
    byTier: { Trial: 50s }
    remindBefore: 10s
`
}
