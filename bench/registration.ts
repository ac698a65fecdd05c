/** How long a registration takes from the portal to the CRM, and until the portal shows the answer: one at a time on an idle system. */
import { setTimeout as pause } from 'node:timers/promises'
import { seconds, spreadOf, type Section, type Table } from './report.ts'
import { crmNames, crms, firstSeen, setScene, type Crm, type Scene } from './scene.ts'

interface Times {
  crmMs: number
  portalMs: number
}

/** The default, and one that lets twenty registrations be waited for. */
const variants = [
  { how: 'webhook', poll: '30s', longestPauseMs: 500 },
  { how: 'polling every 5 s', poll: '5s', longestPauseMs: 5_000 },
] as const

export async function registrationSection(wish: {
  dataDir: string
  runs: number
  say: (line: string) => void
}): Promise<Section> {
  const rows: Table['rows'] = []
  for (const variant of variants) {
    const scene = await setScene({ ...wish, poll: variant.poll })
    try {
      await prepare(scene, variant.how === 'webhook')
      for (const crm of crms) {
        await timed(scene, crm) // the first one makes connections and the partner's record
        const times: Times[] = []
        while (times.length < wish.runs) {
          await scene.quiet()
          // Not in step with the polls.
          await pause(Math.random() * variant.longestPauseMs)
          times.push(await timed(scene, crm))
          wish.say(`${crmNames[crm]}, ${variant.how}: ${String(times.length)} of ${String(wish.runs)}`)
        }
        rows.push(
          row(
            `${crmNames[crm]}, ${variant.how}`,
            'CRM has the deal',
            times.map((t) => t.crmMs),
          ),
          row(
            `${crmNames[crm]}, ${variant.how}`,
            'portal says approved',
            times.map((t) => t.portalMs),
          ),
        )
      }
    } finally {
      await scene.close()
    }
  }
  return {
    name: 'registration',
    title: 'From the portal to the CRM',
    notes: [
      'One registration at a time on an idle system: from just before it is posted to the portal’s API until the deal can be read through the CRM’s API, and until the portal’s API shows the status.',
      'The registration is approved by rule; its claim is ruled once the portal and both CRMs were read after it was heard of.',
      'Without the webhook it waits for the next poll, on average half the interval; the default interval is 25 s.',
    ],
    tables: [
      {
        caption: 'Latency of a registration',
        head: ['CRM and trigger', 'until', 'n', 'min', 'p50', 'p95', 'max', 'p95 / p50'],
        rows,
      },
    ],
  }
}

async function prepare({ stage }: Scene, withWebhook: boolean): Promise<void> {
  // The looks below share the account's allowance with what is measured; here they must not slow it.
  await stage.sandboxes.hubspot.control.switches.set({ tenSecondLimit: 100_000 })
  if (!withWebhook) await stage.sandboxes.partnerstack.control.webhooks.set({ dropNext: 1_000_000 })
}

async function timed(scene: Scene, crm: Crm): Promise<Times> {
  const { stage } = scene
  const began = performance.now()
  const { key, company } = await scene.submit(crm)
  const [crmSeen, portalSeen] = await Promise.all([
    firstSeen(`${company} in ${crmNames[crm]}`, () => hasDeal(scene, crm, company)),
    firstSeen(
      `approved in the portal for ${company}`,
      async () => (await stage.portal.deal(key)).status === 'approved',
    ),
  ])
  return { crmMs: crmSeen - began, portalMs: portalSeen - began }
}

/** HubSpot lists a hundred deals a page; a section makes fewer in it. */
async function hasDeal({ stage }: Scene, crm: Crm, company: string): Promise<boolean> {
  if (crm === 'sales')
    return (await stage.salesforce.query(`SELECT Id FROM Opportunity WHERE Name LIKE '${company}%'`)).length > 0
  const deals = await stage.hubspot.list('deals', ['dealname'])
  return deals.some(({ properties }) => properties['dealname']?.startsWith(`${company} `) === true)
}

function row(what: string, reached: string, values: number[]): (string | number)[] {
  const { n, min, p50, p95, max } = spreadOf(values)
  return [what, reached, n, seconds(min), seconds(p50), seconds(p95), seconds(max), (p95 / p50).toFixed(1)]
}
