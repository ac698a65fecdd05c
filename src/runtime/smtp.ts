/** Sends mail over SMTP; what the server answers says whether it is worth another try. */
import { createTransport } from 'nodemailer'
import type { SendMail } from '../process/mail.ts'

/** @param url `smtp://user:password@host:port`  @param from the sender as people see it */
export function smtpSender(url: string, from: string): { send: SendMail; use(url: string): void; close(): void } {
  let transport = open(url)
  return {
    /** Another address or password: what is under way ends on the earlier one. */
    use(other) {
      const earlier = transport
      transport = open(other)
      earlier.close()
    },
    async send({ to, subject, text, messageId }) {
      try {
        await transport.sendMail({
          from,
          to,
          subject,
          text,
          messageId,
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        return { sent: true }
      } catch (error) {
        const status = responseCode(error)
        return {
          sent: false,
          permanent: status >= 500 && status < 600,
          code: status === 0 ? codeOf(error) : String(status),
        }
      }
    },
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

function responseCode(error: unknown): number {
  return error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
    ? error.responseCode
    : 0
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
