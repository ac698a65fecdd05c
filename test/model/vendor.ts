/** A vendor of the model: users work at it, its faults come when told, and what it shows may lag behind what it holds. */
import {
  ConnectorError,
  faultOf,
  type Capability,
  type ChangesQuery,
  type Fault,
  type Outcome,
  type Page,
  type Read,
  type Ref,
  type Write,
} from '../../connectors/contract.ts'
import { FakeVendor, type Fate } from '../setup/fake-vendor.ts'
import type { FaultName, VendorName } from './script.ts'
import type { Journey } from './steps.ts'

type Call = 'write' | 'read' | 'changes'

export class ModelVendor extends FakeVendor {
  readonly name: VendorName
  /** Faults to come, one a call. */
  readonly faults: { call: Call; fault: FaultName }[] = []
  /** Whose request is being stored. */
  writer: Journey | null = null
  /** Told of every request to write. */
  asked: () => void = () => undefined
  /** Told of every fault that was met. */
  met: (what: string) => void = () => undefined
  /** Changes after this version are not shown by lists, records made after it not found by key. */
  #horizon: number | null = null
  readonly #late: { batch: Write[]; writer: Journey }[] = []
  readonly #bornAt = new Map<string, number>()

  constructor(name: VendorName, capabilities: Capability[]) {
    super(`${name}-`, capabilities)
    this.name = name
  }

  /** From now on what happens is not shown until `catchUp`. */
  lag(): void {
    this.#horizon ??= this.#latest()
  }

  /** All waits are over: what was on its way has arrived, and everything is shown. */
  async catchUp(): Promise<void> {
    for (const { batch, writer } of this.#late.splice(0)) {
      this.fate = () => ({ do: 'commit' })
      this.writer = writer
      await super.write(batch)
    }
    this.#horizon = null
    for (const id of this.held.keys()) this.#bornAt.set(id, 0)
  }

  writeFor(journey: Journey, batch: Write[]): Promise<Outcome[]> {
    this.asked()
    const fault = this.#next('write')
    this.writer = journey
    this.refuse = () => null
    this.fate = () => this.#fateOf(fault, batch, journey)
    return super.write(batch).finally(() => {
      for (const [id, held] of this.held) if (!this.#bornAt.has(id)) this.#bornAt.set(id, held.seq)
      if (fault === 'crash') throw new TypeError('a connector’s own fault')
    })
  }

  override async changes(query: ChangesQuery): Promise<Page> {
    failCall(this.#next('changes'))
    const page = await super.changes(query)
    const shown = page.records.filter(({ version }) => this.#horizon === null || Number(version) <= this.#horizon)
    if (shown.length === page.records.length) return page
    return { ...page, records: shown, more: false, cursor: shown.at(-1)?.version ?? query.cursor ?? '0' }
  }

  override async read(refs: Ref[]): Promise<Read[]> {
    const fault = this.#next('read')
    if (fault === 'fail')
      return refs.map(() => ({ status: 'failed', fault: faultOf('CW_VENDOR_ANSWER', 'failed on purpose') }))
    failCall(fault)
    const reads = await super.read(refs)
    return reads.map((read, index) => {
      const isHidden =
        read.status === 'found' &&
        refs[index]?.by === 'key' &&
        this.#horizon !== null &&
        (this.#bornAt.get(read.record.id) ?? 0) > this.#horizon
      return isHidden ? { status: 'absent' } : read
    })
  }

  #next(call: Call): FaultName | null {
    const index = this.faults.findIndex((fault) => fault.call === call)
    const [found] = index === -1 ? [] : this.faults.splice(index, 1)
    if (found !== undefined) this.met(`${call} ${found.fault}`)
    return found?.fault ?? null
  }

  #fateOf(fault: FaultName | null, batch: Write[], writer: Journey): Fate {
    switch (fault) {
      case 'drop':
        return { do: 'drop' }
      case 'break':
        return { do: 'commit, then break' }
      case 'late':
        this.#late.push({ batch, writer })
        return { do: 'drop' }
      case 'throttle':
        return {
          do: 'refuse',
          as: 'retry',
          fault: faultOf('CW_VENDOR_THROTTLED', 'slower', { scope: 'connection', retryAfterMs: 1_000 }),
        }
      case 'refuse':
        return {
          do: 'refuse',
          as: 'rejected',
          fault: faultOf('CW_VENDOR_ANSWER', 'this batch not', { scope: 'batch' }),
        }
      case 'unreachable':
        return { do: 'throw', error: new ConnectorError(unreachable(), 'no') }
      case 'reject':
        this.refuse = (write) => (write === batch[0] ? faultOf('CW_RECORD_INVALID', 'not this one') : null)
        return { do: 'commit' }
      case 'lock':
        this.refuse = (write) => (write === batch[0] ? faultOf('CW_VENDOR_LOCKED', 'in use') : null)
        return { do: 'commit' }
      case 'crash':
      case 'fail':
      case null:
        return { do: 'commit' }
    }
  }

  #latest(): number {
    return Math.max(0, ...[...this.held.values()].map(({ seq }) => seq))
  }
}

function failCall(fault: FaultName | null): void {
  if (fault === null) return
  if (fault === 'throttle')
    throw new ConnectorError(
      faultOf('CW_VENDOR_THROTTLED', 'slower', { scope: 'connection', retryAfterMs: 1_000 }),
      'no',
    )
  throw new ConnectorError(unreachable(), 'no')
}

function unreachable(): Fault {
  return faultOf('CW_VENDOR_UNREACHABLE', 'not there', { scope: 'connection' })
}
