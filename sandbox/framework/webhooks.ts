/**
 * Sends webhooks as the vendor does: real POSTs, signed, repeated on the vendor's schedule (compressed), in the order of the
 * events unless asked otherwise. Every delivery is kept with its attempts.
 */
import type { SandboxEvent, SwitchSet, WebhookDefinition, WebhookTarget, World } from './definition.ts'
import { seededRandom } from './faults.ts'

export interface Attempt {
  at: string
  /** 0 when there was no answer. */
  status: number
  error: string | null
  ms: number
}

export interface Delivery {
  id: string
  target: string
  url: string
  events: { type: string; subject: string }[]
  state: 'waiting' | 'accepted' | 'failed' | 'dropped'
  attempts: Attempt[]
  /** Of the last attempt; before the first, as it would go out now. */
  body: string
  headers: Record<string, string>
}

/** What is done to the next deliveries. Counts go down as they are used; `shuffleNext` holds that many back and mixes them. */
export interface WebhookMischief {
  paused: boolean
  dropNext: number
  duplicateNext: number
  shuffleNext: number
  /** Real milliseconds before each delivery. */
  delayMs: number
}

export interface WebhookSender {
  emit(event: SandboxEvent): void
  list(): Delivery[]
  mischief(): WebhookMischief
  change(change: Partial<WebhookMischief>): WebhookMischief
  /** The target set by the control API; null removes it. */
  setTarget(target: Omit<WebhookTarget, 'id'> | null): void
  /** Sends it once more, as a vendor's "redeliver" button does. False: there is no such delivery. */
  redeliver(id: string): boolean
  /** Deliveries that are not settled yet. */
  pending(): number
  /** Drops everything that waits and forgets all deliveries, the target included. */
  clear(): void
}

const calm: WebhookMischief = { paused: false, dropNext: 0, duplicateNext: 0, shuffleNext: 0, delayMs: 0 }
const atOnce = 4
const kept = 10_000

interface Job {
  delivery: Delivery
  target: WebhookTarget
  events: SandboxEvent[]
}

export function createWebhookSender<State, Switches extends SwitchSet>(
  definition: WebhookDefinition<State, Switches> | undefined,
  world: World<State, Switches>,
): WebhookSender {
  let mischief = { ...calm }
  let controlTarget: WebhookTarget | null = null
  let sent: Job[] = []
  let queue: Job[] = []
  let held: Job[] = []
  let running = 0
  let made = 0
  let scheduled = false
  const timers = new Set<NodeJS.Timeout>()
  let stop = new AbortController()
  const random = seededRandom(7)

  function later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }

  function enqueue(event: SandboxEvent): void {
    if (!definition) return
    const targets = [...definition.targets(event, world), ...(controlTarget ? [controlTarget] : [])].filter(
      ({ events }) => !events || events.includes(event.type),
    )
    if (targets.length === 0) return
    const copy = structuredClone(event)
    for (const target of targets) {
      const open = queue.findLast((job) => job.target.id === target.id)
      if (open && open.delivery.attempts.length === 0 && open.events.length < (definition.batch ?? 1)) {
        open.events.push(copy)
        open.delivery.events.push({ type: event.type, subject: event.subject })
      } else place(target, [copy])
    }
    pumpSoon()
  }

  function place(target: WebhookTarget, events: SandboxEvent[]): void {
    made += 1
    const delivery: Delivery = {
      id: `delivery_${made}`,
      target: target.id,
      url: target.url,
      events: events.map(({ type, subject }) => ({ type, subject })),
      state: 'waiting',
      attempts: [],
      body: '',
      headers: {},
    }
    const job = { delivery, target, events }
    sent.push(job)
    if (sent.length > kept * 1.1) sent = sent.slice(-kept)
    queue.push(job)
  }

  /** After the current handler: all events of one request can then share a POST. */
  function pumpSoon(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      pump()
    })
  }

  function pump(): void {
    while (!mischief.paused && running < atOnce) {
      const job = queue.shift()
      if (!job) return
      if (mischief.dropNext > 0) {
        mischief.dropNext -= 1
        job.delivery.state = 'dropped'
      } else if (mischief.shuffleNext > 0) {
        held.push(job)
        if (held.length >= mischief.shuffleNext) {
          mischief.shuffleNext = 0
          release()
        }
      } else start(job)
    }
  }

  function release(): void {
    const mixed = held.map((job) => ({ job, by: random() })).toSorted((a, b) => a.by - b.by)
    // Two jobs in a true shuffle may keep their order; a test that asks for disorder must get it.
    const unchanged = mixed.every(({ job }, index) => job === held[index])
    queue.unshift(...(unchanged ? mixed.toReversed() : mixed).map(({ job }) => job))
    held = []
  }

  function start(job: Job): void {
    const copies = mischief.duplicateNext > 0 ? 2 : 1
    if (copies === 2) mischief.duplicateNext -= 1
    running += 1
    const mine = stop
    const run = async () => {
      for (let copy = 0; copy < copies; copy += 1) await attempt(job, 0, mine.signal)
    }
    later(mischief.delayMs, () => {
      void run().finally(() => {
        if (mine !== stop) return
        running -= 1
        pump()
      })
    })
  }

  function write({ delivery, target, events }: Job, number: number): void {
    if (!definition) return
    const { body, headers } = definition.render(events, target, world, number)
    delivery.body = body
    delivery.headers = { 'content-type': 'application/json', ...headers }
  }

  async function attempt(job: Job, number: number, signal: AbortSignal): Promise<void> {
    if (!definition || signal.aborted) return
    const { delivery, target } = job
    const started = performance.now()
    const record: Attempt = { at: world.clock.iso(), status: 0, error: null, ms: 0 }
    try {
      write(job, number)
      const answer = await fetch(target.url, {
        method: 'POST',
        body: delivery.body,
        headers: delivery.headers,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(definition.timeoutMs ?? 5000)]),
      })
      await answer.arrayBuffer()
      record.status = answer.status
    } catch (error) {
      record.error = error instanceof Error ? error.message : String(error)
    }
    record.ms = Math.round(performance.now() - started)
    delivery.attempts.push(record)
    if (record.status >= 200 && record.status < 300) {
      delivery.state = 'accepted'
      return
    }
    const wait = definition.retryDelaysMs[number]
    if (wait === undefined) {
      if (delivery.state === 'waiting') delivery.state = 'failed'
    } else if (!signal.aborted) {
      later(wait / (definition.compression ?? 1000), () => void attempt(job, number + 1, signal))
    }
  }

  return {
    emit: enqueue,
    list: () =>
      sent.map((job) => {
        if (job.delivery.attempts.length === 0) write(job, 0)
        return job.delivery
      }),
    mischief: () => ({ ...mischief }),
    change(change) {
      mischief = { ...mischief, ...change }
      // Lifting the hold lets go of what waits for company that may never come.
      if (change.shuffleNext === 0 && held.length > 0) release()
      pumpSoon()
      return { ...mischief }
    },
    setTarget(target) {
      controlTarget = target && { id: 'control', ...target }
    },
    redeliver(id) {
      const job = sent.find(({ delivery }) => delivery.id === id)
      if (!job) return false
      void attempt(job, 0, stop.signal)
      return true
    },
    pending: () => sent.filter(({ delivery }) => delivery.state === 'waiting').length,
    clear() {
      stop.abort()
      stop = new AbortController()
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      queue = []
      held = []
      sent = []
      running = 0
      mischief = { ...calm }
      controlTarget = null
    },
  }
}
