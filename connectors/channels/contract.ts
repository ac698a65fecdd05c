/** What a channel is: one way by which a message reaches a person or a place. */

/** A message in parts, which every channel shows in its own way. Nothing in it is markup. */
export interface Message {
  subject: string
  parts: Part[]
  /** Below everything, where to say how to be told less. */
  footer: { label: string; url: string } | null
  /** BCP 47, such as `de`. */
  language: string
  direction: 'ltr' | 'rtl'
}

export type Part =
  /** A paragraph; its lines are kept. */
  | { kind: 'text'; text: string }
  /** A heading, over the notices of a digest. */
  | { kind: 'heading'; text: string }
  /** One thing an item, in the order of importance. */
  | { kind: 'list'; items: string[] }
  /** Lines to be typed or copied as they are. */
  | { kind: 'commands'; lines: string[] }
  /** Something to open. */
  | { kind: 'link'; label: string; url: string }
  /** Buttons that decide a task, where the channel has them. */
  | { kind: 'decide'; taskId: string; decisions: { decision: string; label: string }[] }

/** One message on its way. It is handed over at least once; `id` is the same every time. */
export interface Delivery {
  id: string
  /** An address, or the name of a place. */
  to: string
  message: Message
  about: About
  /** Where a POST without anything else ends messages of this kind, where their reader may end them. */
  unsubscribeUrl?: string | undefined
}

/** What a program may want to know of the message. */
export interface About {
  /** The template's name; of a digest `digest`. */
  template: string
  audience: string
  /** The record that it is about: a registration, or the id that stands for a list. */
  subjectId: string
  eventId: string
  /** The facts as they may be shown to the audience, by name, not translated. */
  facts: Record<string, unknown>
  at: string
}

export type Sent =
  | { sent: true; /** The channel's own id of it, where it tells one. */ reference: string | null }
  | {
      sent: false
      /** It will never be taken as it is. */
      permanent: boolean
      /** Of the server: `550`, `HTTP 404`, `channel_not_found`. */
      code: string
      /** Whether it is this message that is refused, or the whole route that is down. */
      scope: 'message' | 'route'
      retryAfterMs: number | null
    }

export interface Channel {
  /** Hands one message over or says why not; throws nothing that a server could cause. */
  send(delivery: Delivery): Promise<Sent>
  /** How the message looks there, for a preview. */
  show(delivery: Delivery): Shown
}

/** The body as it would be sent, and what kind of text it is. */
export interface Shown {
  type: 'text/plain' | 'text/html' | 'application/json'
  body: string
}

/** Refused for good, as one message. */
export function refused(code: string): Sent {
  return { sent: false, permanent: true, code, scope: 'message', retryAfterMs: null }
}

/** The message as plain text, for what shows nothing else. */
export function plainText({ parts, footer }: Message): string {
  const shown = parts.filter(({ kind }) => kind !== 'decide')
  const body = shown.reduce((text, part, i) => {
    const before = shown[i - 1]
    // What is announced follows at once.
    const isAnnounced = part.kind !== 'heading' && before?.kind === 'text' && before.text.endsWith(':')
    return `${text}${i === 0 ? '' : isAnnounced ? '\n' : '\n\n'}${linesOf(part)}`
  }, '')
  return `${body}${footer === null ? '' : `\n\n-- \n${footer.label}:\n${footer.url}`}\n`
}

function linesOf(part: Part): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'heading':
      return `${part.text}\n${'-'.repeat(Math.min(60, part.text.length))}`
    case 'list':
      return part.items.map((item) => `- ${item}`).join('\n')
    case 'commands':
      return part.lines.map((line) => `  ${line}`).join('\n')
    case 'link':
      return `${part.label}:\n${part.url}`
    case 'decide':
      return ''
  }
}
