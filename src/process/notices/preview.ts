/** How a notice looks before anybody gets it: on a registration or on made-up facts, by the same code that sends it. */
import { plainText, type Shown } from '../../../connectors/channels/contract.ts'
import { eq } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { events, registrations } from '../../db/schema/index.ts'
import type { Audience, ChannelName, Facts } from '../../domain/notice.ts'
import { CausewayError } from '../../errors.ts'
import { templateOf } from './catalogue.ts'
import { factsOf } from './facts.ts'
import { isLanguage } from './languages/index.ts'
import { readerOf, render, visibleTo } from './render.ts'
import type { Channels } from './send.ts'
import { plainSettings, type NoticeSettings } from './settings.ts'

export interface PreviewWish {
  template: string
  /** Absent: the first that the template is written for. */
  audience?: Audience | undefined
  language?: string | undefined
  timeZone?: string | undefined
  /** Absent: made-up facts. */
  registrationId?: string | undefined
  channel?: ChannelName | undefined
}

export interface Preview {
  template: string
  audience: Audience
  /** In which it is written, which is English where the wished one has no text. */
  language: string
  subject: string
  text: string
  /** As the channel gets it; null where none was asked for. */
  shown: Shown | null
}

/** @throws CW_NOT_FOUND for a template or registration that there is not, CW_REQUEST_INVALID for an audience that it is not written for */
export async function preview(
  db: Db,
  wish: PreviewWish,
  channels: Channels,
  settings: NoticeSettings = plainSettings,
): Promise<Preview> {
  const { template, registrationId } = wish
  if (wish.language !== undefined && !isLanguage(wish.language, settings.languages))
    throw new CausewayError(
      'CW_REQUEST_INVALID',
      `Nothing is written in ${wish.language}; expected one of ${[...settings.languages.keys()].join(', ')}`,
      { field: 'language' },
    )
  const texts = templateOf(template)?.texts
  const audience = wish.audience ?? readerOf(template, 'partner')
  if (texts === undefined || audience === null)
    throw new CausewayError('CW_NOT_FOUND', `There is no template ${template}`, { template })
  if (texts[audience] === undefined)
    throw new CausewayError(
      'CW_REQUEST_INVALID',
      `${template} is not written for a ${audience}; expected ${Object.keys(texts).join(', ')}`,
      { field: 'audience' },
    )
  const about = registrationId === undefined ? sample : await registered(db, registrationId)
  const locale = { language: wish.language ?? settings.language, timeZone: wish.timeZone ?? settings.timeZone }
  const message = render(template, audience, about.facts, locale, settings)
  if (message === null) throw new CausewayError('CW_NOT_FOUND', `There is no template ${template}`, { template })
  const channel = wish.channel === undefined ? undefined : channels[wish.channel]
  if (wish.channel !== undefined && channel === undefined)
    throw new CausewayError('CW_REQUEST_INVALID', `${wish.channel} is not set up`, { field: 'channel' })
  const { subjectId, eventId, at } = about
  const shown = channel?.show({
    id: sampleId,
    to: 'reader@example.com',
    message,
    about: { template, audience, subjectId, eventId, facts: visibleTo(audience, about.facts), at },
  })
  return {
    template,
    audience,
    language: message.language,
    subject: message.subject,
    text: plainText(message),
    shown: shown ?? null,
  }
}

/** The facts of a registration at its last event. */
async function registered(db: Db, id: string) {
  const [row] = await db.select({ at: registrations.updatedAt }).from(registrations).where(eq(registrations.id, id))
  const event = await db.query.events.findFirst({
    where: eq(events.subjectId, id),
    orderBy: (e, { desc }) => [desc(e.at), desc(e.id)],
  })
  if (row === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no registration ${id}`, { id })
  const eventId = event?.id ?? sampleId
  return {
    subjectId: id,
    eventId,
    at: row.at,
    facts: event === undefined ? {} : await factsOf(db, { subjectId: id, eventId }),
  }
}

const sampleId = '00000000-0000-4000-8000-00000000000e'

const sampleFacts = {
  company: 'Northwind Ltd',
  domain: 'northwind.example.com',
  partner: 'Bright Partners',
  amount: { amount: '48000.00', currency: 'EUR' },
  reason: 'We sell to this company ourselves.',
  cited: 'Rules of engagement, 3.1 small-deals',
  submittedAt: '2027-02-01T09:30:00.000Z',
  decideBy: '2027-02-03T09:30:00.000Z',
  protectedFrom: '2027-02-01T09:30:00.000Z',
  protectedUntil: '2027-05-02T09:30:00.000Z',
  why: ['amount-above-limit', 'direct-deal-by-name'],
  question: 'Who is your contact at the company?',
  answer: 'The head of purchasing.',
  extendUntil: '2027-06-01T09:30:00.000Z',
  extensionReason: 'The customer decides in May.',
  decisionReason: 'The offer is out.',
  contact: 'channel@example.com',
  deal: 'Northwind renewal',
  owner: 'sales@example.com',
  dealAmount: { amount: '52000.00', currency: 'EUR' },
  person: 'Ben Moreau',
  connection: 'portal',
  commands: [`causeway tasks approve ${sampleId}`, `causeway tasks decline ${sampleId} --reason "…"`],
  count: 2,
  list: [
    {
      line: 'deal-without-source',
      names: {
        deal: 'Northwind renewal',
        account: 'Northwind Ltd',
        amount: { amount: '52000.00', currency: 'EUR' },
        owner: 'sales@example.com',
        connection: 'sales',
        object: 'Opportunity',
        record: '006000000000001',
        since: { day: '2027-02-01T09:30:00.000Z' },
      },
    },
    {
      line: 'audit-row',
      names: {
        territory: 'dach',
        company: 'Southwind Inc',
        account: 'southwind.example.com',
        partners: ['Bright Partners', null],
        deals: [{ line: 'audit-deal', names: { deal: 'Southwind pilot', owner: null } }],
        task: sampleId,
      },
    },
  ],
  more: 3,
} satisfies Facts

const sample = {
  subjectId: sampleId,
  eventId: sampleId,
  at: '2027-02-01T09:30:00.000Z',
  facts: sampleFacts as Facts,
}
