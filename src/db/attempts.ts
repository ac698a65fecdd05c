/** Transactions that met another one: tried again, for the other has ended by then. */
import type { Db, Tx } from './connection.ts'

/** The SQLSTATE of what PostgreSQL refused, wherever in the chain of causes it stands; null for all else. */
export function sqlState(error: unknown): string | null {
  return databaseError(error)?.code ?? null
}

interface DatabaseError {
  code: string
  message: string
  constraint?: string
  column?: string
}

/** What PostgreSQL said of its refusal; null when it was not PostgreSQL that refused. */
export function databaseError(error: unknown): DatabaseError | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if (!('code' in e) || typeof e.code !== 'string' || !/^[0-9A-Z]{5}$/.test(e.code)) continue
    const named = (name: 'constraint' | 'column') => {
      const value: unknown = Reflect.get(e, name)
      return typeof value === 'string' ? { [name]: value } : {}
    }
    return { code: e.code, message: e.message, ...named('constraint'), ...named('column') }
  }
  return null
}

/** Serialization failure, deadlock, a unique key that another transaction took first, a row that it removed under a reference. */
const COLLISIONS = new Set(['40001', '40P01', '23505', '23503'])

/** What this transaction read was changed by another one that ended meanwhile: it is run again. */
export class Collision extends Error {
  readonly code: '40001' | '23503'

  /** @param code the SQLSTATE by which PostgreSQL would tell of it: a serialization failure, or a row that was referred to and is gone */
  constructor(message: string, code: Collision['code'] = '40001') {
    super(message)
    this.code = code
  }
}

/** Runs a transaction, again when it collided with another; the last collision is thrown. */
export async function transact<T>(db: Db, work: (tx: Tx) => Promise<T>, attempts = 4): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work)
    } catch (error) {
      if (attempt >= attempts || !COLLISIONS.has(sqlState(error) ?? '')) throw error
    }
  }
}
