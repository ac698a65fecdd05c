/** A document as a whole: read, laid over its default, and checked as far as that goes without its vendor. */
import type { ObjectMapping } from '../definition.ts'
import type { Finding } from '../finding.ts'
import { lossy } from '../lossy.ts'
import { nearest } from '../near-miss.ts'
import { checkMappings, type LineOf } from './checks.ts'
import { compile, type Gap } from './compile.ts'
import { readDocument, type ReadDocument } from './read.ts'
import type { Surroundings } from './surroundings.ts'

export interface CheckedDocument {
  /** Null where the document cannot be understood. */
  mappings: ObjectMapping[] | null
  /** In the order of their lines. */
  findings: Finding[]
  lineOf: LineOf
}

/** @param source YAML or JSON */
export function checkDocument(source: string, around: Surroundings): CheckedDocument {
  const read = readDocument(source)
  const { document, lineAt } = read
  if (document === null) return { mappings: null, findings: sorted(read.findings), lineOf: () => null }
  const lineOf = linesOf(read)
  const { mappings, gaps } = compile(document, around.defaults)
  const findings = [
    ...ofPlace('connection', document.connection, around.connection, lineAt),
    ...ofPlace('object', document.object, around.object, lineAt),
    ...gaps.map((gap) => ofGap(gap, around, lineOf)),
    ...checkMappings(mappings, around, lineOf),
    ...mappings.flatMap((mapping) => lossy(mapping, lineOf)),
  ]
  return { mappings, findings: sorted(findings), lineOf }
}

/** What stands in the document has a line; what only the default says has none. */
function linesOf({ document, lineAt }: ReadDocument): LineOf {
  return (kind, field, key) => {
    const entry = document?.records[kind]
    if (entry === undefined) return null
    if (field === undefined || entry === 'off') return lineAt(['records', kind])
    if (entry.fields?.[field] === undefined) return null
    return lineAt(['records', kind, 'fields', field, ...(key === undefined ? [] : [key])])
  }
}

function ofPlace(
  what: 'connection' | 'object',
  found: string,
  expected: string,
  lineAt: ReadDocument['lineAt'],
): Finding[] {
  if (found === expected) return []
  return [
    {
      severity: 'error',
      code: 'CW_MAPPING_INVALID',
      line: lineAt([what]),
      field: null,
      path: null,
      reason: `the document is for ${what} ${found}, expected ${expected}`,
      proposal: `Write \`${what}: ${expected}\`, or save it for ${found}.`,
    },
  ]
}

function ofGap({ kind, field, index, missing }: Gap, { defaults }: Surroundings, lineOf: LineOf): Finding {
  const known = defaults.find((mapping) => mapping.kind === kind)?.fields.map((mapping) => mapping.field) ?? []
  const near = known.includes(field) ? field : nearest(field, known)
  return {
    severity: 'error',
    code: 'CW_MAPPING_INVALID',
    line: lineOf(kind, field),
    field,
    path: null,
    reason: `${field}${index === 0 ? '' : ` (place ${String(index + 1)})`} has no \`${missing}\`, and no default says it`,
    proposal:
      near === null
        ? `Say it: \`${missing}: ${missing === 'path' ? '<the vendor’s field>' : 'in'}\`.`
        : `The default has ${near}: with \`extends: default\` only what differs need be said.`,
  }
}

function sorted(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}
