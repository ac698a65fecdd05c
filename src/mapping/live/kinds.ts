/** What is to be said of a kind as a whole: fixed values, what the vendor demands, and the field that holds our ids. */
import type { Capability } from '../../../connectors/contract.ts'
import type { ObjectMapping } from '../definition.ts'
import type { Finding } from '../finding.ts'
import { canCreate } from '../systems.ts'
import { flowsOut } from '../translate.ts'
import { fieldNamed } from './named.ts'
import { noSuchValue, unknownPath, type Live, type Say } from './saying.ts'

/** Our ids, which the key field holds, have so many characters. */
const ID_LENGTH = 36

/** Fixed values and the field that tells kinds apart. */
export function plainPaths(
  { kind, fixed = {}, when }: ObjectMapping,
  { schema, lineOf = () => null }: Live,
): Finding[] {
  const sayOf =
    (path: string): Say =>
    (severity, code, _key, reason, proposal) => ({
      severity,
      code,
      line: lineOf(kind),
      field: null,
      path,
      reason,
      proposal,
    })
  const ofFixed = Object.entries(fixed).flatMap(([path, value]): Finding[] => {
    const found = fieldNamed(schema, path)
    const say = sayOf(path)
    if (found === undefined) return [unknownPath(path, schema, say)]
    if (found === 'through' || !found.writable)
      return [
        say(
          'error',
          'CW_MAPPING_READ_ONLY',
          'fixed',
          `${path} gets a fixed value and cannot be written`,
          'Take it from `fixed`.',
        ),
      ]
    const { values, restricted } = found
    if (values === null || values.includes(String(value))) return []
    return [noSuchValue(path, String(value), values, restricted === true ? 'error' : 'warning', say)]
  })
  if (when === undefined) return ofFixed
  const found = fieldNamed(schema, when.path)
  const say = sayOf(when.path)
  if (found === undefined) return [...ofFixed, unknownPath(when.path, schema, say)]
  const values = found === 'through' ? null : found.values
  const strange = values === null ? [] : when.in.filter((value) => !values.includes(value))
  return [...ofFixed, ...strange.map((value) => noSuchValue(when.path, value, values ?? [], 'warning', say))]
}

/** What the vendor demands of a new record, and nothing fills. */
export function unfilled(mapping: ObjectMapping, { capability, schema, lineOf = () => null }: Live): Finding[] {
  if (!makes(mapping, capability)) return []
  const filled = new Set([
    ...mapping.fields.filter(({ create }) => flowsOut(create)).map(({ path }) => path),
    ...Object.keys(mapping.fixed ?? {}),
    ...(capability.key === null ? [] : [capability.key]),
  ])
  return schema
    .filter(
      ({ name, required, writable, defaulted }) => required && writable && defaulted !== true && !filled.has(name),
    )
    .map(({ name, values }) => ({
      severity: 'error' as const,
      code: 'CW_MAPPING_REQUIRED' as const,
      line: lineOf(mapping.kind),
      field: null,
      path: name,
      reason: `the vendor makes no ${mapping.kind} without ${name}, and nothing fills it`,
      proposal: `Map a field to it that flows out on create, or say \`fixed: { ${name}: ${values?.[0] ?? '…'} }\`.`,
    }))
}

/** Whether records of the kind are made there. */
export function makes({ mode, fields }: ObjectMapping, capability: Capability): boolean {
  return mode !== 'update-only' && canCreate(capability) && fields.some(({ create }) => flowsOut(create))
}

/** The field that holds our ids: by it a lost answer is settled, and no record made twice. */
export function checkKey(mappings: readonly ObjectMapping[], { capability, schema }: Live): Finding[] {
  const { key, object } = capability
  if (
    key === null ||
    mappings.every(({ fields }) => fields.every(({ create, update }) => !flowsOut(create) && !flowsOut(update)))
  )
    return []
  const found = schema.find(({ name }) => name === key)
  const say = (reason: string): Finding => ({
    severity: 'error',
    code: 'CW_MAPPING_KEY',
    line: null,
    field: null,
    path: key,
    reason,
    proposal: '`causeway plan` shows how it is made; a field that is not unique must be made anew.',
  })
  if (found === undefined) return [say(`${object} has no field ${key}, which holds our ids`)]
  if (!found.writable) return [say(`${key} of ${object} holds our ids and cannot be written`)]
  if (found.unique === false) return [say(`${key} of ${object} holds our ids and is not unique`)]
  if (found.maxLength != null && found.maxLength < ID_LENGTH)
    return [
      say(`${key} of ${object} takes ${String(found.maxLength)} characters, and our ids have ${String(ID_LENGTH)}`),
    ]
  return []
}
