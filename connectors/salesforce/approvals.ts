/**
 * Approval processes: a record is submitted, which locks it until the org's people are done with it, and how that ended is read. A
 * submission has no room for a key; so what is pending already is looked for first, and submitting twice makes one.
 */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Fault, Outcome, VendorRecord, Write } from '../contract.ts'
import type { Client } from './client.ts'
import { approvalComments, idIn, nextApprover, submitComments, textIn } from './derived.ts'
import { allRows } from './read.ts'
import { faultFrom, problemsSchema } from './refusal.ts'
import { isOneOf, lists } from './soql.ts'
import type { Writing } from './values.ts'

export const approvalObject = 'ProcessInstance'

/** Each submission has a result of its own: some may be taken and others not. */
const resultsSchema = z.array(
  z.object({
    success: z.boolean(),
    instanceId: z.string().nullish(),
    newWorkitemIds: z.array(z.string()).nullish(),
    errors: problemsSchema.nullish().catch(null),
  }),
)

export async function writeApprovals(w: Writing, batch: Write[], ctx: Ctx): Promise<Outcome[]> {
  const pending = await pendingOf(w, batch, ctx)
  const outcomes = new Map<string, Outcome>()
  const fresh: Write[] = []
  for (const write of batch) {
    const { ref } = write
    const target = idIn(write.fields['TargetObjectId'])
    const known = pending.get(target ?? '')
    if (write.mode === 'update' || target === null) outcomes.set(ref, { ref, status: 'rejected', fault: unfit() })
    else if (known !== undefined) outcomes.set(ref, { ref, status: 'done', id: known, stored: null })
    else fresh.push(write)
  }
  if (fresh.length > 0) for (const outcome of await submit(w, fresh, ctx)) outcomes.set(outcome.ref, outcome)
  return batch.map((write) => outcomes.get(write.ref) ?? unclear(write))
}

function unfit(): Fault {
  return faultOf('CW_RECORD_INVALID', 'An approval is asked for once, for a record that is there', {
    fields: ['TargetObjectId'],
  })
}

async function submit({ client, settings }: Writing, writes: Write[], ctx: Ctx): Promise<Outcome[]> {
  const requests = writes.map(({ fields }) => {
    const approver = textIn(fields[nextApprover])
    return {
      actionType: 'Submit',
      contextId: fields['TargetObjectId'],
      comments: textIn(fields[submitComments])?.slice(0, 4000) ?? '',
      processDefinitionNameOrId: settings.approvals?.process,
      ...(approver === null ? {} : { nextApproverIds: [approver] }),
    }
  })
  const path = '/process/approvals/'
  try {
    const answer = await client.call({ method: 'POST', path, route: path, body: { requests }, effect: 'write' }, ctx)
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
      const id = idIn(result?.instanceId)
      if (result?.success === true && id !== null) return { ref, status: 'done', id, stored: null }
      if (result === undefined || result.success || result.errors == null) return unclear(write)
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

/** Of our process alone: another one of the org's that holds the record is waited for, and its end is no decision of ours. */
async function pendingOf({ client, settings }: Writing, batch: Write[], ctx: Ctx): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const ours = isOneOf('ProcessDefinition.DeveloperName', [settings.approvals?.process ?? ''])
  for (const list of lists(batch.flatMap(({ fields }) => idIn(fields['TargetObjectId']) ?? []))) {
    const soql = `SELECT Id, TargetObjectId FROM ProcessInstance WHERE Status = 'Pending' AND ${ours} AND ${isOneOf('TargetObjectId', list)}`
    for (const row of await allRows(client, soql, ctx, 'query'))
      found.set(idIn(row.TargetObjectId) ?? '', idIn(row.Id) ?? '')
  }
  return found
}

/** The records with what was said when they ended: one more query for those that did. */
export async function withComments(client: Client, records: VendorRecord[], fields: string[], ctx: Ctx) {
  if (!fields.includes(approvalComments)) return records
  const said = new Map<string, string>()
  for (const list of lists(records.map(({ id }) => id))) {
    const soql = `SELECT ProcessInstanceId, Comments FROM ProcessInstanceStep WHERE ${isOneOf('ProcessInstanceId', list)} AND StepStatus IN ('Approved', 'Rejected') ORDER BY SystemModstamp`
    for (const row of await allRows(client, soql, ctx, 'query')) {
      const comments = textIn(row.Comments)
      if (comments !== null) said.set(idIn(row.ProcessInstanceId) ?? '', comments)
    }
  }
  return records.map((record) => ({
    ...record,
    fields: { ...record.fields, [approvalComments]: said.get(record.id) ?? null },
  }))
}

function unclear({ ref }: Write): Outcome {
  return {
    ref,
    status: 'unclear',
    fault: faultOf('CW_VENDOR_ANSWER', 'The results cannot be read', { scope: 'batch' }),
  }
}
