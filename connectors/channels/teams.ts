/** Microsoft Teams: an Adaptive Card to a workflow that waits for a webhook ("Post to a channel when a webhook request is received"). */
import type { Http } from '../contract.ts'
import { refused, type Channel, type Message, type Part } from './contract.ts'
import { ask, refusal } from './post.ts'

/** @param places the addresses of workflows, by the names of their places */
export function teamsChannel(http: Http, places: () => Record<string, string>, nowMs = Date.now): Channel {
  return {
    async send(delivery) {
      const url = places()[delivery.to]
      if (url === undefined) return refused('place-unknown')
      const posted = await ask(http, {
        method: 'POST',
        url,
        route: `workflow ${delivery.to}`,
        effect: 'write',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload(delivery.message)),
      })
      if (!posted.answered) return posted.failure
      const { status } = posted.response
      return status >= 200 && status < 300 ? { sent: true, reference: null } : refusal(posted.response, nowMs())
    },
    show: ({ message }) => ({ type: 'application/json', body: JSON.stringify(payload(message), null, 2) }),
  }
}

function payload(message: Message) {
  return {
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: cardOf(message) },
    ],
  }
}

/** A message may have 28 KB with everything around it. */
const LONGEST = 20_000

function cardOf({ subject, parts, footer, language, direction }: Message) {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.5',
    lang: language,
    rtl: direction === 'rtl',
    msteams: { width: 'Full' },
    body: [
      text(subject, { size: 'Large', weight: 'Bolder', style: 'heading' }),
      ...fitting(parts).flatMap(blockOf),
      ...(footer === null ? [] : [text(footer.label, { isSubtle: true, size: 'Small', separator: true })]),
    ],
    actions: parts.flatMap((part) =>
      part.kind === 'link' ? [{ type: 'Action.OpenUrl', title: part.label, url: part.url }] : [],
    ),
  }
}

function fitting(parts: Part[]): Part[] {
  let left = LONGEST
  return parts.filter((part) => {
    left -= Buffer.byteLength(JSON.stringify(part))
    return left > 0
  })
}

function blockOf(part: Part) {
  switch (part.kind) {
    case 'text':
      return [text(part.text)]
    case 'heading':
      return [text(part.text, { weight: 'Bolder', separator: true, spacing: 'Medium' })]
    case 'list':
      return [text(part.items.map((item) => `- ${item.replaceAll('\n', ' ')}`).join('\r'))]
    case 'commands':
      return [text(part.lines.join('\n\n'), { fontType: 'Monospace' })]
    case 'link':
    case 'decide':
      return []
  }
}

function text(content: string, more: Record<string, unknown> = {}) {
  return { type: 'TextBlock', text: escape(content), wrap: true, ...more }
}

/** Cards read a little Markdown: a name must not make a link or an emphasis. */
function escape(content: string): string {
  return content.replaceAll(/[\\*_[\]]/g, (character) => `\\${character}`)
}
