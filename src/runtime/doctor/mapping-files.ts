/** The mapping files of `managed: file`, as the next start would find them. */
import { CausewayError } from '../../errors.ts'
import { checkMappingFiles, mappingsFolderOf } from '../check-mapping-files.ts'
import type { ConfigDocument } from '../config/schema.ts'
import { well, wrong, type Finding } from './finding.ts'

export async function examineMappingFiles(config: ConfigDocument, configFile: string): Promise<Finding[]> {
  const folder = mappingsFolderOf(config, configFile)
  if (folder === null) return []
  try {
    const count = await checkMappingFiles(config, folder)
    return [well('mapping files', `${String(count)} in ${folder}, without a fault of their own`)]
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error
    return [wrong('mapping files', error.code, error.message)]
  }
}
