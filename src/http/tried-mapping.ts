/** Which mapping is to be tried: a text, a version, or the draft. */
import { CausewayError } from '../errors.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import type { ApiDeps } from './deps.ts'
import { checkMapping, mappedObject, type MappedObject } from './mapping-check.ts'
import { textOf } from './mapping-texts.ts'

interface Tried extends MappedObject {
  tried: string
  mappings: ObjectMapping[]
}

/** @throws CW_NOT_FOUND, CW_MAPPING_STATE; CW_MAPPING_REFUSED where the document cannot be understood */
export async function triedMappings(
  deps: ApiDeps,
  name: string,
  object: string,
  { source, version }: { source: string | undefined; version: number | undefined },
): Promise<Tried> {
  const mapped = await mappedObject(deps, name, object)
  const { label, source: text } =
    source === undefined
      ? await textOf(deps.db, mapped, version === undefined ? 'draft' : String(version))
      : { label: 'the text given', source }
  const { mappings, findings } = await checkMapping(mapped, text, { live: true })
  if (mappings !== null) return { ...mapped, tried: label, mappings }
  const [first] = findings
  const where = first === undefined || first.line === null ? '' : `line ${first.line}: `
  throw new CausewayError('CW_MAPPING_REFUSED', `${where}${first?.reason ?? 'it says nothing'}`, { findings })
}
