/**
 * Partners of deals, with their roles: the platform's Partner rows. They are made and deleted, never changed, and have no room for a
 * key; so what is there already is looked for first, and saying a thing twice makes one row.
 */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Outcome, VendorRecord, Write } from '../contract.ts'
import { idIn } from './derived.ts'
import { allRows } from './read.ts'
import { columns, toRecord } from './records.ts'
import { faultFrom, problemsSchema } from './refusal.ts'
import { isOneOf, lists, select } from './soql.ts'
import type { Writing } from './values.ts'

const object = 'Partner'
const identity = ['OpportunityId', 'AccountToId', 'Role']
const resultsSchema = z.array(
  z.union([
    z.object({ success: z.literal(true), id: z.string() }),
    z.object({ success: z.literal(false), errors: problemsSchema }),
  ]),
)

export async function writeParties(w: Writing, batch: Write[], ctx: Ctx): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>()
  const there = await rowsOf(w, batch, ctx)
  const missing: Write[] = []
  const wanted = new Set<string>()
  for (const write of batch) {
    const { ref } = write
    const record = there.get(nameOf(write.fields))
    if (write.mode === 'update') {
      const fault = faultOf('CW_RECORD_INVALID', 'A partner’s part in a deal is made anew, not changed', {
        fields: ['Role'],
      })
      outcomes.set(ref, { ref, status: 'rejected', fault })
    } else if (record !== undefined) outcomes.set(ref, { ref, status: 'done', id: record.id, stored: record })
    else if (!wanted.has(nameOf(write.fields))) {
      wanted.add(nameOf(write.fields))
      missing.push(write)
    }
  }
  if (missing.length > 0) for (const outcome of await make(w, missing, ctx)) outcomes.set(outcome.ref, outcome)
  // Two wishes for one row are told of the one row that was made.
  const made = new Map(missing.map((write) => [nameOf(write.fields), outcomes.get(write.ref)]))
  return batch.map((write) => {
    const outcome = outcomes.get(write.ref) ?? made.get(nameOf(write.fields))
    return outcome === undefined ? unclear(write) : { ...outcome, ref: write.ref }
  })
}

/** The deal, the account and the role: what makes a row the one that is meant. */
function nameOf(fields: Record<string, unknown>): string {
  return identity
    .map((name) => idIn(fields[name]) ?? '')
    .join(' ')
    .toLowerCase()
}

async function rowsOf(w: Writing, batch: Write[], ctx: Ctx): Promise<Map<string, VendorRecord>> {
  const found = new Map<string, VendorRecord>()
  const fields = [...new Set([...w.fields(object), ...identity])]
  const deals = batch.flatMap((write) => idIn(write.fields.OpportunityId) ?? [])
  for (const list of lists(deals)) {
    const where = isOneOf('OpportunityId', list)
    const soql = select({ object, fields: columns(object, fields, w.settings), where, order: ['Id'] })
    for (const row of await allRows(w.client, soql, ctx, 'query')) {
      const record = toRecord(object, row, fields, w.settings)
      // Of two that say the same the first counts, always.
      const name = nameOf(record.fields)
      if (!found.has(name)) found.set(name, record)
    }
  }
  return found
}

async function make(w: Writing, writes: Write[], ctx: Ctx): Promise<Outcome[]> {
  const records = writes.map(({ fields }) => ({ attributes: { type: object }, ...fields }))
  const body = { allOrNone: false, records }
  const call = {
    method: 'POST',
    path: '/composite/sobjects',
    route: '/composite/sobjects',
    body,
    effect: 'write',
  } as const
  try {
    const answer = await w.client.call(call, ctx)
    if (!answer.ok) {
      const { fault, retry } = faultFrom(answer.problems)
      const scope = fault.scope === 'record' && writes.length > 1 ? 'batch' : fault.scope
      return writes.map(({ ref }) => ({ ref, status: retry ? 'retry' : 'rejected', fault: { ...fault, scope } }))
    }
    const results = resultsSchema.safeParse(answer.body)
    if (!results.success || results.data.length !== writes.length) return writes.map(unclear)
    return writes.map((write, i): Outcome => {
      const { ref } = write
      const result = results.data[i]
      if (result === undefined) return unclear(write)
      if (result.success) return { ref, status: 'done', id: idIn(result.id) ?? result.id, stored: null }
      const { fault, retry } = faultFrom(result.errors)
      return { ref, status: retry ? 'retry' : 'rejected', fault }
    })
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return writes.map(({ ref }) => ({
      ref,
      status: error.effect === 'maybe' ? 'unclear' : 'retry',
      fault: error.fault,
    }))
  }
}

function unclear({ ref }: Write): Outcome {
  return {
    ref,
    status: 'unclear',
    fault: faultOf('CW_VENDOR_ANSWER', 'The results cannot be read', { scope: 'batch' }),
  }
}
