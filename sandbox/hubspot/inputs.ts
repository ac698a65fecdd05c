/** What one input of a create, update or upsert does. */
import type { SandboxRequest } from '../framework/definition.ts'
import { associate } from './associations.ts'
import type { Spec } from './associations.ts'
import { invalid } from './errors.ts'
import { tokenOf } from './limits.ts'
import type { ObjectType } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'
import { record } from './record.ts'
import { createRecord, findRecord, liveRecord, updateRecord } from './records.ts'
import type { Source } from './records.ts'
import { text } from './routing.ts'
import { webhookApp } from './webhook-app.ts'
import type { HubSpotWorld } from './world.ts'

/** Who writes through the API: the app whose token it is. */
export function sourceOf(request: SandboxRequest, world: HubSpotWorld): Source {
  return { kind: 'INTEGRATION', id: String(tokenOf(request, world)?.app ?? webhookApp.appId) }
}

export interface Written {
  record: StoredRecord
  isNew?: boolean
}

export function createInput(portal: Portal, type: ObjectType, input: Record<string, unknown>, by: Source): Written {
  const wishes = associationsOf(input['associations'])
  for (const { id, specs } of wishes) requireTarget(portal, type, id, specs)
  const made = createRecord(portal, type, record(input['properties'] ?? {}), by)
  for (const { id, specs } of wishes) {
    associate(portal, { type, id: made.id }, { type: requireTarget(portal, type, id, specs), id }, specs)
  }
  return { record: made }
}

export function updateInput(portal: Portal, type: ObjectType, input: Record<string, unknown>, by: Source): Written {
  const idProperty = typeof input['idProperty'] === 'string' ? input['idProperty'] : null
  const found = liveRecord(portal, type, text(input['id'], 'id'), idProperty)
  return { record: updateRecord(portal, found, record(input['properties'] ?? {}), by) }
}

export function upsertInput(portal: Portal, type: ObjectType, input: Record<string, unknown>, by: Source): Written {
  const idProperty = text(input['idProperty'], 'idProperty')
  const id = text(input['id'], 'id')
  const values = record(input['properties'] ?? {})
  if (type === 'contacts' && idProperty === 'email' && values['email'] === undefined) {
    throw invalid('Partial upserts are not supported when using email as the idProperty')
  }
  const found = findRecord(portal, type, id, idProperty)
  if (found !== null) return { record: updateRecord(portal, found, values, by), isNew: false }
  return { record: createRecord(portal, type, { ...values, [idProperty]: id }, by), isNew: true }
}

interface Wish {
  id: string
  specs: Spec[]
}

function associationsOf(raw: unknown): Wish[] {
  if (raw === undefined || raw === null) return []
  if (!Array.isArray(raw)) throw invalid('associations must be a list')
  return raw.map((item) => {
    const wish = record(item)
    return { id: text(record(wish['to'])['id'], 'associations.to.id'), specs: specsOf(wish['types']) }
  })
}

export function specsOf(raw: unknown): Spec[] {
  if (!Array.isArray(raw)) throw invalid('types is required')
  return raw.map((item) => {
    const spec = record(item)
    return {
      associationCategory: text(spec['associationCategory'], 'associationCategory'),
      associationTypeId: Number(text(spec['associationTypeId'], 'associationTypeId')),
    }
  })
}

/** The type that an association id points to from here; the record must exist. */
function requireTarget(portal: Portal, from: ObjectType, id: string, specs: Spec[]): ObjectType {
  const type = portal.associationTypes.find((t) => t.from === from && t.typeId === specs[0]?.associationTypeId)?.to
  if (type === undefined)
    throw invalid(`Association type ${specs[0]?.associationTypeId ?? ''} does not exist from ${from}`)
  liveRecord(portal, type, id)
  return type
}
