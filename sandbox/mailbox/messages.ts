/** The mails that came in, and the faults that the next ones meet. */
import { simpleParser, type AddressObject } from 'mailparser'
import { z } from 'zod'

export interface Message {
  id: string
  /** By the mailbox's clock. */
  at: string
  /** As SMTP said, whatever the headers say. */
  envelope: { from: string; to: string[] }
  from: string
  to: string[]
  cc: string[]
  replyTo: string[]
  subject: string
  text: string
  html: string | null
  /** The first value of each header, names in lower case. */
  headers: Record<string, string>
  attachments: { filename: string; contentType: string; size: number }[]
  /** The whole mail as it came over the wire. */
  raw: string
}

export const smtpFaultSchema = z.strictObject({
  /**
   * `reject`: refuse with `code`. `drop-after-data`: the mail is kept, and the connection ends before the sender is told so;
   * a sender that tries again makes a second copy.
   */
  kind: z.enum(['reject', 'drop-after-data']),
  /** For `reject`, which command is refused. */
  stage: z.enum(['auth', 'mail', 'rcpt', 'data']).default('data'),
  code: z.int().min(400).max(599).default(451),
  message: z.string().default('Try again later'),
  times: z.union([z.int().positive(), z.literal('always')]).default(1),
  /** Only for mails to an address that contains this. */
  to: z.string().optional(),
})
export type SmtpFaultInput = z.input<typeof smtpFaultSchema>
export type SmtpFault = z.output<typeof smtpFaultSchema> & { id: string; struck: number }

export interface Mail {
  messages: Message[]
  faults: SmtpFault[]
}

/** The fault that strikes at this point, its `times` used up by this; null: none. */
export function strike(
  mail: Mail,
  point: 'auth' | 'mail' | 'rcpt' | 'data' | 'after-data',
  to: string[],
): SmtpFault | null {
  const fault = mail.faults.find(
    (one) =>
      (one.kind === 'reject' ? one.stage === point : point === 'after-data') &&
      (one.times === 'always' || one.struck < one.times) &&
      (one.to === undefined || to.some((address) => address.includes(one.to ?? ''))),
  )
  if (!fault) return null
  fault.struck += 1
  return fault
}

export async function readMessage(
  raw: Buffer,
  envelope: Message['envelope'],
  id: string,
  at: string,
): Promise<Message> {
  const parsed = await simpleParser(raw)
  return {
    id,
    at,
    envelope,
    from: addresses(parsed.from)[0] ?? envelope.from,
    to: addresses(parsed.to),
    cc: addresses(parsed.cc),
    replyTo: addresses(parsed.replyTo),
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: typeof parsed.html === 'string' ? parsed.html : null,
    headers: Object.fromEntries(
      parsed.headerLines.toReversed().map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]),
    ),
    attachments: parsed.attachments.map(({ filename, contentType, size }) => ({
      filename: filename ?? '',
      contentType,
      size,
    })),
    raw: raw.toString('utf8'),
  }
}

function addresses(field: AddressObject | AddressObject[] | undefined): string[] {
  const objects = field === undefined ? [] : Array.isArray(field) ? field : [field]
  return objects.flatMap(({ value }) => value.map(({ address }) => address ?? '')).filter((address) => address !== '')
}
