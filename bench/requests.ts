/** What is asked of the vendors: call by call for one registration, and by route for many at once; and what memory that takes. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { LoggedRequest } from '../sandbox/framework/request-log.ts'
import { until } from '../demo/until.ts'
import { registrationId } from './history.ts'
import { memoryOf, memoryTable, type Memory } from './memory.ts'
import { seconds, type Section, type Table } from './report.ts'
import { crmNames, crms, setScene, type Crm, type Scene } from './scene.ts'
import { isToken, whyOf, type Written } from './why.ts'

const TARGET = { crmAtApproval: 4, portalAStatus: 1, crmInBurst: 0.3 }

/** Longer than any lag that the connectors allow for, so that what is asked afterwards shows too. */
const AFTERMATH_MS = 35_000

const connections = ['portal', 'sales', 'growth'] as const
type Connection = (typeof connections)[number]
const vendorOf = { portal: 'PartnerStack', ...crmNames }

interface Asked extends LoggedRequest {
  connection: Connection
}

/** Polls are out of the way: an hour apart, so that every request has a cause that the page can name. */
export async function requestSections(wish: {
  dataDir: string
  burst: number
  say: (line: string) => void
}): Promise<{ requests: Section; memory: Section }> {
  const scene = await setScene({ ...wish, poll: '1h' })
  try {
    const atStart = await memoryOf(scene.stage.embedded.states())
    const singles: Table[] = []
    const targets: Table['rows'] = []
    for (const crm of crms) {
      wish.say(`one registration for ${crmNames[crm]}`)
      await approved(scene, [(await scene.submit(crm)).key]) // makes the partner's record and the connections
      await pause(AFTERMATH_MS)
      const { table, rows } = await single(scene, crm, wish.dataDir)
      singles.push(table)
      targets.push(...rows)
    }
    const bursts: Table[] = []
    const memory: Memory[] = [atStart]
    for (const crm of crms) {
      wish.say(`${String(wish.burst)} registrations at once for ${crmNames[crm]}`)
      const { table, rows } = await burst(scene, crm, wish.burst)
      bursts.push(table)
      targets.push(...rows)
      memory.push(await memoryOf(scene.stage.embedded.states()))
    }
    return {
      requests: requestsSection(wish.burst, targets, singles, bursts),
      memory: memorySection(wish.burst, memory),
    }
  } finally {
    await scene.close()
  }
}

function requestsSection(count: number, targets: Table['rows'], singles: Table[], bursts: Table[]): Section {
  return {
    name: 'requests',
    title: 'Requests to the vendors',
    notes: [
      'Every HTTP request that the vendors’ stand-ins logged, except those for tokens. Polls are set an hour apart, so that none is among them: at the default of 25 s each object of each connection is asked some two times a minute besides, whatever happens.',
      'Until a claim is ruled, the portal and all CRMs are read once after it was heard of; claims that come together share these readings.',
      `The burst is ${String(count)} registrations made in the portal by one import, all for one CRM. PartnerStack has no call that updates many deals, so each status costs one PATCH and is counted apart.`,
    ],
    tables: [
      { caption: 'Against the targets', head: ['what', 'measured', 'target', ''], rows: targets },
      ...singles,
      ...bursts,
    ],
  }
}

function memorySection(count: number, memory: Memory[]): Section {
  const titles = ['at start', ...crms.map((crm) => `after ${String(count)} for ${crmNames[crm]}`)]
  return {
    name: 'memory',
    title: 'Memory',
    notes: [
      'Resident memory (VmRSS) of the main process of each part, its highest value so far (VmHWM), and the part with its children, shared pages counted once (PSS). The stand-ins run elsewhere.',
    ],
    tables: [memoryTable(titles, memory)],
  }
}

async function single(scene: Scene, crm: Crm, dataDir: string): Promise<{ table: Table; rows: Table['rows'] }> {
  await forget(scene)
  const began = Date.now()
  const { key } = await scene.submit(crm)
  const ruledAt = await approved(scene, [key])
  const quietAt = new Date().toISOString()
  await pause(AFTERMATH_MS)
  const written = await writtenIn(dataDir)
  const asked = (await requestsOf(scene)).filter(({ method, path }) => method !== 'POST' || !path.endsWith('/v2/deals'))
  const phaseOf = ({ at }: Asked) => (at < ruledAt ? 'until ruled' : at <= quietAt ? 'approval' : 'later')
  const count = (phase: string, which: (request: Asked) => boolean) =>
    asked.filter((request) => phaseOf(request) === phase && which(request)).length
  const home = count('approval', ({ connection }) => connection === crm)
  const patches = asked.filter(isPatch).length
  const shown = await statusesShown(scene, [key])
  const name = crmNames[crm]
  return {
    table: {
      caption: `One registration for ${name}: every request`,
      head: ['after', 'phase', 'to', 'request', 'why'],
      rows: asked.map((request) => [
        seconds(Date.parse(request.at) - began),
        phaseOf(request),
        vendorOf[request.connection],
        request.route ?? `${request.method} ${request.path}`,
        whyOf(request.connection, request, written),
      ]),
    },
    rows: [
      against(`${name}: requests to the CRM at approval`, home, TARGET.crmAtApproval),
      against(
        `${name}: PATCHes to the portal for each of ${String(shown.length)} statuses (${shown.join(', ')})`,
        Number((patches / shown.length).toFixed(2)),
        TARGET.portalAStatus,
      ),
      [`${name}: requests to both CRMs until the claim is ruled`, count('until ruled', isCrm), '', ''],
      [`${name}: requests to both CRMs later, with nothing new`, count('later', isCrm), '', ''],
    ],
  }
}

async function burst(scene: Scene, crm: Crm, count: number): Promise<{ table: Table; rows: Table['rows'] }> {
  await forget(scene)
  const began = Date.now()
  const keys = await scene.submitMany(crm, count)
  await approved(scene, keys, 300_000)
  const tookMs = Date.now() - began
  const asked = await requestsOf(scene)
  const by = (which: (request: Asked) => boolean) => asked.filter(which).length
  const perRegistration = (n: number) => Number((n / count).toFixed(3))
  const patches = by(isPatch)
  const portalReads = asked.length - by(isCrm) - patches
  const shown = (await statusesShown(scene, keys)).length
  const routes = Map.groupBy(asked, (r) => `${vendorOf[r.connection]}\n${r.route ?? `${r.method} ${r.path}`}`)
  const name = crmNames[crm]
  return {
    table: {
      caption: `${String(count)} registrations for ${name} at once: requests by route, done in ${seconds(tookMs)} (${(count / (tookMs / 1000)).toFixed(1)} a second)`,
      head: ['to', 'route', 'requests', 'a registration', 'answers'],
      rows: [...routes]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, some]) => [...id.split('\n'), some.length, perRegistration(some.length), answersOf(some)]),
    },
    rows: [
      against(
        `${name}: requests to the CRMs a registration, ${String(count)} at once`,
        perRegistration(by(isCrm)),
        TARGET.crmInBurst,
      ),
      against(
        `${name}: PATCHes to the portal a status (${String(patches)} for ${String(shown)}), ${String(count)} at once`,
        Number((patches / shown).toFixed(2)),
        TARGET.portalAStatus,
      ),
      [
        `${name}: other requests to the portal a registration, ${String(count)} at once`,
        perRegistration(portalReads),
        '',
        '',
      ],
    ],
  }
}

const isCrm = ({ connection }: Asked): boolean => connection !== 'portal'
const isPatch = ({ connection, method }: Asked): boolean => connection === 'portal' && method === 'PATCH'

const portalDeal = z.looseObject({
  key: z.string(),
  field_data: z.looseObject({ registration_status: z.string().nullish() }),
})

/** Every status that each of these deals has shown, in order, by what the portal told its webhooks. */
async function statusesShown({ stage }: Scene, keys: string[]): Promise<string[]> {
  const asked = new Set(keys)
  const shown = new Map<string, string>()
  for (const { body } of await stage.sandboxes.partnerstack.control.webhooks.deliveries()) {
    if (!body.includes('registration_status')) continue
    const { data } = portalDeal.safeParse(JSON.parse(body))
    const status = data?.field_data.registration_status ?? ''
    if (data !== undefined && status !== '' && asked.has(data.key)) shown.set(`${data.key} ${status}`, status)
  }
  return [...shown.values()]
}

/** `200: 12, 429: 1`. */
function answersOf(some: Asked[]): string {
  return [...Map.groupBy(some, ({ status }) => status)]
    .map(([status, those]) => `${String(status)}: ${String(those.length)}`)
    .join(', ')
}

function against(what: string, measured: number, target: number): (string | number)[] {
  return [what, measured, `≤ ${String(target)}`, measured <= target ? 'met' : 'missed']
}

/** Waits until all are approved, and all that follows is out; answers when the first was ruled. Asks no vendor. */
async function approved(scene: Scene, keys: string[], deadlineMs = 60_000): Promise<string> {
  await until(
    'all are approved',
    async () => {
      const { rows } = await scene.db.execute<{ n: string }>(sql`
        select count(*) as n from links l join registrations r on r.id = l.record_id
        where l.connection = 'portal' and l.external_id in ${keys} and r.state = 'approved'`)
      if (rows[0]?.n !== String(keys.length)) throw new Error(`${String(rows[0]?.n)} of ${String(keys.length)}`)
      return true
    },
    deadlineMs,
  )
  await scene.quiet(deadlineMs)
  const id = await registrationId(scene, keys[0] ?? '')
  const { rows } = await scene.db.execute<{ at: string }>(
    sql`select at from events where subject_id = ${id} and what = 'registration.approved'`,
  )
  return new Date(rows[0]?.at ?? 0).toISOString()
}

async function forget({ stage }: Scene): Promise<void> {
  for (const { control } of stage.sandboxes.all) await control.requests.clear()
}

async function requestsOf({ stage }: Scene): Promise<Asked[]> {
  const { partnerstack: portal, salesforce: sales, hubspot: growth } = stage.sandboxes
  const vendors = { portal, sales, growth }
  const all: Asked[] = []
  for (const connection of connections) {
    const logged = await vendors[connection].control.requests.list()
    all.push(...logged.filter((request) => !isToken(request)).map((request) => ({ ...request, connection })))
  }
  return all.toSorted((a, b) => (a.at < b.at ? -1 : 1))
}

const line = z.looseObject({
  message: z.literal('written'),
  timestamp: z.string(),
  connection: z.string(),
  object: z.string(),
})

/** The log lines of `causeway serve` that tell of writes. */
async function writtenIn(dataDir: string): Promise<Written[]> {
  const log = await readFile(join(dataDir, 'serve.log'), 'utf8')
  return log.split('\n').flatMap((text) => {
    if (!text.includes('"written"')) return []
    const parsed = line.safeParse(JSON.parse(text))
    if (!parsed.success) return []
    const { timestamp: at, connection, object } = parsed.data
    return [{ at, connection, object }]
  })
}
