/** How many events a registration's process leaves in Temporal's history, over its whole life. */
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import proto from '@temporalio/proto'
import { until } from '../demo/until.ts'
import { text } from '../demo/vendors.ts'
import type { Section } from './report.ts'
import { setScene, type Scene } from './scene.ts'

const { EventType } = proto.temporal.api.enums.v1

/** The longest history that a whole life should leave: tasks a second cost the cluster, and a bill, by events. */
const TARGET = 40

/** A programme whose weeks are seconds; a process leaves the same events however long its timers are. */
const policy = `
  version: bench-lives
  autoApprove: { upTo: 50000, currency: USD }
  decision: { within: 120s, remindAfter: 3s, approver: manager@vendor.example, escalateTo: director@vendor.example }
  exclusivity: { for: 12s, remindBefore: 6s }
`

interface Life {
  title: string
  live: (scene: Scene) => Promise<string>
}

const lives: Life[] = [
  {
    title: 'approved by rule → won in the CRM',
    async live(scene) {
      const { key, company } = await scene.submit('sales')
      await portalSays(scene, key, 'approved')
      await winInCrm(scene, company)
      await portalSays(scene, key, 'won')
      return key
    },
  },
  {
    title: 'approved by rule → reminded → lapsed',
    async live(scene) {
      const { key } = await scene.submit('sales')
      await portalSays(scene, key, 'lapsed')
      return key
    },
  },
  {
    title: 'a person asked → reminded → decided → partner reminded → lapsed',
    async live(scene) {
      const { key, company } = await scene.submit('sales', 90_000)
      await reminded(scene, company)
      await decide(scene, company)
      await portalSays(scene, key, 'lapsed')
      return key
    },
  },
]

export async function historySection(wish: { dataDir: string; say: (line: string) => void }): Promise<Section> {
  const scene = await setScene({ ...wish, poll: '2s', policy })
  const rows: (string | number)[][] = []
  const kinds: Record<string, Record<string, number>> = {}
  try {
    for (const { title, live } of lives) {
      wish.say(`a life: ${title}`)
      const key = await live(scene)
      await scene.quiet()
      const { events, executions, byType } = await historyOf(scene, await registrationId(scene, key))
      rows.push([title, events, TARGET, events <= TARGET ? 'met' : 'missed', executions])
      kinds[title] = byType
    }
  } finally {
    await scene.close()
  }
  const types = [...new Set(Object.values(kinds).flatMap((byType) => Object.keys(byType)))].toSorted()
  return {
    name: 'history',
    title: 'Workflow history of a registration',
    notes: [
      'Events in the histories that the Temporal server keeps of one registration, all its executions together.',
      'The CRM and the portal are polled every 2 s, fifteen times the default, so that wakes from polls weigh more here than in use.',
    ],
    tables: [
      { caption: 'Events in a whole life', head: ['life', 'events', 'target', '', 'executions'], rows },
      {
        caption: 'Events by type',
        head: ['type', ...lives.map((_, i) => `life ${String(i + 1)}`)],
        rows: types.map((type) => [type, ...lives.map(({ title }) => kinds[title]?.[type] ?? 0)]),
      },
    ],
  }
}

async function portalSays({ stage }: Scene, key: string, status: string): Promise<void> {
  await until(
    `the portal says ${status}`,
    async () => {
      const deal = await stage.portal.deal(key)
      if (deal.status !== status) throw new Error(`it says ${deal.status}`)
      return true
    },
    90_000,
  )
}

async function winInCrm({ stage }: Scene, company: string): Promise<void> {
  const deal = await until(
    'the CRM has the deal',
    async () => (await stage.salesforce.opportunities(`WHERE Name LIKE '${company}%'`))[0],
  )
  await stage.salesforce.update('Opportunity', text(deal['Id']), { StageName: 'Closed Won' })
}

async function reminded({ stage }: Scene, company: string): Promise<void> {
  await until('the manager is reminded', async () => {
    const mails = await stage.mail.to('manager@vendor.example')
    return mails.some(({ subject }) => subject.includes('Reminder') && subject.includes(company))
  })
}

const tasks = z.object({ items: z.array(z.looseObject({ id: z.string(), company: z.string().nullish() })) })

async function decide({ stage }: Scene, company: string): Promise<void> {
  const { url, key } = await stage.causeway()
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const open = await fetch(`${url}/api/v1/tasks?state=open`, { headers })
  const task = tasks.parse(await open.json()).items.find((item) => item.company === company)
  if (task === undefined) throw new Error(`no task for ${company}`)
  const body = JSON.stringify({ decision: 'approve', reason: 'A fit.' })
  const decided = await fetch(`${url}/api/v1/tasks/${task.id}/decision`, { method: 'POST', headers, body })
  if (!decided.ok) throw new Error(`the decision was answered with ${String(decided.status)}`)
}

export async function registrationId({ db }: Scene, key: string): Promise<string> {
  const { rows } = await db.execute<{ id: string }>(
    sql`select record_id as id from links where connection = 'portal' and object = 'deals' and external_id = ${key}`,
  )
  const [row] = rows
  if (row === undefined) throw new Error(`the portal's deal ${key} is not known`)
  return row.id
}

/** A signal that comes after the end starts a short execution more: all of them count. */
async function historyOf(
  { temporal: client }: Scene,
  id: string,
): Promise<{ events: number; executions: number; byType: Record<string, number> }> {
  const workflowId = `registration/${id}`
  const runIds = await until('the executions are listed as ended', async () => {
    const found: string[] = []
    for await (const execution of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      if (execution.status.name === 'RUNNING') return null
      found.push(execution.runId)
    }
    return found.length === 0 ? null : found
  })
  const byType: Record<string, number> = {}
  let events = 0
  for (const runId of runIds) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory()
    for (const { eventType } of history.events ?? []) {
      const type = nameOf(eventType ?? 0)
      byType[type] = (byType[type] ?? 0) + 1
      events += 1
    }
  }
  return { events, executions: runIds.length, byType }
}

/** `EVENT_TYPE_TIMER_FIRED` → `TimerFired`, as Temporal's own tools show it. */
function nameOf(type: number): string {
  const name = EventType[type] ?? String(type)
  return name
    .replace('EVENT_TYPE_', '')
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')
}
