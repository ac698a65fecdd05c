/** Custom fields by the Tooling API. A new field stays invisible until permissions are granted, as FieldPermissions rows. */
import { bodyOf, endpoint, objectOf, textOf } from './endpoint.ts'
import type { OrgRoute } from './endpoint.ts'
import { Decimal } from './exact-json.ts'
import type { Json } from './exact-json.ts'
import { idOf } from './ids.ts'
import { objectNamed } from './org.ts'
import { refuse } from './problem.ts'
import { field } from './schema.ts'
import type { FieldDef, FieldType } from './schema.ts'

const types: Record<string, FieldType> = {
  Text: 'string',
  LongTextArea: 'textarea',
  Picklist: 'picklist',
  Lookup: 'reference',
  Checkbox: 'boolean',
  Currency: 'currency',
  Number: 'double',
  Percent: 'percent',
  Date: 'date',
  DateTime: 'datetime',
  Url: 'url',
  Email: 'email',
  Phone: 'phone',
}

export const toolingRoutes: OrgRoute[] = [
  endpoint('POST', '/tooling/sobjects/CustomField', 'write', (request, world) => {
    const org = world.state
    const body = bodyOf(request)
    const [object = '', name = ''] = textOf(body.FullName, 'FullName').split('.')
    const metadata = objectOf(body.Metadata, 'Metadata')
    const def = objectNamed(org, object)
    if (!/^[A-Za-z]\w*__c$/.test(name))
      throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'The name of a custom field ends in __c', ['FullName'])
    if (def.fields.some((f) => f.name.toLowerCase() === name.toLowerCase()))
      throw refuse(400, 'DUPLICATE_DEVELOPER_NAME', `There is already a field named ${name} on ${object}.`, [
        'DeveloperName',
      ])
    const type = types[textOf(metadata.type, 'Metadata.type')]
    if (type === undefined)
      throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'This type of field is not known here', ['type'])
    def.fields.push(field(name, type, more(metadata)))
    org.hidden.add(`${def.name}.${name}`)
    org.schemaChangedMs = world.clock.now()
    return {
      status: 201,
      json: { id: idOf('00N', world.nextNumber()), success: true, errors: [], warnings: [], infos: [] },
    }
  }),
]

function more(metadata: Record<string, Json>): Partial<FieldDef> {
  const { label, length, externalId, unique, caseSensitive, referenceTo, relationshipName } = metadata
  return {
    ...(typeof label === 'string' ? { label } : {}),
    ...(length instanceof Decimal ? { length: Number(length.text) } : {}),
    externalId: externalId === true,
    unique: unique === true,
    caseSensitive: caseSensitive === true,
    ...(typeof referenceTo === 'string' && typeof relationshipName === 'string'
      ? { referenceTo: [referenceTo], relationshipName: `${relationshipName}__r` }
      : {}),
  }
}
