/**
 * Approval processes: a record is submitted, which locks it until the org's people are done with it, and how that ended is read. A
 * submission has no room for a key; so what is pending already is looked for first, and submitting twice makes one. What was decided
 * elsewhere is taken back, so that the record is free again and nobody is asked in vain.
 */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Fault, Outcome, VendorRecord, Write } from '../contract.ts'
import type { Client } from './client.ts'
import { approvalComments, approvalState, idIn, nextApprover, submitComments, textIn } from './derived.ts'
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
  const over = batch.filter(({ mode }) => mode === 'update')
  const outcomes = new Map((await recall(w, over, ctx)).map((outcome) => [outcome.ref, outcome]))
  const asked = batch.filter((write) => !over.includes(write))
  const pending = asked.length === 0 ? new Map<string, string>() : await pendingOf(w, asked, ctx)
  const fresh: Write[] = []
  for (const write of asked) {
    const { ref } = write
    const target = idIn(write.fields['TargetObjectId'])
    const known = pending.get(target ?? '')
    if (target === null) outcomes.set(ref, { ref, status: 'rejected', fault: unfit() })
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

function submit(w: Writing, writes: Write[], ctx: Ctx): Promise<Outcome[]> {
  const requests = writes.map(({ fields }) => {
    const approver = textIn(fields[nextApprover])
    return {
      actionType: 'Submit',
      contextId: fields['TargetObjectId'],
      comments: textIn(fields[submitComments])?.slice(0, 4000) ?? '',
      processDefinitionNameOrId: w.settings.approvals?.process,
      ...(approver === null ? {} : { nextApproverIds: [approver] }),
    }
  })
  return send(w, writes, requests, ctx)
}

/**
 * Takes back what is still pending of the submissions that are over by our word. One whose approver was faster is over already; where
 * the org has no way of taking back, the submission is left to its people.
 */
async function recall(w: Writing, writes: Write[], ctx: Ctx): Promise<Outcome[]> {
  const action = w.settings.approvals?.recall ?? null
  const ended = writes.filter(isOver)
  const left: Outcome[] = writes
    .filter((write) => !isOver(write))
    .map(({ ref }) => ({ ref, status: 'rejected', fault: unfit() }))
  if (ended.length === 0) return left
  const items = action === null ? new Map<string, string>() : await workitemsOf(w.client, ended, ctx)
  const pending = ended.filter(({ id }) => items.has(id ?? ''))
  const gone = ended.filter((write) => !pending.includes(write))
  const requests = pending.map(({ id }) => ({
    actionType: action,
    contextId: items.get(id ?? ''),
    comments: 'It was decided elsewhere.',
  }))
  return [
    ...left,
    ...gone.map(({ ref, id }): Outcome => ({ ref, status: 'done', id: id ?? '', stored: null })),
    ...(pending.length === 0 ? [] : await send(w, pending, requests, ctx)),
  ]
}

const isOver = ({ fields }: Write): boolean => fields[approvalState] === 'done'

/** What waits for somebody of the submissions, by submission. */
async function workitemsOf(client: Client, writes: Write[], ctx: Ctx): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const list of lists(writes.flatMap(({ id }) => idIn(id) ?? []))) {
    const soql = `SELECT Id, ProcessInstanceId FROM ProcessInstanceWorkitem WHERE ${isOneOf('ProcessInstanceId', list)}`
    for (const row of await allRows(client, soql, ctx, 'query'))
      found.set(idIn(row.ProcessInstanceId) ?? '', idIn(row.Id) ?? '')
  }
  return found
}

/** Each request has a result of its own, in the order of the requests. */
async function send({ client }: Writing, writes: Write[], requests: object[], ctx: Ctx): Promise<Outcome[]> {
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
