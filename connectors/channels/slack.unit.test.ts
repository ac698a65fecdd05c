/** Texts as Slack takes them, and clicks as it tells them. */
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unlimitedBudget } from '../budget.ts'
import { createHttp } from '../http.ts'
import { silentLog } from '../log.ts'
import { slackChannel } from './slack.ts'
import { slackChat } from './slack-interactive.ts'
import { cut, escape, unescape } from './slack-text.ts'

describe('a text', () => {
  it('comes back as it was written', () => {
    for (const text of ['Smith & Sons <sales>', '&lt;', '&amp;amp; &']) expect(unescape(escape(text))).toBe(text)
  })

  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a🚢bc', 3, 'a…'],
    ['a&amp;bcd', 4, 'a…'],
    ['a&amp;bcd', 7, 'a&amp;…'],
    ['a&amp;bc', 8, 'a&amp;bc'],
  ])('%j is cut to %i characters as %j', (text, most, expected) => expect(cut(text, most)).toBe(expected))

  it('is valid for Slack however long it is, and its code ends', () => {
    const channel = slackChannel({ request: () => Promise.reject(new Error('nothing is sent')) }, () => ({
      token: null,
      places: {},
      api: '',
    }))
    const long = '&🚢'.repeat(4000)
    const parts = [
      { kind: 'text' as const, text: long },
      { kind: 'commands' as const, lines: [long] },
      { kind: 'link' as const, label: long, url: 'https://example.com' },
    ]
    const message = {
      subject: long,
      parts,
      footer: { label: long, url: 'https://example.com' },
      language: 'en',
      direction: 'ltr' as const,
    }
    const about = { template: 't', audience: 'manager', subjectId: 's', eventId: 'e', facts: {}, at: '' }
    const { body } = channel.show({ id: 'n', to: 'desk', message, about })
    expect(body.isWellFormed()).toBe(true)
    const texts = [...body.matchAll(/"text": "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
      String(JSON.parse(`"${text ?? ''}"`)),
    )
    expect(texts.length).toBeGreaterThan(4)
    for (const [n, text] of texts.entries()) {
      expect(text.isWellFormed()).toBe(true)
      // The first is that of notifications, the others are blocks.
      expect(text.length).toBeLessThanOrEqual(n === 0 ? 3_900 : 3_000)
    }
    expect(texts.find((text) => text.startsWith('```'))).toMatch(/```$/)
    expect(texts.filter((text) => /&(?!amp;)/.test(text))).toHaveLength(2) // the header and the button are no markup
  })
})

describe('a click', () => {
  const got: string[] = []
  const servers = ['slack', 'elsewhere'].map((name) =>
    createServer((request, response) => {
      request.resume().on('end', () => {
        got.push(name)
        response.end('ok')
      })
    }),
  )
  const addressOf = (at: number) => {
    const address = servers[at]?.address() ?? null
    if (address === null || typeof address === 'string') throw new Error('the server listens at no port')
    return `http://127.0.0.1:${String(address.port)}`
  }
  const http = createHttp({ connection: 'slack', budget: unlimitedBudget, log: silentLog })
  const chat = () => slackChat(http, () => ({ token: 'xoxb-1', signingSecret: 's', api: `${addressOf(0)}/api` }))
  beforeAll(() =>
    Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))),
  )
  afterAll(() => {
    http.close()
    for (const server of servers) server.close()
  })

  it('is read with the subject of its message as it was written', () => {
    const payload = {
      type: 'block_actions',
      user: { id: 'U1' },
      trigger_id: 't',
      response_url: 'https://hooks.slack.com/actions/1',
      message: { text: 'Decision needed: Smith &amp; Sons\nmore' },
      actions: [{ action_id: 'decide:approve', value: 'task' }],
    }
    expect(chat().read(new URLSearchParams({ payload: JSON.stringify(payload) }).toString())).toMatchObject({
      decision: 'approve',
      title: 'Decision needed: Smith & Sons',
    })
  })

  it('is answered at Slack’s own address and at no other', async () => {
    const slack = chat()
    for (const url of [`${addressOf(1)}/x`, 'file:///etc/passwd', 'no address', '', 'http://hooks.slack.com.example/x'])
      await slack.answer(url, 'Decided', 'person', '')
    expect(got).toEqual([])
    await slack.answer(`${addressOf(0)}/actions/1`, 'Decided', 'person', '')
    expect(got).toEqual(['slack'])
  })
})
