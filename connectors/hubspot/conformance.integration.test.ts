/** The common suite, once for each position of the sandbox's switches that the connector can meet. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { until } from '../../test/setup/until.ts'
import { sandboxFaults } from '../conformance/sandbox-faults.ts'
import type { ObjectHands, Subject } from '../conformance/subject.ts'
import { conformance } from '../conformance/suite.ts'
import type { Fields } from '../contract.ts'
import { hubspot } from './index.ts'
import { oauthSettings, startRig } from './rig.test-support.ts'
import type { Rig } from './rig.test-support.ts'

const lagMs = 30_000
/** The id of the type of `p_registrations`, which its webhooks name. */
const registrationType = '2-4570001'

interface Position {
  switches?: SwitchSet
  settings?: Record<string, unknown>
}

const positions: Record<string, Position> = {
  'as documented': { settings: { clientSecret: 'webhook-secret', leads: 'object', tasks: true } },
  'every open question the other way, a search that lags half a minute, and OAuth': {
    switches: {
      searchLagMs: lagMs,
      missingInBatchRead: 'fewer',
      mergeKeepsPrimary: true,
      echoTraceIds: true,
      writeAnswers: 'all',
      noopWritesTouch: false,
      firstCompanyBecomesPrimary: true,
      mergedIds: 'last',
      updatedByUser: false,
      uniqueIgnoresCase: false,
      associationsTouch: true,
      associationBatchCreate: 100,
      associationBatchRead: 100,
      tenSecondLimit: 250,
    },
    settings: {
      ...oauthSettings,
      leads: 'object',
      linksTouch: true,
      searchLagMs: lagMs,
      associationReadBatch: 100,
      associationWriteBatch: 100,
    },
  },
}

for (const [name, position] of Object.entries(positions)) {
  conformance({ name: `hubspot, ${name}`, start: () => start(position) })
}

async function start({ switches = {}, settings = {} }: Position): Promise<Subject> {
  // The five a second are tried beside this suite; here they would only cost time.
  const rig = await startRig(
    { searchPerSecond: 1000, ...switches },
    { searchesPerSecond: 1000, customObjects: [{ object: registrationType, kind: 'registration' }], ...settings },
  )
  const secret = String(settings['clientSecret'])
  const bad = 'refreshToken' in settings ? { refreshToken: 'wrong' } : { accessToken: 'wrong' }
  const partner = await createPartner(rig)
  return {
    connect: ({ deadlineMs = 5000, credentials = 'good' } = {}) =>
      rig.connect(credentials === 'bad' ? bad : {}, { deadlineMs }),
    mappings: hubspot.mappings(rig.settings()),
    objects: [
      companies(rig),
      contacts(rig, partner),
      deals(rig),
      leads(rig),
      registrations(rig),
      ...(settings['tasks'] === true ? [tasks(rig)] : []),
    ],
    ...sandboxFaults(rig.sandbox.control, {
      read: ['GET *', 'POST */search', 'POST */batch/read'],
      write: ['POST */batch/update', 'POST */batch/upsert', 'POST */objects/:type/batch/create'],
    }),
    settle: () => rig.tick(lagMs + 1000),
    expireTokens: async () => {
      await rig.sandbox.control.seed({ expireTokens: true })
    },
    webhooks: {
      signed: true,
      async delivery(object, id) {
        // Of tasks nothing is subscribed to.
        if (object === 'tasks') return null
        // Nobody listens there: the sandbox keeps what it tried to send.
        const url = `http://127.0.0.1:1/webhooks/hubspot%2F${object}?id=${id}`
        await rig.sandbox.control.webhooks.setTarget({ url, secret })
        await edit(rig, object === registrationType ? 'p_registrations' : object, id, 1)
        const sent = await until(async () => {
          const deliveries = await rig.sandbox.control.webhooks.deliveries()
          return deliveries.findLast(({ url: to, attempts }) => to === url && attempts.length > 0) ?? null
        })
        await rig.sandbox.control.webhooks.removeTarget()
        const request = { method: 'POST', url, headers: sent.headers, body: Buffer.from(sent.body), nowMs: rig.nowMs() }
        return { request, hints: [{ object, id }] }
      },
    },
    stop: () => rig.close(),
  }
}

function companies(rig: Rig): ObjectHands {
  return {
    ...hands(rig, 'companies', 'name', { name: 'Company' }),
    fields: ['name', 'domain', 'country', 'type', 'partner_tier'],
    refused: { type: 'NO_SUCH_TYPE' },
  }
}

async function createPartner(rig: Rig): Promise<string> {
  const create = [{ type: 'companies', properties: { name: 'Partner', type: 'PARTNER' } }]
  return seeded.parse(await rig.sandbox.control.seed({ create })).created[0] ?? ''
}

/** A partner's people: others are none of ours. */
function contacts(rig: Rig, partner: string): ObjectHands {
  const common = hands(rig, 'contacts', 'firstname', { lastname: 'Person' })
  return {
    ...common,
    fields: ['firstname', 'lastname', 'fullName', 'email', 'partnerCompanyId', 'contactKind', 'partner_role'],
    async create(count, { sameInstant = false } = {}) {
      const refs = Array.from({ length: count }, (_, n) => `p${String(n)}`)
      const document = {
        create: refs.map((ref) => ({ type: 'contacts', properties: { lastname: 'Person' }, ref })),
        associate: refs.map((ref) => ({
          from: { type: 'contacts', id: ref },
          to: { type: 'companies', id: partner },
          label: 'Primary',
        })),
        ...(sameInstant ? { at: rig.nowMs() } : {}),
      }
      return seeded.parse(await rig.sandbox.control.seed(document)).created
    },
    createFields: (n) => ({ partnerCompanyId: partner, email: `person-${String(n)}@partner.example` }),
    refused: { lifecyclestage: 'nowhere' },
  }
}

function leads(rig: Rig): ObjectHands {
  return {
    ...hands(rig, 'leads', 'hs_lead_name', { hs_lead_name: 'Lead' }),
    fields: ['hs_lead_name', 'lead_direction', 'lead_partner', 'lead_email', 'lead_status'],
    refused: { lead_direction: 'Nowhere' },
  }
}

/** Of a user's tasks only ours are read. */
function tasks(rig: Rig): ObjectHands {
  const due = '2027-03-31T09:00:00.000Z'
  return {
    ...hands(rig, 'tasks', 'hs_task_subject', () => ({ hs_timestamp: due, causeway_id: randomUUID() })),
    fields: ['hs_task_subject', 'hs_timestamp', 'taskState', 'hubspot_owner_id', 'causeway_decision', 'changedByOwner'],
    createFields: () => ({ hs_timestamp: due, taskState: 'open' }),
    refused: { causeway_decision: 'Nowhere' },
  }
}

/** An object that the account defined. */
function registrations(rig: Rig): ObjectHands {
  return {
    ...hands(rig, 'p_registrations', 'registration_name', { registration_name: 'Registration', company: 'Hafen AG' }),
    object: registrationType,
    fields: ['registration_name', 'company', 'partner', 'amount', 'status', 'submitted_at'],
    refused: { status: 'Nowhere' },
  }
}

function deals(rig: Rig): ObjectHands {
  const fresh = { dealname: 'Deal', dealstage: 'qualifiedtobuy', pipeline: 'default', closedate: '2027-03-31' }
  return {
    ...hands(rig, 'deals', 'dealname', fresh),
    fields: [
      'dealname',
      'amount',
      'closedate',
      'dealstage',
      'dealStatus',
      'companyId',
      'partnerCompanyId',
      'partner_source',
    ],
    createFields: (n) => ({ closedate: '2027-03-31', amount: `${n}.50`, partner_source: 'Partner-Sourced' }),
    refused: { partner_source: 'Nowhere' },
  }
}

const seeded = z.object({ created: z.array(z.string()) })
const dumped = z.record(
  z.string(),
  z.array(
    z.looseObject({
      id: z.string().optional(),
      archived: z.boolean().optional(),
      properties: z.record(z.string(), z.string().nullable()).optional(),
    }),
  ),
)

function hands(
  rig: Rig,
  object: string,
  mark: string,
  fresh: Fields | (() => Fields),
): Omit<ObjectHands, 'fields' | 'refused'> {
  let edits = 1
  return {
    object,
    async create(count, { sameInstant = false } = {}) {
      const create = Array.from({ length: count }, () => ({
        type: object,
        properties: typeof fresh === 'function' ? fresh() : fresh,
      }))
      return seeded.parse(await rig.sandbox.control.seed({ create, ...(sameInstant ? { at: rig.nowMs() } : {}) }))
        .created
    },
    async edit(id) {
      edits += 1
      await edit(rig, object, id, edits)
    },
    async state() {
      const rows = dumped.parse(await rig.sandbox.control.state())[object] ?? []
      return rows
        .filter((row) => row.archived !== true)
        .map((row) => ({
          id: row.id ?? '',
          key: row.properties?.['causeway_id'] ?? null,
          mark: row.properties?.[mark] ?? null,
        }))
    },
    change: (n) => ({ fields: { [mark]: `Mark ${n}` }, mark: `Mark ${n}` }),
    modes: ['update', 'upsert', 'create'],
    absentId: '404',
  }
}

const edits: Record<string, (n: number) => Record<string, string>> = {
  companies: (n) => ({ country: `Country ${String(n)}` }),
  contacts: (n) => ({ phone: String(n) }),
  deals: (n) => ({ amount: String(n) }),
  leads: (n) => ({ lead_phone: String(n) }),
  tasks: (n) => ({ hs_task_body: String(n) }),
  p_registrations: (n) => ({ amount: String(n) }),
}

/** Edits as a user would, a second later. */
async function edit(rig: Rig, object: string, id: string, n: number): Promise<void> {
  await rig.tick(1000)
  const properties = edits[object]?.(n)
  await rig.sandbox.control.seed({ update: [{ type: object, id, properties }] })
}
