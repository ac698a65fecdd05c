/** The vendors' HTTP APIs as any program made for them would use them: what the demo does and checks goes through here alone. */
import { create, type AxiosInstance } from 'axios'
import { z } from 'zod'

const web = create()

const items = z.object({
  data: z.object({ items: z.array(z.record(z.string(), z.unknown())), has_more: z.boolean() }),
})
const single = z.object({ data: z.record(z.string(), z.unknown()) })
const fieldValue = z.array(z.looseObject({ api_name: z.string(), value: z.unknown() }))

export interface PortalDeal {
  key: string
  company: string
  partner: string
  status: string
  reason: string
  protectedUntil: string
}

/** The partner portal. */
export function portalApi(url: string, keys: { publicKey: string; secretKey: string }) {
  const http = create({ baseURL: `${url}/api/v2`, auth: { username: keys.publicKey, password: keys.secretKey } })
  return {
    async onboard(partner: {
      email: string
      company: string
      key: string
      group: string
      tier: string
      manager: string
    }): Promise<void> {
      const { data } = await http.post<unknown>('/partnerships', {
        email: partner.email,
        partner_key: partner.key,
        group_key: partner.group,
        first_name: partner.company,
        last_name: 'Partners',
        manager_email: partner.manager,
      })
      const { key } = z.looseObject({ key: z.string() }).parse(single.parse(data).data)
      await http.patch(`/partnerships/${key}`, { tier_key: partner.tier, manager_email: partner.manager })
    },
    async register(deal: {
      company: string
      domain: string
      contact: string
      amount: number
      partner: string
    }): Promise<string> {
      const { data } = await http.post<unknown>('/deals', {
        account_name: deal.company,
        amount: deal.amount * 100,
        partner_key: deal.partner,
        contact_first_name: 'Kim',
        contact_last_name: 'Weber',
        fields: [
          { api_name: 'company_domain', value: deal.domain },
          { api_name: 'contact_email', value: deal.contact },
        ],
      })
      return z.looseObject({ key: z.string() }).parse(single.parse(data).data).key
    },
    async deals(): Promise<PortalDeal[]> {
      const deals: Record<string, unknown>[] = []
      for (let last: unknown; ;) {
        const params = { limit: 250, ...(last === undefined ? {} : { starting_after: last }) }
        const { data } = await http.get<unknown>('/deals', { params })
        const page = items.parse(data).data
        deals.push(...page.items)
        if (!page.has_more) break
        last = page.items.at(-1)?.['key']
      }
      return deals.map((deal) => {
        const fields = new Map(fieldValue.parse(deal['fields']).map(({ api_name, value }) => [api_name, text(value)]))
        return {
          key: text(deal['key']),
          company: text(deal['account_name']),
          partner: text(deal['partner_key']),
          status: fields.get('registration_status') ?? '',
          reason: fields.get('registration_reason') ?? '',
          protectedUntil: fields.get('protected_until') ?? '',
        }
      })
    },
    async deal(key: string): Promise<PortalDeal> {
      const found = (await this.deals()).find((deal) => deal.key === key)
      if (found === undefined) throw new Error(`the portal has no deal ${key}`)
      return found
    },
    async keyOf(list: 'groups' | 'tiers', name: string): Promise<string> {
      const { data } = await http.get<unknown>(`/${list}`, { params: { limit: 250 } })
      const found = items.parse(data).data.items.find((row) => row['name'] === name)
      if (found === undefined) throw new Error(`the portal has none of ${list} named ${name}`)
      return text(found['key'])
    },
    async addWebhook(target: string): Promise<void> {
      await http.post('/webhooks', {
        target,
        events: ['deal.created', 'deal.updated', 'partnership.created', 'partnership.updated'],
      })
    },
  }
}

export type Portal = ReturnType<typeof portalApi>

/** The Salesforce org. */
export async function salesforceApi(url: string, app: { clientId: string; clientSecret: string }) {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: app.clientSecret,
  })
  const { data } = await web.post<unknown>(`${url}/services/oauth2/token`, form)
  const { access_token: token, instance_url: instance } = z
    .object({ access_token: z.string(), instance_url: z.string() })
    .parse(data)
  const http = create({
    baseURL: `${instance}/services/data/v67.0`,
    headers: { authorization: `Bearer ${token}` },
  })
  return {
    async query(soql: string): Promise<Record<string, unknown>[]> {
      const answer = await http.get<unknown>('/query', { params: { q: soql } })
      return z.object({ records: z.array(z.record(z.string(), z.unknown())) }).parse(answer.data).records
    },
    async opportunities(where = ''): Promise<Record<string, unknown>[]> {
      return this.query(
        `SELECT Id, Name, StageName, Amount, CloseDate, Account.Name, Partner_Account__r.Name, Partner_Source__c, Registered_By__c, Registration_Status__c, Protected_Until__c FROM Opportunity ${where} ORDER BY Name`,
      )
    },
    async update(object: string, id: string, fields: Record<string, unknown>): Promise<void> {
      await http.patch(`/sobjects/${object}/${id}`, fields)
    },
    async create(object: string, fields: Record<string, unknown>): Promise<string> {
      const answer = await http.post<unknown>(`/sobjects/${object}`, fields)
      return z.object({ id: z.string() }).parse(answer.data).id
    },
  }
}

export type Salesforce = Awaited<ReturnType<typeof salesforceApi>>

const hubspotRecord = z.object({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) })
type HubSpotRecord = z.infer<typeof hubspotRecord>
const hubspotList = z.object({
  results: z.array(hubspotRecord),
  paging: z.object({ next: z.object({ after: z.string() }).optional() }).nullish(),
})

/** The HubSpot portal. */
export function hubspotApi(url: string, token: string) {
  const http: AxiosInstance = create({ baseURL: url, headers: { authorization: `Bearer ${token}` } })
  return {
    async list(type: 'deals' | 'companies', properties: string[]): Promise<HubSpotRecord[]> {
      const found: HubSpotRecord[] = []
      for (let after: string | undefined; ;) {
        const params = { limit: 100, properties: properties.join(','), ...(after === undefined ? {} : { after }) }
        const { data } = await http.get<unknown>(`/crm/v3/objects/${type}`, { params })
        const page = hubspotList.parse(data)
        found.push(...page.results)
        after = page.paging?.next?.after
        if (after === undefined) return found
      }
    },
    async deals() {
      return this.list('deals', [
        'dealname',
        'dealstage',
        'amount',
        'partner_source',
        'registered_by',
        'registration_status',
        'protected_until',
      ])
    },
    async companiesOf(dealId: string): Promise<{ id: string; labels: string[] }[]> {
      const { data } = await http.get<unknown>(`/crm/v4/objects/deals/${dealId}/associations/companies`)
      const parsed = z
        .object({
          results: z.array(
            z.object({
              toObjectId: z.union([z.string(), z.number()]),
              associationTypes: z.array(z.object({ label: z.string().nullable() })),
            }),
          ),
        })
        .parse(data)
      return parsed.results.map((row) => ({
        id: String(row.toObjectId),
        labels: row.associationTypes.flatMap((type) => (type.label === null ? [] : [type.label])),
      }))
    },
    async update(type: 'deals', id: string, properties: Record<string, string>): Promise<void> {
      await http.patch(`/crm/v3/objects/${type}/${id}`, { properties })
    },
  }
}

export type HubSpot = ReturnType<typeof hubspotApi>

export interface Mail {
  to: string
  subject: string
  text: string
}

const mails = z.object({
  messages: z.array(z.object({ to: z.array(z.string()), subject: z.string(), text: z.string() })),
})

/** The mailboxes of everybody. */
export function mailApi(url: string) {
  return {
    async to(address: string): Promise<Mail[]> {
      const { data } = await web.get<unknown>(`${url}/messages`, { params: { to: address } })
      return mails
        .parse(data)
        .messages.map(({ to, subject, text: body }) => ({ to: to.join(', '), subject, text: body }))
    },
  }
}

export type MailApi = ReturnType<typeof mailApi>

export function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}
