/** Puts the value of each reference of a text in its place, in memory only. */
import { visit } from 'yaml'
import { CausewayError } from '../../errors.ts'
import type { LocatedYaml } from '../../located-yaml.ts'
import { list, type Finding } from './findings.ts'
import { resolveReferences } from './references.ts'

/** @throws CW_CONFIG_SECRET_MISSING with every name that is not set */
export function resolveSecrets(
  file: string,
  text: LocatedYaml,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const missing: Finding[] = []
  visit(text.document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return
      node.value = resolveReferences(node.value, { configFile: file, env }, ({ name, message }) =>
        missing.push({ line: text.lineOf(node), path: name, message }),
      )
    },
  })
  if (missing.length > 0) {
    throw new CausewayError('CW_CONFIG_SECRET_MISSING', list(file, missing), {
      file,
      variables: [...new Set(missing.map((m) => m.path))],
    })
  }
}
