/** Whatever a notice says, its card is one that the chat takes: the limits are the vendors' own. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Http } from '../../../connectors/contract.ts'
import type { Message, Part } from '../../../connectors/channels/contract.ts'
import { slackChannel } from '../../../connectors/channels/slack.ts'
import { teamsChannel } from '../../../connectors/channels/teams.ts'
import { audiences, type Facts, type Line } from '../../domain/notice.ts'
import { taskDecisions } from '../../domain/task-kinds.ts'
import { catalogue, templateOf } from './catalogue.ts'
import { bundled } from './gather.ts'
import { english } from './languages/en.ts'
import { ownLanguages } from './languages/index.ts'
import { render } from './render.ts'
import { plainSettings } from './settings.ts'

const http: Http = { request: () => Promise.reject(new Error('nothing is sent')) }
const slack = slackChannel(http, () => ({ token: null, places: {}, api: '' }))
const teams = teamsChannel(http, () => ({}))
const show = (channel: typeof slack, message: Message) =>
  channel.show({
    id: 'n',
    to: 'desk',
    message,
    about: { template: 't', audience: 'manager', subjectId: 's', eventId: 'e', facts: {}, at: '' },
  }).body

const names = ['W'.repeat(500), 'חברת הנמל '.repeat(50), '👩‍👩‍👧‍👦'.repeat(60), '&<>*_[]`\\'.repeat(60)]

function factsWith(name: string): Facts {
  const line: Line = {
    line: 'audit-row',
    names: { territory: 'dach', company: name, account: name, partners: [name, null], deals: [], task: 'x' },
  }
  const text = { company: name, partner: name, domain: name, reason: name, question: name, answer: name, deal: name }
  const at = '2027-02-01T09:30:00.000Z'
  return {
    ...text,
    owner: name,
    decideBy: at,
    protectedUntil: at,
    why: Object.keys(english.words.codes),
    commands: Array.from({ length: 9 }, () => `causeway tasks approve ${name}`),
    count: 50,
    list: Array.from({ length: 50 }, () => line),
    more: 9,
  }
}

const decide: Part = {
  kind: 'decide',
  taskId: '00000000-0000-4000-8000-00000000000e',
  decisions: taskDecisions.map((decision) => ({ decision, label: english.words.decisions[decision].repeat(9) })),
}

const messages = [...ownLanguages.keys()].flatMap((language) =>
  names.flatMap((name) =>
    Object.keys(catalogue).flatMap((template) =>
      audiences.flatMap((audience) => {
        if (templateOf(template)?.texts[audience] === undefined) return []
        const message = render(template, audience, factsWith(name), { language, timeZone: 'UTC' }, plainSettings)
        return message === null ? [] : [message]
      }),
    ),
  ),
)
const about = { template: 't', audience: 'manager', subjectId: 's', eventId: 'e', facts: {}, at: '' }
const digest = bundled(
  messages.slice(0, 100).map((message) => ({ message: { ...message, parts: [...message.parts, decide] }, about })),
  'daily',
)
const all = digest === null ? messages : [...messages, digest]

const textSchema = z.looseObject({ type: z.string(), text: z.string() })
const blockSchema = z.looseObject({
  type: z.string(),
  text: textSchema.optional(),
  elements: z
    .array(z.looseObject({ text: z.union([z.string(), textSchema]), value: z.string().optional() }))
    .optional(),
})
const slackSchema = z.looseObject({ text: z.string(), blocks: z.array(blockSchema) })

describe('every card', () => {
  it('of Slack has at most 50 blocks, of 3,000 characters, a header of 150, buttons of 75', () => {
    for (const message of all) {
      const { text, blocks } = slackSchema.parse(JSON.parse(show(slack, message)))
      expect(text.length).toBeLessThanOrEqual(4_000)
      expect(blocks.length).toBeLessThanOrEqual(50)
      for (const block of blocks) {
        expect(block.text?.text.length ?? 1).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000)
        expect(block.text?.text.length ?? 1).toBeGreaterThan(0)
        expect(block.elements?.length ?? 1).toBeLessThanOrEqual(25)
        for (const { text: label, value } of block.elements ?? []) {
          expect(typeof label === 'string' ? label.length : 0).toBeLessThanOrEqual(3_000)
          expect(typeof label === 'string' ? 0 : label.text.length).toBeLessThanOrEqual(75)
          expect(value?.length ?? 0).toBeLessThanOrEqual(2_000)
        }
      }
      expect(JSON.stringify(blocks).isWellFormed()).toBe(true)
    }
  })

  it('of Slack says all of a list that it has room for, whole lines in as many blocks as they need', () => {
    const message = render(
      'audit.conflicts',
      'manager',
      { ...factsWith('Werft'), count: 50 },
      { language: 'en', timeZone: 'UTC' },
      plainSettings,
    )
    const shown = message === null ? '' : show(slack, message)
    expect(shown.split('• dach: Werft').length - 1).toBe(50)
  })

  it('of Teams has at most 28 KB, and says as much as it can', () => {
    for (const message of all) {
      const shown = JSON.stringify(JSON.parse(show(teams, message)))
      expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(28_000)
      expect(shown.isWellFormed()).toBe(true)
    }
    const list = render(
      'audit.conflicts',
      'manager',
      factsWith('W'.repeat(500)),
      { language: 'en', timeZone: 'UTC' },
      plainSettings,
    )
    expect(list === null ? '' : show(teams, list)).toContain('- dach: WWW')
  })
})
