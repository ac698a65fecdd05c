/** The vendors' users: what they do to records, told to the history. */
import type { Fields, FieldValue } from '../../connectors/contract.ts'
import type { History } from './history.ts'
import type { Doing, ObjectName } from './script.ts'
import { kept, tables } from './sides.ts'
import type { ModelVendor } from './vendor.ts'

export interface Users {
  /** Answers whether there was anything to do. */
  act: (doing: Doing) => boolean
  /** The vendor's id of the record that a command names, or undefined. */
  named: (at: { at: string; object: ObjectName; pick: number }) => string | undefined
  /** Records that a user erased after they held a key: the road may have to make them once more, by key. */
  readonly erasedKeys: Map<string, number>
}

export function usersOf(vendors: ReadonlyMap<string, ModelVendor>, history: History): Users {
  let counter = 0
  const erasedKeys = new Map<string, number>()

  /** A value that nobody else sets. */
  const fresh = (path: string): string => {
    counter += 1
    return /amount/i.test(path) ? `${String(counter)}.5` : `${path} ${String(counter)}`
  }

  /** One of many ways to write a name that matching takes for the same: dots say nothing there. */
  const alike = (): string => {
    counter += 1
    return Array.from('northwind', (letter, place) => (counter & (1 << place) ? `${letter}.` : letter)).join('')
  }

  const told = (vendor: ModelVendor, object: ObjectName, id: string, fields: Fields, isBirth: boolean) => {
    // A field that nobody filled says nothing.
    for (const [field, value] of toldBy(object, fields))
      if (!isBirth || value !== null) history.set(vendor.name, id, field, value, isBirth)
  }

  function birth(vendor: ModelVendor, object: ObjectName, seed: number): Fields {
    const account = pickOf(live(vendor, 'accounts'), seed)
    switch (object) {
      case 'accounts':
        return {
          Name: seed % 5 === 1 ? alike() : fresh('Name'),
          Site: seed % 4 === 0 ? null : `d${String(seed % 3)}.com`,
          Country: seed % 2 === 0 ? null : fresh('Country'),
        }
      case 'deals':
        return {
          Title: fresh('Title'),
          Amount: seed % 3 === 0 ? null : fresh('Amount'),
          Account: seed % 4 === 0 || account === undefined ? null : account,
          Status: 'open',
          RegStatus: null,
        }
      case 'firms':
        return { Name: seed % 3 === 1 ? alike() : fresh('Firm'), Tier: fresh('Tier') }
      case 'partners':
        return { name: seed % 3 === 1 ? alike() : fresh('name'), group: fresh('group') }
      case 'claims':
        return {
          partner: seed % 8 === 0 ? 'portal-404' : (pickOf(live(vendor, 'partners'), seed) ?? 'portal-404'),
          company: fresh('company'),
          domain: seed % 5 === 0 ? null : `d${String(seed % 3)}.com`,
          amount: fresh('amount'),
          currency: seed % 2 === 0 ? 'USD' : 'EUR',
          state: null,
          reason: null,
          reference: null,
        }
    }
  }

  function edited(vendor: ModelVendor, object: ObjectName, index: number): Fields {
    const fields = kept[object]
    const chosen = fields[index % fields.length]
    if (chosen === undefined) return {}
    const { path, lookup, isUnique } = chosen
    const value = (): FieldValue => {
      if (isUnique) return fresh(path)
      if (lookup !== undefined) return pickOf(live(vendor, lookup), index) ?? null
      if (path === 'Status') return ['won', 'lost', 'open'][index % 3] ?? 'open'
      if (path === 'Site') return `e${String(index % 3)}.com`
      return 'somebody’s own words'
    }
    return { [path]: value() }
  }

  function act(doing: Doing): boolean {
    const vendor = vendors.get(doing.at)
    if (vendor === undefined || !vendor.capabilities.some(({ object }) => object === doing.object)) return false
    const { object } = doing
    if (doing.do === 'create') {
      const fields = birth(vendor, object, doing.with)
      told(vendor, object, vendor.put(object, fields), fields, true)
      return true
    }
    if (doing.do === 'restore') {
      const gone = [...vendor.held.values()].filter((h) => h.object === object && h.deleted && h.mergedInto === null)
      const one = gone.length === 0 ? undefined : gone[doing.pick % gone.length]
      const isReplaced = one?.key != null && vendor.of(object).some(({ key }) => key === one.key)
      if (one === undefined || isReplaced) return false
      vendor.restore(one.id)
      return true
    }
    const id = pickOf(live(vendor, object), doing.pick)
    if (id === undefined) return false
    const { key, fields } = vendor.one(id)
    const erase = (into: string | null, trace = true) => {
      if (trace) vendor.erase(id, into)
      else vendor.vanish(id)
      // As CRMs do: what belonged to it belongs to the one that it went into, or to none.
      for (const child of vendor.of('deals'))
        if (child.fields['Account'] === id) vendor.edit(child.id, { Account: into })
      if (key !== null) erasedKeys.set(`${vendor.name} ${key}`, (erasedKeys.get(`${vendor.name} ${key}`) ?? 0) + 1)
    }
    switch (doing.do) {
      case 'edit': {
        const changed = edited(vendor, object, doing.field)
        vendor.edit(id, changed)
        told(vendor, object, id, changed, false)
        return true
      }
      case 'plant': {
        const changed = edited(vendor, object, doing.field)
        vendor.plant(id, changed)
        told(vendor, object, id, changed, false)
        return true
      }
      case 'vanish':
        erase(null, false)
        return true
      case 'touch':
        vendor.edit(id, {})
        return true
      case 'erase':
        erase(null)
        return true
      case 'remake': {
        erase(null)
        const made = vendor.put(object, { ...fields }, key)
        for (const [field, value] of toldBy(object, fields))
          if (value !== null) history.copy(vendor.name, id, made, field, value)
        history.inherit(vendor.name, id, made)
        return true
      }
      case 'merge': {
        const into = pickOf(
          live(vendor, object).filter((other) => other !== id),
          doing.into,
        )
        if (into === undefined) return false
        erase(into)
        history.merge(vendor.name, id, into)
        return true
      }
    }
  }

  return {
    act,
    erasedKeys,
    named({ at, object, pick }) {
      const vendor = vendors.get(at)
      return vendor === undefined ? undefined : pickOf(live(vendor, object), pick)
    },
  }
}

/** The values that tell whose they are, by the ledger's field. */
function toldBy(object: ObjectName, fields: Fields): [string, FieldValue | undefined][] {
  return kept[object].flatMap(({ path, column, isUnique }): [string, FieldValue | undefined][] =>
    isUnique && path in fields ? [[`${tables[object]}.${column}`, fields[path]]] : [],
  )
}

function pickOf(ids: string[], pick: number): string | undefined {
  return ids[pick % Math.max(1, ids.length)]
}

function live(vendor: ModelVendor, object: ObjectName): string[] {
  return vendor.of(object).map(({ id }) => id)
}
