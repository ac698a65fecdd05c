/** Pipelines and their stages: HubSpot gives them their ids, and a pipeline that deals are in is not deleted when asked to look. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { HubSpotError, invalid } from './errors.ts'
import { stageMetadata } from './pipelines.ts'
import type { Pipeline, Stage } from './pipelines.ts'
import type { Portal } from './portal.ts'
import { record } from './record.ts'
import { bodyOf, missing, routes, text, typeParam } from './routing.ts'

const pipelines = (tail: string) => [`/crm/v3/pipelines/:type${tail}`, `/crm/pipelines/2026-09/:type${tail}`]
const reads = () => ['crm.objects.deals.read']
const writes = () => ['crm.schemas.deals.write']

export const pipelineRoutes = [
  ...routes('GET', pipelines(''), 'read', listPipelines, reads),
  ...routes('POST', pipelines(''), 'write', createPipeline, writes),
  ...routes('GET', pipelines('/:pipeline'), 'read', (r, p) => shown(pipelineRow(pipelineOf(r, p))), reads),
  ...routes('PATCH', pipelines('/:pipeline'), 'write', updatePipeline, writes),
  ...routes('DELETE', pipelines('/:pipeline'), 'write', deletePipeline, writes),
  ...routes('GET', pipelines('/:pipeline/stages'), 'read', listStages, reads),
  ...routes('POST', pipelines('/:pipeline/stages'), 'write', createStage, writes),
  ...routes('GET', pipelines('/:pipeline/stages/:stage'), 'read', (r, p) => shown(stageRow(stageOf(r, p))), reads),
  ...routes('PATCH', pipelines('/:pipeline/stages/:stage'), 'write', updateStage, writes),
  ...routes('DELETE', pipelines('/:pipeline/stages/:stage'), 'write', deleteStage, writes),
]

const shown = (json: unknown, status = 200): SandboxReply => ({ status, json })

function listPipelines(request: SandboxRequest, portal: Portal): SandboxReply {
  return shown({ results: live(portal, request).map(pipelineRow) })
}

function createPipeline(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const type = typeParam(request)
  const all = live(portal, request)
  if (all.length >= portal.switches.dealPipelines)
    throw invalid(`This account may have ${portal.switches.dealPipelines} pipelines of ${type}`)
  const stages = body['stages']
  if (!Array.isArray(stages) || stages.length === 0) throw invalid('stages is required')
  const now = portal.nowMs()
  const pipeline: Pipeline = {
    id: newId(portal),
    label: freeLabel(text(body['label'], 'label'), all),
    displayOrder: typeof body['displayOrder'] === 'number' ? body['displayOrder'] : all.length,
    createdAt: now,
    updatedAt: now,
    archived: false,
    stages: [],
  }
  for (const stage of stages) pipeline.stages.push(newStage(portal, record(stage), pipeline))
  portal.pipelines.set(type, [...(portal.pipelines.get(type) ?? []), pipeline])
  return shown(pipelineRow(pipeline), 201)
}

function updatePipeline(request: SandboxRequest, portal: Portal): SandboxReply {
  const pipeline = pipelineOf(request, portal)
  const label = bodyOf(request)['label']
  const others = live(portal, request).filter((other) => other !== pipeline)
  if (typeof label === 'string') pipeline.label = freeLabel(label, others)
  pipeline.updatedAt = portal.nowMs()
  return shown(pipelineRow(pipeline))
}

function deletePipeline(request: SandboxRequest, portal: Portal): SandboxReply {
  const pipeline = pipelineOf(request, portal)
  const looks = request.query.get('validateReferencesBeforeDelete') === 'true'
  if (live(portal, request).length === 1) throw invalid('The last pipeline cannot be deleted')
  if (looks && holdsRecords(portal, request, 'pipeline', pipeline.id)) throw inUse(`Pipeline ${pipeline.label}`)
  pipeline.archived = true
  return { status: 204 }
}

function listStages(request: SandboxRequest, portal: Portal): SandboxReply {
  return shown({ results: liveStages(pipelineOf(request, portal)).map(stageRow) })
}

function createStage(request: SandboxRequest, portal: Portal): SandboxReply {
  const pipeline = pipelineOf(request, portal)
  const stage = newStage(portal, bodyOf(request), pipeline)
  pipeline.stages.push(stage)
  return shown(stageRow(stage), 201)
}

function updateStage(request: SandboxRequest, portal: Portal): SandboxReply {
  const stage = stageOf(request, portal)
  const body = bodyOf(request)
  const others = liveStages(pipelineOf(request, portal)).filter((other) => other !== stage)
  if (typeof body['label'] === 'string') stage.label = freeLabel(body['label'], others)
  if (body['metadata'] !== undefined) stage.metadata = metadataOf(body)
  stage.updatedAt = portal.nowMs()
  return shown(stageRow(stage))
}

function deleteStage(request: SandboxRequest, portal: Portal): SandboxReply {
  const pipeline = pipelineOf(request, portal)
  const stage = stageOf(request, portal)
  const looks = request.query.get('validateReferencesBeforeDelete') === 'true'
  if (liveStages(pipeline).length === 1) throw invalid('The last stage of a pipeline cannot be deleted')
  if (looks && holdsRecords(portal, request, 'dealstage', stage.id)) throw inUse(`Stage ${stage.label}`)
  stage.archived = true
  return { status: 204 }
}

function newStage(portal: Portal, raw: Record<string, unknown>, pipeline: Pipeline): Stage {
  const now = portal.nowMs()
  return {
    id: newId(portal),
    label: freeLabel(text(raw['label'], 'label'), liveStages(pipeline)),
    displayOrder: typeof raw['displayOrder'] === 'number' ? raw['displayOrder'] : pipeline.stages.length,
    metadata: metadataOf(raw),
    createdAt: now,
    updatedAt: now,
    archived: false,
  }
}

function metadataOf(raw: Record<string, unknown>): Record<string, string> {
  const probability = record(raw['metadata'] ?? {})['probability']
  if (typeof probability !== 'string' || !(Number(probability) >= 0 && Number(probability) <= 1)) {
    throw invalid('metadata.probability must be between 0.0 and 1.0')
  }
  return stageMetadata(probability)
}

/** Labels are compared without case, as people read them. */
function freeLabel(label: string, others: { label: string }[]): string {
  if (others.some((other) => other.label.toLowerCase() === label.toLowerCase()))
    throw new HubSpotError(409, 'CONFLICT', `There is a "${label}" already`)
  return label
}

function newId(portal: Portal): string {
  portal.nextId += 1
  return String(portal.nextId)
}

function live(portal: Portal, request: SandboxRequest): Pipeline[] {
  return (portal.pipelines.get(typeParam(request)) ?? []).filter((p) => !p.archived)
}

const liveStages = (pipeline: Pipeline) => pipeline.stages.filter((s) => !s.archived)

function pipelineOf(request: SandboxRequest, portal: Portal): Pipeline {
  const id = request.params['pipeline'] ?? ''
  const found = live(portal, request).find((p) => p.id === id)
  if (found === undefined) throw missing(`Pipeline ${id}`)
  return found
}

function stageOf(request: SandboxRequest, portal: Portal): Stage {
  const id = request.params['stage'] ?? ''
  const found = liveStages(pipelineOf(request, portal)).find((s) => s.id === id)
  if (found === undefined) throw missing(`Stage ${id}`)
  return found
}

function holdsRecords(portal: Portal, request: SandboxRequest, property: string, value: string): boolean {
  const held = [...portal.records[typeParam(request)].values()]
  return held.some((r) => r.archivedAt === null && r.properties[property] === value)
}

const inUse = (what: string) => new HubSpotError(400, 'VALIDATION_ERROR', `${what} has records in it`)

const times = (at: { createdAt: number; updatedAt: number }) => ({
  createdAt: new Date(at.createdAt).toISOString(),
  updatedAt: new Date(at.updatedAt).toISOString(),
})
const stageRow = (s: Stage) => ({ ...s, writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT', ...times(s) })
const pipelineRow = (p: Pipeline) => ({ ...p, stages: liveStages(p).map(stageRow), ...times(p) })
