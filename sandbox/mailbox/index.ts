/**
 * A mailbox for everybody: a real SMTP server that keeps what it gets, and an HTTP side to look at it.
 *
 * `GET /messages?to=&from=&subject=` (oldest first), `GET /messages/:id`, `DELETE /messages`; `GET`, `POST`, `DELETE /faults` for
 * the SMTP side. The control API of all sandboxes is there too.
 */
import { z } from 'zod'
import type { World, SandboxDefinition, SandboxRequest } from '../framework/definition.ts'
import { startSandbox, type RunningSandbox } from '../framework/start.ts'
import { smtpFaultSchema, type Mail, type Message } from './messages.ts'
import { startSmtp } from './smtp.ts'

export type { SmtpFaultInput } from './messages.ts'

type NoSwitches = Record<string, never>

export interface RunningMailbox extends RunningSandbox {
  smtpPort: number
  /** `smtp://127.0.0.1:2525` */
  smtpUrl: string
}

/** Ports 0 or absent: any free ones. Rejects with the system's error when one is taken. */
export async function startMailbox(options: { smtpPort?: number; httpPort?: number } = {}): Promise<RunningMailbox> {
  let world: World<Mail, NoSwitches> | null = null
  // One object for life: the SMTP side holds on to it over a reset.
  const mail: Mail = { messages: [], faults: [] }
  const definition: SandboxDefinition<Mail, NoSwitches> = {
    ...mailboxDefinition,
    create() {
      mail.messages = []
      mail.faults = []
      return mail
    },
    started(running) {
      world = running
    },
  }
  const http = await startSandbox(definition, options.httpPort === undefined ? {} : { port: options.httpPort })
  const deps = {
    mail,
    newId: () => world?.newId('mail_') ?? '',
    iso: () => world?.clock.iso() ?? '',
  }
  try {
    const smtp = await startSmtp(deps, options.smtpPort ?? 0)
    return {
      ...http,
      smtpPort: smtp.port,
      smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
      async close() {
        await Promise.all([smtp.close(), http.close()])
      },
    }
  } catch (error) {
    await http.close()
    throw error
  }
}

const mailboxDefinition: SandboxDefinition<Mail, NoSwitches> = {
  vendor: 'mailbox',
  switches: {},
  switchDocs: {},
  create: () => ({ messages: [], faults: [] }),
  seed: (_, document) => z.strictObject({}).parse(document),
  dump: ({ state }) => state,
  routes: [
    {
      method: 'GET',
      path: '/messages',
      effect: 'read',
      handler: ({ query }, { state }) => ({
        status: 200,
        json: { messages: state.messages.filter(filter(query)).map(summary) },
      }),
    },
    {
      method: 'GET',
      path: '/messages/:id',
      effect: 'read',
      handler({ params }, { state }) {
        const message = state.messages.find(({ id }) => id === params['id'])
        return message
          ? { status: 200, json: message }
          : { status: 404, json: { error: { code: 'not-found', message: 'there is no such mail' } } }
      },
    },
    {
      method: 'DELETE',
      path: '/messages',
      effect: 'write',
      handler(_, { state }) {
        const cleared = state.messages.length
        state.messages = []
        return { status: 200, json: { cleared } }
      },
    },
    {
      method: 'GET',
      path: '/faults',
      effect: 'read',
      handler: (_, { state }) => ({ status: 200, json: { faults: state.faults } }),
    },
    { method: 'POST', path: '/faults', effect: 'write', handler: addFault },
    {
      method: 'DELETE',
      path: '/faults',
      effect: 'write',
      handler(_, { state }) {
        const cleared = state.faults.length
        state.faults = []
        return { status: 200, json: { cleared } }
      },
    },
  ],
}

function addFault(request: SandboxRequest, world: World<Mail, NoSwitches>) {
  const given = smtpFaultSchema.safeParse(request.json())
  if (!given.success)
    return { status: 400, json: { error: { code: 'invalid', message: z.prettifyError(given.error) } } }
  const fault = { ...given.data, id: world.newId('fault_'), struck: 0 }
  world.state.faults.push(fault)
  return { status: 200, json: fault }
}

/** Every parameter must be contained, whatever the case. `to` looks at the envelope, so blind copies are found. */
function filter(query: URLSearchParams): (message: Message) => boolean {
  return (message) =>
    message.envelope.to.some((address) => has(address, query.get('to'))) &&
    has(message.from, query.get('from')) &&
    has(message.subject, query.get('subject'))
}

const has = (text: string, part: string | null) => part === null || text.toLowerCase().includes(part.toLowerCase())

function summary(message: Message): Omit<Message, 'raw'> {
  const { raw: _, ...rest } = message
  return rest
}
