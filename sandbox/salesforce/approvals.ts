/** Approval processes: a record that is submitted is locked until somebody approves or rejects it. */
import { arrayOf, bodyOf, endpoint, objectOf, textOf } from './endpoint.ts'
import type { OrgRoute } from './endpoint.ts'
import type { Body } from './body.ts'
import { normaliseId } from './ids.ts'
import { dropRow, place, putRow, rowById, stamp, tableOf, typeOfId } from './org.ts'
import type { Org, Row } from './org.ts'
import { Refusal, refuse } from './problem.ts'
import { setLock } from './rules.ts'

/** Not all or nothing: each request has a result of its own. */
export const approvalRoutes: OrgRoute[] = [
  endpoint('POST', '/process/approvals/', 'write', (request, { state, clock, switches }) => ({
    status: 200,
    json: arrayOf(bodyOf(request).requests, 'requests').map((one) =>
      result(state, objectOf(one, 'a request'), switches.submittersMayRecall, clock.now()),
    ),
  })),
]

function result(org: Org, request: Body, mayRecall: boolean, nowMs: number) {
  const contextId = textOf(request.contextId, 'contextId')
  try {
    if (request.actionType === 'Removed') return recalled(org, contextId, request, mayRecall, nowMs)
    const { instance, workitem } = submit(org, contextId, request, nowMs)
    return {
      actorIds: [workitem.values.ActorId],
      entityId: contextId,
      errors: null,
      instanceId: instance.id,
      instanceStatus: 'Pending',
      newWorkitemIds: [workitem.id],
      success: true,
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const errors = error.problems.map(({ errorCode, message }) => ({ statusCode: errorCode, message, fields: [] }))
    return {
      actorIds: null,
      entityId: contextId,
      errors,
      instanceId: null,
      instanceStatus: null,
      newWorkitemIds: null,
      success: false,
    }
  }
}

function submit(org: Org, contextId: string, request: Body, nowMs: number): { instance: Row; workitem: Row } {
  if (request.actionType !== 'Submit') throw refuse(400, 'INVALID_OPERATION', 'Only submissions are known here')
  const id = normaliseId(contextId) ?? ''
  const type = typeOfId(org, id)
  const target = type === null ? null : rowById(org, type, id)
  if (target === null || target.deletedMs !== null)
    throw refuse(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid contextId')
  const process = [...tableOf(org, 'ProcessDefinition').values()].find(
    ({ values }) => values.DeveloperName === request.processDefinitionNameOrId,
  )
  if (process === undefined) throw refuse(400, 'NO_APPLICABLE_PROCESS', 'No applicable approval process was found.')
  if (pendingOf(org, id) !== undefined)
    throw refuse(400, 'ALREADY_IN_PROCESS', 'This record is currently in an approval process.')
  const [approver] = Array.isArray(request.nextApproverIds) ? request.nextApproverIds : []
  const actor = typeof approver === 'string' ? (normaliseId(approver) ?? '') : org.runningUserId
  const fresh = {
    ProcessDefinitionId: process.id,
    TargetObjectId: id,
    Status: 'Pending',
    LastActorId: org.runningUserId,
  }
  const instanceId = place(org, 'ProcessInstance', fresh, nowMs)
  const comments = typeof request.comments === 'string' ? request.comments : null
  const started = {
    ProcessInstanceId: instanceId,
    StepStatus: 'Started',
    ActorId: org.runningUserId,
    Comments: comments,
  }
  place(org, 'ProcessInstanceStep', started, nowMs)
  const workitemId = place(org, 'ProcessInstanceWorkitem', { ProcessInstanceId: instanceId, ActorId: actor }, nowMs)
  setLock(org, id, true)
  return {
    instance: found(org, 'ProcessInstance', instanceId),
    workitem: found(org, 'ProcessInstanceWorkitem', workitemId),
  }
}

/** Who submitted a record takes the submission back: named by what waits for the approver, and not by the record. */
function recalled(org: Org, contextId: string, request: Body, mayRecall: boolean, nowMs: number) {
  const workitem = rowById(org, 'ProcessInstanceWorkitem', contextId)
  const instanceId = workitem?.values.ProcessInstanceId
  const instance = typeof instanceId === 'string' ? rowById(org, 'ProcessInstance', instanceId) : null
  if (workitem === null || instance === null) throw refuse(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid contextId')
  if (!mayRecall)
    throw refuse(400, 'INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on cross-reference id')
  const target = String(instance.values.TargetObjectId)
  const comments = typeof request.comments === 'string' ? request.comments : null
  end(org, { instance, by: org.runningUserId, outcome: 'Removed', comments }, nowMs)
  return {
    actorIds: null,
    entityId: target,
    errors: null,
    instanceId: instance.id,
    instanceStatus: 'Removed',
    newWorkitemIds: [],
    success: true,
  }
}

/** A person of the org approves or rejects what waits for a record; the record is free again. Throws where nothing waits. */
export function conclude(
  org: Org,
  {
    target,
    by,
    outcome,
    comments,
  }: { target: string; by: string; outcome: 'Approved' | 'Rejected'; comments: string | null },
  nowMs: number,
): void {
  const instance = pendingOf(org, target)
  if (instance === undefined) throw new RangeError(`nothing waits for ${target}`)
  end(org, { instance, by, outcome, comments }, nowMs)
}

/** The submission is over: nobody is asked any more, and the record is free. */
function end(
  org: Org,
  {
    instance,
    by,
    outcome,
    comments,
  }: { instance: Row; by: string; outcome: 'Approved' | 'Rejected' | 'Removed'; comments: string | null },
  nowMs: number,
): void {
  const at = stamp(org, nowMs)
  const values = { ...instance.values, Status: outcome, LastActorId: by, SystemModstamp: at, LastModifiedDate: at }
  putRow(org, { ...instance, values })
  place(
    org,
    'ProcessInstanceStep',
    { ProcessInstanceId: instance.id, StepStatus: outcome, ActorId: by, Comments: comments },
    nowMs,
  )
  for (const item of tableOf(org, 'ProcessInstanceWorkitem').values())
    if (item.values.ProcessInstanceId === instance.id) dropRow(org, item)
  setLock(org, String(instance.values.TargetObjectId), false)
}

function pendingOf(org: Org, target: string): Row | undefined {
  return [...tableOf(org, 'ProcessInstance').values()].find(
    ({ values }) => values.TargetObjectId === target && values.Status === 'Pending',
  )
}

function found(org: Org, type: string, id: string): Row {
  const row = rowById(org, type, id)
  if (row === null) throw new Error(`${type} ${id} was not placed`)
  return row
}
