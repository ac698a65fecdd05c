/** Mail over SMTP, as text and as simple HTML; what the server answers says whether it is worth another try. */
import { createTransport } from 'nodemailer'
import { plainText, type Channel, type Sent } from './contract.ts'
import { html } from './html.ts'

export interface MailSettings {
  /** `smtp://user:password@host:port` */
  smtp: string
  /** The sender as people see it. */
  from: string
}

export interface MailChannel extends Channel {
  /** Another address or password: what is under way ends on the earlier one. */
  use(smtp: string): void
  close(): void
}

export function mailChannel({ smtp, from }: MailSettings): MailChannel {
  const domain = from.split('@').at(-1)?.replace(/[>\s]/g, '') ?? 'causeway.invalid'
  let transport = open(smtp)
  return {
    use(other) {
      const earlier = transport
      transport = open(other)
      earlier.close()
    },
    async send({ id, to, message }) {
      try {
        await transport.sendMail({
          from,
          to,
          subject: message.subject,
          text: plainText(message),
          html: html(message),
          // Stable, so that a mail sent twice is seen as one.
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': message.language },
        })
        return { sent: true, reference: null }
      } catch (error) {
        return failure(error)
      }
    },
    show: ({ message }) => ({ type: 'text/html', body: html(message) }),
    close: () => transport.close(),
  }
}

function open(url: string) {
  return createTransport({
    url,
    pool: true,
    maxConnections: 2,
    // Together below the notice's lease.
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 10_000,
  })
}

function failure(error: unknown): Sent {
  const status = responseCode(error)
  const permanent = status >= 500 && status < 600
  // 421: the server closes. Without an answer the server is not there. Any other answer is about this one mail.
  const scope = status === 0 || status === 421 ? 'route' : 'message'
  return { sent: false, permanent, code: status === 0 ? codeOf(error) : String(status), scope, retryAfterMs: null }
}

function responseCode(error: unknown): number {
  return error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
    ? error.responseCode
    : 0
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
