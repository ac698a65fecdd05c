/** What a script does that knows no better: read all deals, write each with a request of its own, by the vendors' own clients. */
import { Client } from '@hubspot/api-client'
import jsforce from 'jsforce'
import { z } from 'zod'
import { serviceKey } from '../sandbox/hubspot/world.ts'
import { app } from '../sandbox/salesforce/oauth.ts'

const token = z.object({ access_token: z.string(), instance_url: z.string() })
const opportunity = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Amount: z.number().nullable(),
  CloseDate: z.string(),
})

export async function plainScript(
  url: { salesforce: string; hubspot: string },
  records: number,
): Promise<{ records: number; seconds: number; requests: number }> {
  const began = performance.now()
  const answer = await fetch(`${url.salesforce}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: app.clientId,
      client_secret: app.clientSecret,
    }),
  })
  const { access_token: accessToken, instance_url: instanceUrl } = token.parse(await answer.json())
  const org = new jsforce.Connection({ instanceUrl, accessToken, version: '67.0' })
  const found = await org.query(`SELECT Id, Name, Amount, CloseDate FROM Opportunity LIMIT ${String(records)}`)
  // Its own limiter and its own repeats, as its documentation has them.
  const hubspot = new Client({ accessToken: serviceKey, basePath: url.hubspot, numberOfApiCallRetries: 6 })
  let requests = 2
  for (const raw of found.records) {
    const deal = opportunity.parse(raw)
    await hubspot.crm.deals.basicApi.create({
      properties: {
        dealname: deal.Name,
        amount: String(deal.Amount ?? ''),
        closedate: deal.CloseDate,
        pipeline: 'default',
        dealstage: 'appointmentscheduled',
      },
      associations: [],
    })
    requests += 1
  }
  return { records: found.records.length, seconds: (performance.now() - began) / 1_000, requests }
}
