/** Mail over SMTP, as text and as simple HTML; what the server answers says whether it is worth another try. */
import { createTransport } from 'nodemailer'
import { z } from 'zod'
import { plainText, refused, type Channel, type Sent } from './contract.ts'
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
    async send({ id, to, message, unsubscribeUrl }) {
      if (!ONE_ADDRESS.test(to)) return refused('address-invalid')
      try {
        await transport.sendMail({
          from,
          // As an address and not as the text of a header, in which commas and groups would name others.
          to: { name: '', address: to },
          subject: message.subject,
          text: plainText(message),
          html: html(message),
          // Stable, so that a mail sent twice is seen as one.
          messageId: `<${id}@${domain}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            'Content-Language': message.language,
            ...(unsubscribeUrl === undefined ? {} : unsubscribing(unsubscribeUrl)),
          },
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

/** RFC 2369 and, where the address is one that RFC 8058 allows, by one click in the mail program. */
function unsubscribing(url: string): Record<string, string> {
  return {
    'List-Unsubscribe': `<${url}>`,
    ...(url.startsWith('https://') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
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

/** Addresses come from fields of portals and CRMs, where anything may stand. */
const ONE_ADDRESS = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+$/

/**
 * What a refusal means. Only what the server says of the recipient or of the text is about this mail: a login or a sender that it
 * refuses meets every mail, and ends when a person mends the settings.
 */
function failure(error: unknown): Sent {
  const { code, command, responseCode: status = 0 } = factsOf(error)
  const isOfThisMail = code !== 'EAUTH' && (command === 'RCPT TO' || command === 'DATA')
  const permanent = isOfThisMail && status >= 500 && status < 600
  // 421: the server closes. Without an answer the server is not there.
  const scope = isOfThisMail && status !== 0 && status !== 421 ? 'message' : 'route'
  return {
    sent: false,
    permanent,
    code: status === 0 ? (code ?? 'unknown') : String(status),
    scope,
    retryAfterMs: null,
  }
}

const factsSchema = z.object({
  code: z.string().optional().catch(undefined),
  command: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
})

function factsOf(error: unknown): z.infer<typeof factsSchema> {
  return factsSchema.safeParse(error).data ?? {}
}
