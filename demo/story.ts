/**
 * The story, chapter by chapter. Each chapter acts through the vendors' APIs (and, for the manager's decision, Causeway's), then
 * waits for what people would see: in the portal, in the CRMs, in their mail. Our own tables are never looked at.
 */
import { create } from 'axios'
import { z } from 'zod'
import { partners, people, type PartnerName } from './programme.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'
import { text, type PortalDeal } from './vendors.ts'

export interface Chapter {
  title: string
  play(stage: Stage, note: (line: string) => void): Promise<void>
}

/** Played one after another. */
export const opening: Chapter[] = [
  {
    title: 'A partner is onboarded in the portal and appears in both CRMs',
    async play({ portal, salesforce, hubspot }) {
      for (const partner of Object.values(partners)) {
        await portal.onboard({
          ...partner,
          group: await portal.keyOf('groups', partner.group),
          tier: await portal.keyOf('tiers', partner.tier),
          manager: people.manager,
        })
      }
      await until(
        'Salesforce has each partner as an account of type Partner',
        async () => (await salesforce.query("SELECT Id FROM Account WHERE Type = 'Partner'")).length === 3,
      )
      await until(
        'HubSpot has each partner as a company of type PARTNER',
        async () =>
          (await hubspot.list('companies', ['type'])).filter((c) => c.properties['type'] === 'PARTNER').length === 3,
      )
    },
  },
  {
    title: 'A clean registration is approved by rule and appears in Salesforce',
    async play(stage) {
      const key = await register(stage, 'nordwind', { company: 'Hafen AG', domain: 'hafen.com', amount: 24_000 })
      await portalSays(stage, key, 'approved')
      const deal = await opportunity(stage, 'Hafen AG', 'approved')
      expect('its source is Partner-Sourced', deal['Partner_Source__c'] === 'Partner-Sourced')
      expect('it is linked to the customer', text(nested(deal, 'Account')) === 'Hafen AG')
      expect('it is linked to the partner', text(nested(deal, 'Partner_Account__r')).startsWith('Nordwind'))
      expect('its protection has an end', text(deal['Protected_Until__c']) !== '')
      await mailed(stage, partners.nordwind.email, 'Approved: Hafen AG')
    },
  },
]

/** Played side by side: their clocks run at the same time. */
export const middle: Chapter[] = [
  {
    title: 'A company with an open direct deal raises a task; the manager declines with a reason',
    async play(stage, note) {
      const { salesforce } = stage
      const [account] = await salesforce.query("SELECT Id FROM Account WHERE Name = 'Brueckner Logistik GmbH'")
      await salesforce.create('Opportunity', {
        Name: 'Brueckner direct',
        AccountId: text(account?.['Id']),
        StageName: 'Qualification',
        CloseDate: '2027-03-31',
        Amount: 90_000,
      })
      const key = await register(stage, 'nordwind', {
        company: 'Brueckner Logistik',
        domain: 'brueckner-logistik.com',
        amount: 30_000,
      })
      await portalSays(stage, key, 'in-review')
      const asked = await mailed(stage, people.manager, 'Decision needed', 'Brueckner')
      expect('the task says why', asked.text.includes('open deal'))
      await kill(stage, 'serve', note)
      await decide(
        stage,
        'Brueckner Logistik',
        'decline',
        'Our sales team has been working with this company since spring.',
      )
      const deal = await portalSays(stage, key, 'declined')
      expect('the portal shows the reason', deal.reason.includes('since spring'))
      await mailed(stage, partners.nordwind.email, 'Declined: Brueckner')
      const deals = await salesforce.opportunities("WHERE Account.Name LIKE 'Brueckner%'")
      expect('no second deal was made', deals.length === 1)
    },
  },
  {
    title: 'Two partners register one company; the one that was submitted first wins although it arrives last',
    async play(stage, note) {
      await stage.loseNextWebhook()
      const first = await register(stage, 'alba', {
        company: 'Solarfeld GmbH',
        domain: 'solarfeld.com',
        amount: 18_000,
      })
      const second = await register(stage, 'nordwind', {
        company: 'Solarfeld',
        domain: 'www.solarfeld.com',
        amount: 20_000,
      })
      note('the webhook of the earlier one was lost')
      await portalSays(stage, first, 'approved')
      const loser = await portalSays(stage, second, 'declined')
      expect('the later one is told why', loser.reason.includes('before'))
      expect('and not by whom', !JSON.stringify(loser).toLowerCase().includes('alba'))
      await mailed(stage, partners.alba.email, 'Approved: Solarfeld')
      await mailed(stage, partners.alba.email, 'Another partner registered Solarfeld')
      await mailed(stage, partners.nordwind.email, 'Declined: Solarfeld')
    },
  },
  {
    title: 'One waits past its deadline and is escalated',
    async play(stage) {
      const key = await register(stage, 'nordwind', { company: 'Voltwerk SE', domain: 'voltwerk.com', amount: 250_000 })
      await portalSays(stage, key, 'in-review')
      await mailed(stage, people.manager, 'Voltwerk', 'Decision needed')
      await mailed(stage, people.manager, 'Voltwerk', 'Reminder')
      await mailed(stage, people.director, 'Voltwerk', 'Overdue')
    },
  },
  {
    title: 'One is approved, its exclusivity runs out, and it lapses with notices',
    async play(stage, note) {
      const key = await register(stage, 'trial', { company: 'Kranbau Nord', domain: 'kranbau-nord.com', amount: 9_000 })
      const approved = await portalSays(stage, key, 'approved')
      await opportunity(stage, 'Kranbau Nord', 'approved')
      await kill(stage, 'temporal', note)
      await portalSays(stage, key, 'lapsed')
      expect('it did not lapse before its time', Date.now() >= Date.parse(approved.protectedUntil))
      await opportunity(stage, 'Kranbau Nord', 'lapsed')
      await mailed(stage, partners.trial.email, 'Lapsed: Kranbau')
      await mailed(stage, people.manager, 'Lapsed: Kranbau')
    },
  },
  {
    title: 'One is won in HubSpot and the portal learns it',
    async play(stage, note) {
      const key = await register(stage, 'alba', { company: 'Tannenhof', domain: 'tannenhof.com', amount: 41_500 })
      await portalSays(stage, key, 'approved')
      const deal = await hubspotDeal(stage, 'Tannenhof', 'approved')
      const labels = (
        await until('HubSpot links customer and partner', async () => {
          const companies = await stage.hubspot.companiesOf(deal.id)
          return companies.length === 2 ? companies : null
        })
      ).flatMap((company) => company.labels)
      expect('the partner is labelled', labels.includes('Sourcing partner'))
      await kill(stage, 'postgres', note)
      await stage.hubspot.update('deals', deal.id, { dealstage: 'closedwon' })
      await portalSays(stage, key, 'won')
      await hubspotDeal(stage, 'Tannenhof', 'won')
      await mailed(stage, partners.alba.email, 'Won: Tannenhof')
    },
  },
]

/** Played at the end, on what the opening made. */
export const closing: Chapter[] = [
  {
    title: 'A manager’s edit of a deal in the CRM survives our next write',
    async play(stage) {
      const before = await opportunity(stage, 'Hafen AG', 'approved')
      await stage.salesforce.update('Opportunity', text(before['Id']), { Amount: 31_337, CloseDate: '2027-06-30' })
      await stage.salesforce.update('Opportunity', text(before['Id']), { StageName: 'Closed Won' })
      const after = await opportunity(stage, 'Hafen AG', 'won')
      expect('the amount is the manager’s', after['Amount'] === 31_337)
      expect('the close date is the manager’s', after['CloseDate'] === '2027-06-30')
    },
  },
  {
    title: 'Nothing was doubled, and nothing unknown was asked of a vendor',
    async play({ portal, salesforce, hubspot, mail, sandboxes }) {
      const deals = await portal.deals()
      expect('seven registrations stand in the portal', deals.length === 7)
      expect(
        'each has a status',
        deals.every((deal) => deal.status !== ''),
      )
      expect('Salesforce has three deals', (await salesforce.opportunities()).length === 3)
      expect('HubSpot has two deals', (await hubspot.deals()).length === 2)
      const subjects = (await mail.to(partners.nordwind.email)).map((message) => message.subject)
      expect('no mail came twice', new Set(subjects).size === subjects.length)
      for (const sandbox of sandboxes.all) {
        const unknown = await sandbox.control.unknown()
        expect(`${sandbox.vendor} knew every request`, unknown.length === 0)
      }
    },
  },
]

async function register(
  { portal }: Stage,
  partner: PartnerName,
  deal: { company: string; domain: string; amount: number },
): Promise<string> {
  return portal.register({
    ...deal,
    partner: partners[partner].key,
    contact: `einkauf@${deal.domain.replace(/^www\./, '')}`,
  })
}

function portalSays({ portal }: Stage, key: string, status: string): Promise<PortalDeal> {
  return until(`the portal says ${status}`, async () => {
    const deal = await portal.deal(key)
    return deal.status === status ? deal : null
  })
}

function opportunity({ salesforce }: Stage, company: string, status: string): Promise<Record<string, unknown>> {
  return until(`Salesforce has the deal of ${company} as ${status}`, async () => {
    const [deal] = await salesforce.opportunities(
      `WHERE Name LIKE '${company}%' AND Registration_Status__c = '${status}'`,
    )
    return deal
  })
}

function hubspotDeal(
  { hubspot }: Stage,
  company: string,
  status: string,
): Promise<{ id: string; properties: Record<string, string | null> }> {
  return until(`HubSpot has the deal of ${company} as ${status}`, async () =>
    (await hubspot.deals()).find(
      ({ properties }) =>
        properties['dealname']?.startsWith(company) === true && properties['registration_status'] === status,
    ),
  )
}

function mailed({ mail }: Stage, to: string, ...words: string[]): Promise<{ subject: string; text: string }> {
  return until(`a mail to ${to} with “${words.join('”, “')}” in its subject`, async () =>
    (await mail.to(to)).find(({ subject }) => words.every((word) => subject.includes(word))),
  )
}

const taskList = z.object({ items: z.array(z.looseObject({ id: z.string(), company: z.string().nullish() })) })

/** The manager decides; the decision is taken even while other parts are down. */
async function decide(
  { causeway }: Stage,
  company: string,
  decision: 'approve' | 'decline',
  reason: string,
): Promise<void> {
  await until(`the decision on ${company} is taken`, async () => {
    const { url, key } = await causeway()
    const http = create({ baseURL: `${url}/api/v1`, headers: { authorization: `Bearer ${key}` }, timeout: 5_000 })
    const { data } = await http.get<unknown>('/tasks', { params: { state: 'open' } })
    const task = taskList.parse(data).items.find((item) => item.company === company)
    if (task === undefined) return null
    await http.post(`/tasks/${task.id}/decision`, { decision, reason })
    return true
  })
}

/** SIGKILL, as a machine that loses its mind would: no part is warned. */
async function kill(
  { embedded }: Stage,
  part: 'serve' | 'temporal' | 'postgres',
  note: (line: string) => void,
): Promise<void> {
  const pid = embedded.states()[part]?.pid ?? null
  if (pid === null) throw new Error(`${part} is not running`)
  process.kill(pid, 'SIGKILL')
  note(`${part} was killed (SIGKILL)`)
  await until(`${part} runs again`, () => {
    const state = embedded.states()[part]
    return Promise.resolve(state?.status === 'running' && state.pid !== pid)
  })
}

function expect(what: string, holds: boolean): void {
  if (!holds) throw new Error(`did not hold: ${what}`)
}

function nested(record: Record<string, unknown>, relation: string): unknown {
  return z.looseObject({ Name: z.string() }).safeParse(record[relation]).data?.Name
}
