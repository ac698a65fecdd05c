/** Which mapping is to be tried: a text, a version, or the draft. */
import type { Connector } from '../../connectors/contract.ts'
import { CausewayError } from '../errors.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { checkDocument } from '../mapping/document/check.ts'
import type { System } from '../mapping/systems.ts'
import type { ApiDeps } from './deps.ts'
import { mappedObject } from './mapping-check.ts'
import { textOf } from './mapping-texts.ts'

interface Tried {
  tried: string
  mappings: ObjectMapping[]
  system: System
  connector: Connector
}

/** @throws CW_NOT_FOUND, CW_MAPPING_STATE; and the code of the first finding where the document cannot be understood */
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
  const { mappings, findings } = checkDocument(text, mapped.around)
  const [first] = findings
  if (mappings !== null) return { tried: label, mappings, system: mapped.system, connector: mapped.connector }
  const where = first === undefined || first.line === null ? '' : `line ${first.line}: `
  throw new CausewayError(first?.code ?? 'CW_MAPPING_INVALID', `${where}${first?.reason ?? 'it says nothing'}`, {
    findings,
  })
}
