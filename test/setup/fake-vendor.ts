/** A vendor in memory behind the connector contract, for tests of the road: every fault on demand, every request counted. */
import {
  ConnectorError,
  faultOf,
  type Capability,
  type ChangesQuery,
  type Connector,
  type Fault,
  type Fields,
  type FieldSchema,
  type FindQuery,
  type ListPage,
  type ListQuery,
  type Outcome,
  type Page,
  type Read,
  type Ref,
  type VendorRecord,
  type Write,
} from '../../connectors/contract.ts'

interface Held {
  object: string
  id: string
  key: string | null
  fields: Fields
  seq: number
  modifiedAt: string
  deleted: boolean
  mergedInto: string | null
}

/** What happens to a call of `write`; the default is `commit`. */
export type Fate =
  | { do: 'commit' }
  /** Nothing is stored and the caller is told that it cannot be known. */
  | { do: 'drop' }
  /** Everything is stored and the caller is told that it cannot be known. */
  | { do: 'commit, then break' }
  | { do: 'refuse'; fault: Fault; as: 'rejected' | 'retry' | 'unclear' }
  | { do: 'throw'; error: Error }
  /** Waits in the middle of the request, before anything is stored. */
  | { do: 'wait'; until: Promise<unknown> }

export class FakeVendor implements Connector {
  readonly capabilities: Capability[]
  readonly held = new Map<string, Held>()
  readonly requests: {
    kind: 'changes' | 'read' | 'write' | 'list' | 'find'
    object: string
    size: number
    refs: string[]
  }[] = []
  /** What becomes of a whole write call. */
  fate: (batch: Write[]) => Fate = () => ({ do: 'commit' })
  /** A record that the vendor refuses. */
  refuse: (write: Write) => Fault | null = () => null
  /** What the vendor makes of the values it is given. */
  keeps: (fields: Fields) => Fields = (fields) => fields
  /** A fault of reads by id or key. */
  readFault: (ref: Ref) => Fault | null = () => null
  /** What happens while a page of a list is asked for; a throw is the answer. */
  onList: (cursor: string | null) => Promise<void> | void = () => undefined
  /** Whether a create whose key is held already updates that record; else it makes a second one. */
  matchesKeys = true
  /** What happens just before records are read by id or key. */
  onRead: () => Promise<void> | void = () => undefined
  /** What it says of its fields. */
  described: FieldSchema[] = []
  /** Whether answers to writes hold the stored record. */
  tellsStored = true
  pageSize = 50
  /** Whether only the fields that are asked for are told. */
  tellsAskedOnly = false
  /** All changes get this instant while it is set. */
  stillAt: string | null = null
  /** Told of each write that took effect, with the record as it was before; null: the write made it. */
  landed: (write: Write, id: string, before: Fields | null) => void = () => undefined
  created = 0
  #seq = 0
  #id = 0
  readonly #prefix: string

  constructor(prefix: string, capabilities: Capability[]) {
    this.#prefix = prefix
    this.capabilities = capabilities
  }

  /** What a user of the vendor makes. */
  put(object: string, fields: Fields, key: string | null = null, id?: string): string {
    const made = id ?? `${this.#prefix}${String((this.#id += 1))}`
    this.held.set(made, this.#stamp({ object, id: made, key, fields, deleted: false, mergedInto: null }))
    return made
  }

  edit(id: string, fields: Fields): void {
    const held = this.one(id)
    this.held.set(id, this.#stamp({ ...held, fields: { ...held.fields, ...fields } }))
  }

  /** An edit that leaves no trace: neither its instant nor its version changes, and no list of changes tells of it. */
  plant(id: string, fields: Fields): void {
    const held = this.one(id)
    this.held.set(id, { ...held, fields: { ...held.fields, ...fields } })
  }

  /** A deletion that leaves no trace. */
  vanish(id: string): void {
    this.held.set(id, { ...this.one(id), deleted: true, seq: 0 })
  }

  /** A record that comes without a trace, as old as the vendor itself. */
  slipIn(object: string, fields: Fields): string {
    const id = this.put(object, fields)
    this.held.set(id, { ...this.one(id), seq: 0, modifiedAt: '2025-01-01T00:00:00.000Z' })
    return id
  }

  erase(id: string, mergedInto: string | null = null): void {
    this.held.set(id, this.#stamp({ ...this.one(id), deleted: true, mergedInto }))
  }

  restore(id: string): void {
    this.held.set(id, this.#stamp({ ...this.one(id), deleted: false, mergedInto: null }))
  }

  one(id: string): Held {
    const held = this.held.get(id)
    if (held === undefined) throw new Error(`${id} is not held`)
    return held
  }

  of(object: string): Held[] {
    return [...this.held.values()].filter((held) => held.object === object && !held.deleted)
  }

  count(kind: 'read' | 'write'): number {
    return this.requests.filter((request) => request.kind === kind).length
  }

  check(): Promise<Fault[]> {
    return Promise.resolve([])
  }

  describe(): Promise<FieldSchema[]> {
    return Promise.resolve(this.described)
  }

  changes({ object, cursor, fields }: ChangesQuery): Promise<Page> {
    const from = Number(cursor ?? 0)
    const later = [...this.held.values()]
      .filter((held) => held.object === object && held.seq > from)
      .toSorted((a, b) => a.seq - b.seq)
    const page = later.slice(0, this.pageSize)
    this.requests.push({ kind: 'changes', object, size: page.length, refs: [] })
    return Promise.resolve({
      records: page.map((held) => this.#told(held, fields)),
      more: later.length > page.length,
      cursor: String(page.at(-1)?.seq ?? from),
      coveredThrough: new Date().toISOString(),
    })
  }

  /** By the order in which records were made, whatever their modification date. */
  async list({ object, cursor, fields }: ListQuery): Promise<ListPage> {
    await this.onList(cursor)
    const ever = [...this.held.values()].filter((held) => held.object === object)
    const from = Number(cursor ?? 0)
    const page = ever.slice(from, from + this.pageSize).filter((held) => !held.deleted)
    this.requests.push({ kind: 'list', object, size: page.length, refs: [] })
    const end = from + this.pageSize
    return {
      records: page.map((held) => this.#told(held, fields)),
      cursor: end < ever.length ? String(end) : null,
      total: this.of(object).length,
    }
  }

  find({ object, any, limit }: FindQuery): Promise<VendorRecord[]> {
    const found = this.of(object).filter(({ fields }) =>
      Object.entries(any).some(([field, values]) => values.includes(String(fields[field] ?? ''))),
    )
    this.requests.push({ kind: 'find', object, size: found.length, refs: [] })
    return Promise.resolve(found.slice(0, limit).map(recordOf))
  }

  async read(refs: Ref[], fields: string[] = []): Promise<Read[]> {
    await this.onRead()
    this.requests.push({
      kind: 'read',
      object: refs[0]?.object ?? '',
      size: refs.length,
      refs: refs.map((r) => r.value),
    })
    return Promise.resolve(
      refs.map((ref): Read => {
        const fault = this.readFault(ref)
        if (fault !== null && fault.scope === 'connection') throw new ConnectorError(fault, 'no')
        if (fault !== null) return { status: 'failed', fault }
        const found = [...this.held.values()].find(
          (held) => held.object === ref.object && (ref.by === 'id' ? held.id : held.key) === ref.value && !held.deleted,
        )
        return found === undefined ? { status: 'absent' } : { status: 'found', record: this.#told(found, fields) }
      }),
    )
  }

  async write(batch: Write[]): Promise<Outcome[]> {
    this.requests.push({
      kind: 'write',
      object: batch[0]?.object ?? '',
      size: batch.length,
      refs: batch.map((w) => w.ref),
    })
    const fate = this.fate(batch)
    const broken = faultOf('CW_VENDOR_TIMEOUT', 'broken on purpose', { scope: 'batch' })
    switch (fate.do) {
      case 'throw':
        throw fate.error
      case 'refuse':
        return batch.map(({ ref }) => ({ ref, status: fate.as, fault: fate.fault }))
      case 'drop':
        return batch.map(({ ref }) => ({ ref, status: 'unclear', fault: broken }))
      case 'commit, then break':
        batch.forEach((write) => this.#store(write))
        return batch.map(({ ref }) => ({ ref, status: 'unclear', fault: broken }))
      case 'wait':
        await fate.until
        return batch.map((write) => this.#store(write))
      default:
        return batch.map((write) => this.#store(write))
    }
  }

  #store(write: Write): Outcome {
    const fault = this.refuse(write)
    if (fault !== null)
      return { ref: write.ref, status: fault.code === 'CW_VENDOR_LOCKED' ? 'retry' : 'rejected', fault }
    const known =
      write.id === null
        ? [...this.held.values()].find(
            (h) => this.matchesKeys && h.object === write.object && h.key !== null && h.key === write.key && !h.deleted,
          )
        : this.held.get(write.id)
    if (write.id !== null && (known === undefined || known.deleted))
      return { ref: write.ref, status: 'rejected', fault: faultOf('CW_RECORD_GONE', 'gone') }
    if (write.mode === 'create' && known !== undefined)
      return {
        ref: write.ref,
        status: 'rejected',
        fault: faultOf('CW_RECORD_DUPLICATE', 'the key is taken', { existingIds: [known.id] }),
      }
    if (write.ifVersion !== null && known !== undefined && String(known.seq) !== write.ifVersion)
      return { ref: write.ref, status: 'retry', fault: faultOf('CW_RECORD_CHANGED', 'changed since it was read') }
    const id = known?.id ?? this.put(write.object, {}, write.key)
    if (known === undefined) this.created += 1
    const fields = { ...this.one(id).fields, ...this.keeps(write.fields) }
    this.held.set(id, this.#stamp({ ...this.one(id), key: write.key ?? known?.key ?? null, fields }))
    this.landed(write, id, known?.fields ?? null)
    return { ref: write.ref, status: 'done', id, stored: this.tellsStored ? recordOf(this.one(id)) : null }
  }

  #told(held: Held, fields: string[]): VendorRecord {
    const record = recordOf(held)
    if (!this.tellsAskedOnly) return record
    return {
      ...record,
      fields: Object.fromEntries(Object.entries(record.fields).filter(([name]) => fields.includes(name))),
    }
  }

  #stamp(held: Omit<Held, 'seq' | 'modifiedAt'>): Held {
    this.#seq += 1
    const modifiedAt = this.stillAt ?? new Date(Date.UTC(2026, 0, 1) + this.#seq * 1000).toISOString()
    return { ...held, seq: this.#seq, modifiedAt }
  }
}

function recordOf(held: Held): VendorRecord {
  const { object, id, key, fields, seq, modifiedAt, deleted, mergedInto } = held
  return { object, id, key, version: String(seq), modifiedAt, deleted, mergedInto, fields: { ...fields } }
}
