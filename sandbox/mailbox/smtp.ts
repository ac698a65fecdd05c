/** The SMTP side: takes every mail, from anyone to anyone, with or without a login, and meets the faults it is told to. */
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { readMessage, strike, type Mail, type SmtpFault } from './messages.ts'

export interface SmtpDeps {
  mail: Mail
  newId: () => string
  /** The mailbox's clock. */
  iso: () => string
}

export interface RunningSmtp {
  port: number
  close(): Promise<void>
}

/** Rejects with the system's error when the port is taken. */
export async function startSmtp({ mail, newId, iso }: SmtpDeps, port: number): Promise<RunningSmtp> {
  const sockets = new Map<number, Socket>()
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth: (auth, _, callback) => callback(refusal(strike(mail, 'auth', [])), { user: auth.username ?? 'anyone' }),
    onMailFrom: (_, session, callback) => callback(refusal(strike(mail, 'mail', recipients(session)))),
    onRcptTo: (address, _, callback) => callback(refusal(strike(mail, 'rcpt', [address.address]))),
    onData: (stream, session, callback) => void receive(stream, session, callback),
  })

  async function receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    answer: (error?: Error | null) => void,
  ): Promise<void> {
    try {
      const raw = await buffer(stream)
      const to = recipients(session)
      const refused = strike(mail, 'data', to)
      if (refused) {
        answer(refusal(refused))
        return
      }
      const { mailFrom } = session.envelope
      const envelope = { from: mailFrom === false ? '' : mailFrom.address, to }
      mail.messages.push(await readMessage(raw, envelope, newId(), iso()))
      if (strike(mail, 'after-data', to)) sockets.get(session.remotePort)?.destroy()
      else answer()
    } catch (error) {
      answer(error instanceof Error ? error : new Error(String(error)))
    }
  }

  server.server.on('connection', (socket: Socket) => {
    const remote = socket.remotePort ?? 0
    sockets.set(remote, socket)
    socket.once('close', () => sockets.delete(remote))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  // A client that goes away in the middle is no trouble of ours.
  server.on('error', () => undefined)
  return {
    port: portOf(server.server.address()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets.values()) socket.destroy()
      }),
  }
}

function recipients(session: SMTPServerSession): string[] {
  return session.envelope.rcptTo.map(({ address }) => address)
}

function refusal(fault: SmtpFault | null): Error | null {
  return fault && Object.assign(new Error(fault.message), { responseCode: fault.code })
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the SMTP server has no TCP address')
  return address.port
}
