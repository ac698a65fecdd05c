/** What is wrong in a configuration's texts, each with the file, line and path where it stands. */
import { z } from 'zod'
import { CausewayError } from '../../errors.ts'
import { expectation, type LocatedYaml } from '../../located-yaml.ts'

export interface Finding {
  /** Absent: the configuration file itself. */
  file?: string
  line: number
  path: string
  message: string
}

/** The findings of zod's issues. Those of a contradiction also say where its other half stands. */
export function findingsOf(issue: z.core.$ZodIssue, text: LocatedYaml): Finding[] {
  const path = issue.path
  const line = text.lineAt(path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      line: text.lineAt([...path, key]),
      path: [...path, key].join('.'),
      message: 'is not a setting that exists here',
    }))
  }
  const isOurs = issue.code === 'custom' || issue.code === 'invalid_key'
  const found = isOurs ? '' : `, found ${text.kindAt(path)}`
  const message = `${expectation(issue)}${found}${otherHalf(issue, text)}`
  return [{ line, path: path.map(String).join('.') || '(the file)', message }]
}

export function invalid(file: string, found: readonly Finding[]): CausewayError {
  const findings = found
    .map(({ file: other, line, path, message }) => ({
      ...(other === undefined ? {} : { file: other }),
      line,
      path,
      message,
    }))
    .toSorted((a, b) => a.line - b.line)
  return new CausewayError('CW_CONFIG_INVALID', list(file, findings), { file, findings })
}

export function list(file: string, findings: Finding[]): string {
  return findings
    .map(
      ({ file: other, line, path, message }) =>
        `${other ?? file}:${String(line)} ${path}${path === '' ? '' : ': '}${message}`,
    )
    .join('\n')
}

const contradiction = z.object({ other: z.array(z.union([z.string(), z.number()])).nullable() })

function otherHalf(issue: z.core.$ZodIssue, text: LocatedYaml): string {
  const parsed = contradiction.safeParse(issue.code === 'custom' ? issue.params : undefined)
  if (!parsed.success || parsed.data.other === null) return ''
  // The other's path begins at the policy, which may be a part of the document.
  const line = text.lineAt([...(issue.path[0] === 'policy' ? ['policy'] : []), ...parsed.data.other])
  return ` (the other one stands on line ${String(line)})`
}
