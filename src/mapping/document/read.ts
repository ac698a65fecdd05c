/** From the text of a mapping document to what it says. Everything that is wrong with it is found at once, each with its line. */
import { isMap } from 'yaml'
import type { z } from 'zod'
import { recordKinds } from '../../domain/records.ts'
import { expectation, LocatedYaml, type Flaw } from '../../located-yaml.ts'
import type { Finding } from '../finding.ts'
import { nearest } from '../near-miss.ts'
import {
  documentSchema,
  FORMAT,
  kindSchema,
  lookupSchema,
  placementSchema,
  transformSchema,
  unpairedSchema,
  whenSchema,
  type MappingDocument,
} from './schema.ts'

export interface ReadDocument {
  /** Null where it cannot be understood. */
  document: MappingDocument | null
  findings: Finding[]
  /** Where a part of the document stands. */
  lineAt: (path: readonly PropertyKey[]) => number
}

/** @param source YAML or JSON */
export function readDocument(source: string): ReadDocument {
  const text = new LocatedYaml(source)
  const lineAt = (path: readonly PropertyKey[]) => text.lineAt(path)
  const refused = (findings: Finding[]): ReadDocument => ({ document: null, findings, lineAt })
  const flaws = text.flaws()
  if (flaws.length > 0) return refused(flaws.map((flaw) => ofFlaw(flaw, source)))
  const read = text.value()
  if (!read.ok) return refused(read.flaws.map((flaw) => ofFlaw(flaw, source)))
  const format = ofFormat(text)
  if (format !== null) return refused([format])
  const parsed = documentSchema.safeParse(read.value)
  if (!parsed.success) return refused(parsed.error.issues.flatMap((issue) => ofIssue(issue, text, [])))
  return { document: parsed.data, findings: [], lineAt }
}

const HOW: Record<Flaw['kind'], string> = {
  tab: 'Put two spaces for each tab.',
  twice: 'Keep one of the two.',
  alias: 'Write the value itself where the alias stands.',
  syntax: 'Compare the line with `causeway mapping show`; a text with : or # stands in quotes.',
}

function ofFlaw({ kind, line, path, message }: Flaw, source: string): Finding {
  const key = kind === 'twice' ? /^[\s{,-]*"?([^":]+)"?\s*:/.exec(source.split('\n')[line - 1] ?? '')?.[1] : undefined
  const reason = kind === 'twice' ? `found ${key ?? 'a name'} a second time in one group` : message
  return {
    severity: 'error',
    code: 'CW_MAPPING_SYNTAX',
    line,
    field: null,
    path: null,
    reason: path === '' ? reason : `${path}: ${reason}`,
    proposal: HOW[kind],
  }
}

/** Another format is told before anything else: in it all else would be found wrong. */
function ofFormat(text: LocatedYaml): Finding | null {
  const { contents } = text.document
  const found: unknown = isMap(contents) ? contents.get('mapping') : undefined
  if (found === FORMAT) return null
  const isNewer = typeof found === 'number' && found > FORMAT
  const what = isScalarValue(found) ? `\`mapping: ${String(found)}\`` : 'no `mapping:`'
  return {
    severity: 'error',
    code: 'CW_MAPPING_FORMAT',
    line: text.lineAt(['mapping']),
    field: null,
    path: null,
    reason: `found ${what}, expected \`mapping: ${String(FORMAT)}\`, the format that this release reads`,
    proposal: isNewer
      ? 'It was written for a later release: update Causeway, or take `causeway mapping show` of this one and make the changes anew.'
      : `Take \`causeway mapping show\`, which prints format ${String(FORMAT)}, and make the changes there: \`extends: default\` and the fields that differ are enough.`,
  }
}

function isScalarValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function ofIssue(issue: z.core.$ZodIssue, text: LocatedYaml, above: readonly PropertyKey[]): Finding[] {
  const at = [...above, ...issue.path]
  if (issue.code === 'invalid_union') {
    const meant = branch(issue.errors)
    // Where no branch fits the form of what stands there, the union's own sentence says what may.
    if (meant !== null) return meant.flatMap((inner) => ofIssue(inner, text, at))
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const allowed = allowedAt(at)
      const near = nearest(key, allowed)
      return finding(
        [...at, key],
        text,
        `${key} is nothing that may stand here`,
        near === null ? `Leave it out; what may stand here: ${allowed.join(', ')}.` : `Write ${near}.`,
      )
    })
  const found = text.kindAt(at)
  const isUnquoted = issue.code === 'invalid_type' && issue.expected === 'string' && /number|boolean/.test(found)
  return [
    finding(
      at,
      text,
      `${nameOf(at)}${expectation(issue)}${issue.code === 'custom' ? '' : `, found ${found}`}`,
      isUnquoted ? 'Put the value in quotes.' : nearestOption(issue, text, at),
    ),
  ]
}

/** The branch of a union that somebody meant: the one that takes this form of value, and finds the least in it. */
function branch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | null {
  const fits = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys' || code === 'invalid_union'),
  )
  return fits.toSorted((a, b) => a.length - b.length)[0] ?? null
}

function nearestOption(issue: z.core.$ZodIssue, text: LocatedYaml, at: readonly PropertyKey[]): string {
  const options = issue.code === 'invalid_value' ? issue.values.map(String) : []
  const found: unknown = text.document.getIn(at)
  const near = typeof found === 'string' ? nearest(found, options) : null
  if (near !== null) return `Write ${near}.`
  const [first] = options
  if (first === undefined)
    return 'Write what is expected; `causeway mapping show` prints the mapping in force in that form.'
  return options.length === 1 ? `Write ${first}.` : `Write one of ${options.join(', ')}.`
}

function nameOf(path: readonly PropertyKey[]): string {
  const last = path.at(-1)
  return last === undefined ? '' : `${String(last)}: `
}

/** What may stand at a place of the document, for the names that come near. */
function allowedAt(path: readonly PropertyKey[]): string[] {
  const last = path.at(-1)
  if (path.length === 0) return Object.keys(documentSchema.shape)
  if (path.length === 1) return [...recordKinds]
  if (path.length === 2) return Object.keys(kindSchema.shape)
  if (last === 'when') return Object.keys(whenSchema.shape)
  if (last === 'as') return Object.keys(lookupSchema.shape)
  if (last === 'currency') return ['path']
  if (last === 'unpaired') return Object.keys(unpairedSchema.shape)
  return Object.keys(last === 'transform' ? transformSchema.shape : placementSchema.shape)
}

function finding(at: readonly PropertyKey[], text: LocatedYaml, reason: string, proposal: string): Finding {
  const field = at[2] === 'fields' ? (at[3] ?? null) : null
  return {
    severity: 'error',
    code: 'CW_MAPPING_INVALID',
    line: text.lineAt(at),
    field: field === null ? null : String(field),
    path: null,
    reason,
    proposal,
  }
}
