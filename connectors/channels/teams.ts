/** Microsoft Teams: an Adaptive Card to a workflow that waits for a webhook ("Post to a channel when a webhook request is received"). */
import { clipped } from '../../src/domain/direction.ts'
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
      text(clipped(subject, 300), { size: 'Large', weight: 'Bolder', style: 'heading' }),
      ...fitting(parts.flatMap(blockOf)),
      ...(footer === null ? [] : [text(footer.label, { isSubtle: true, size: 'Small', separator: true })]),
    ],
    actions: parts.flatMap((part) =>
      part.kind === 'link' ? [{ type: 'Action.OpenUrl', title: part.label, url: part.url }] : [],
    ),
  }
}

/** What fits; of the first that does not, as much as does. */
function fitting(blocks: TextBlock[]): TextBlock[] {
  const fit: TextBlock[] = []
  let left = LONGEST
  for (const block of blocks) {
    const size = bytesOf(block)
    if (size > left) return [...fit, shortened(block, left)]
    fit.push(block)
    left -= size
  }
  return fit
}

function shortened(block: TextBlock, most: number): TextBlock {
  let cut = block
  for (let length = block.text.length; bytesOf(cut) > most && length > 1; length = Math.floor(length * 0.9))
    // No backslash may lose what it guards.
    cut = { ...block, text: clipped(block.text, length).replace(/\\(?=…)/, '') }
  return cut
}

function bytesOf(block: TextBlock): number {
  return Buffer.byteLength(JSON.stringify(block))
}

function blockOf(part: Part): TextBlock[] {
  switch (part.kind) {
    case 'text':
      return [text(part.text.replaceAll('\n', '\n\n'))]
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

interface TextBlock {
  type: 'TextBlock'
  text: string
  wrap: boolean
}

function text(content: string, more: Record<string, unknown> = {}): TextBlock {
  return { type: 'TextBlock', text: escape(content), wrap: true, ...more }
}

/** Cards read a little Markdown: a name must not make a link or an emphasis. */
function escape(content: string): string {
  return content.replaceAll(/[\\*_[\]]/g, (character) => `\\${character}`)
}
