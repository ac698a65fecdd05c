/** What would be written of records by any mapping, judged as the sender judges. Runs in a transaction that may only read. */
import { inArray } from 'drizzle-orm'
import type { FieldSchema, Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import type { LedgerRecord } from '../db/ledger.ts'
import { links } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'
import type { System } from '../mapping/systems.ts'
import type { Answer, CanonicalRecord, Lookups } from '../mapping/translate.ts'
import { judgeStandings, standingsOf, type Difference, type Standing } from './differences.ts'
import { recordsOf } from './judge.ts'

/** A record that the vendor has, as it stands once it was read. */
export interface ReadStanding {
  linkId: string
  recordId: string
  kind: RecordKind
  values: CanonicalRecord
  fields: Fields | null
  answers: Record<string, Answer>
  held: string[]
  /** The ledger kept a value against the vendor's, so the vendor is to be corrected. */
  ledgerWon: boolean
}

export interface WritesWish {
  read: ReadStanding[]
  /** Links of ours that the vendor has no record of yet. */
  unmade: string[]
  /** Whether what is parked is judged anew, as after a change of the mapping. */
  anew: boolean
  schema: readonly FieldSchema[] | undefined
  toTheirs: Lookups['toTheirs']
}

export async function previewWrites(
  tx: Tx,
  system: System,
  object: string,
  { read, unmade, anew, schema, toTheirs }: WritesWish,
): Promise<{ differences: Map<string, Difference>; unmade: LedgerRecord[] }> {
  const ids = [...read.map(({ linkId }) => linkId), ...unmade]
  if (ids.length === 0) return { differences: new Map(), unmade: [] }
  const standings = await standingsOf(tx, system, object, inArray(links.id, ids), ids.length)
  const asRead = new Map(read.map((one) => [one.linkId, one]))
  const asked = standings.map((standing) => afterReading(standing, asRead.get(standing.linkId), anew))
  const lacking = await recordsOf(
    tx,
    standings.filter(({ linkId }) => !asRead.has(linkId)),
  )
  const records = new Map(lacking)
  for (const { recordId, kind, values } of read) records.set(recordId, { id: recordId, kind, values, touched: {} })
  const judged = await judgeStandings(tx, system, object, asked, { records, schema, toTheirs })
  return { differences: new Map(judged.map((one) => [one.linkId, one])), unmade: [...lacking.values()] }
}

function afterReading(standing: Standing, read: ReadStanding | undefined, anew: boolean): Standing {
  const { status, code } = standing
  // What is equal by now would be looked at again by the next reconciliation; what a person skipped would not.
  const isLooked = read?.ledgerWon === true || (status === 'done' && code === null) || (status === 'parked' && anew)
  return {
    ...standing,
    ...(read === undefined ? {} : { shadow: read.fields, answers: read.answers, heldFields: read.held }),
    status: isLooked ? 'planned' : status,
  }
}
