/** The smallest vendor that uses every part of a definition; the framework's own tests run on it. */
import { z } from 'zod'
import type { SandboxDefinition } from './definition.ts'

interface Note {
  id: string
  text: string
  at: string
}

interface State {
  notes: Map<string, Note>
}

const switches = { greeting: 'none', lagMs: 0, strict: true }
const noteSchema = z.object({ text: z.string() })

export const exampleSandbox: SandboxDefinition<State, typeof switches> = {
  vendor: 'example',
  switches,
  switchDocs: {
    greeting: { meaning: 'What every answer greets with.', positions: ['none', 'hello'] },
    lagMs: { meaning: 'How long a new note stays out of the list.', positions: [0, 5000] },
    strict: { meaning: 'Whether a note needs a text.', positions: [true, false] },
  },
  create: () => ({ notes: new Map() }),
  seed(world, document) {
    const notes = z.strictObject({ notes: z.array(noteSchema) }).parse(document).notes
    return { notes: notes.map(({ text }) => add(world, text)) }
  },
  dump: (world) => ({ notes: [...world.state.notes.values()] }),
  before: (request) =>
    request.headers['authorization'] === 'Bearer wrong' ? { status: 401, json: { error: 'who?' } } : null,
  decorate: (_, reply, world) =>
    world.switches.greeting === 'none'
      ? reply
      : { ...reply, headers: { ...reply.headers, 'x-greeting': world.switches.greeting } },
  faultBodies: {
    throttle: () => ({ status: 429, json: { error: 'slow down' } }),
    expiredToken: () => ({ status: 401, json: { error: 'expired' } }),
  },
  routes: [
    {
      method: 'GET',
      path: '/notes',
      effect: 'read',
      handler: (_, world) => {
        const visible = world.clock.now() - world.switches.lagMs
        return {
          status: 200,
          json: { notes: [...world.state.notes.values()].filter((note) => Date.parse(note.at) <= visible) },
        }
      },
    },
    {
      method: 'POST',
      path: '/notes',
      effect: 'write',
      handler: (request, world) => {
        const { text } = noteSchema.parse(request.json())
        const note = add(world, text)
        world.emit({ type: 'note.created', subject: note.id, payload: note })
        return { status: 201, json: note }
      },
    },
    {
      method: 'GET',
      path: '/notes/:id',
      effect: 'read',
      handler: (request, world) => {
        const note = world.state.notes.get(request.params['id'] ?? '')
        return note ? { status: 200, json: note } : { status: 404, json: { error: 'no such note' } }
      },
    },
    {
      method: 'DELETE',
      path: '/notes/:id',
      effect: 'write',
      handler: (request, world) => ({ status: world.state.notes.delete(request.params['id'] ?? '') ? 204 : 404 }),
    },
    {
      method: 'GET',
      path: '/notes/latest',
      effect: 'read',
      handler: (_, world) => ({ status: 200, json: [...world.state.notes.values()].at(-1) ?? null }),
    },
    {
      method: 'GET',
      path: '/files/*',
      effect: 'read',
      handler: (request) => ({ status: 200, text: request.params['*'] ?? '' }),
    },
  ],
  webhooks: {
    targets: () => [],
    render: (events, target) => ({
      body: JSON.stringify(events.map(({ type, subject }) => ({ type, subject }))),
      headers: { 'x-secret': target.secret ?? '' },
    }),
    retryDelaysMs: [1000, 10_000],
    batch: 1,
  },
}

function add(world: Parameters<typeof exampleSandbox.dump>[0], text: string): Note {
  const note = { id: world.newId('note_'), text, at: world.clock.iso() }
  world.state.notes.set(note.id, note)
  return note
}
