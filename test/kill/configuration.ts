import type { Addresses } from '../../demo/programme.ts'
import { LIMIT } from './plan.ts'

/** How long an approval protects: longer than what a person needs to act, short enough to see it end. */
export const EXCLUSIVITY_S = 20

/** Two CRMs, short clocks, and a portal whose lists lag. */
export function configuration({ apiPort, portal, salesforce, hubspot, smtp }: Addresses): string {
  return `
api: { port: ${String(apiPort)} }
connections:
  portal:
    vendor: partnerstack
    role: portal
    mode: live
    poll: 2s
    settings: { baseUrl: "${portal}/api/v2", publicKey: "\${PARTNERSTACK_PUBLIC_KEY}", secretKey: "\${PARTNERSTACK_SECRET_KEY}", visibilityLagMs: 1500 }
  sales:
    vendor: salesforce
    role: crm
    mode: live
    poll: 2s
    settings: { loginUrl: "${salesforce}", clientId: "\${SALESFORCE_CLIENT_ID}", clientSecret: "\${SALESFORCE_CLIENT_SECRET}" }
  growth:
    vendor: hubspot
    role: crm
    mode: live
    poll: 2s
    settings: { baseUrl: "${hubspot}", accessToken: "\${HUBSPOT_ACCESS_TOKEN}", searchLagMs: 1000 }
routing:
  - when: { group: killgrowth }
    to: growth
  - to: sales
mail: { smtp: "${smtp}", from: "Partner desk <partners@vendor.example>" }
policy:
  version: kill-1
  screening: { wait: 300s, crmMaxAge: 60s }
  autoApprove: { upTo: ${String(LIMIT)}, currency: USD }
  decision: { within: 60s, remindAfter: 30s, approver: manager@vendor.example, escalateTo: director@vendor.example }
  exclusivity: { for: ${String(EXCLUSIVITY_S)}s, remindBefore: 5s }
`
}
