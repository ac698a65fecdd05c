/** Reading a text: the facts that it names, and what is wrong with it. */
import { IntlMessageFormat } from 'intl-messageformat'
import { mayBeShown, noticeFacts, type Audience, type FactName } from '../../domain/notice.ts'
import type { Text } from './template.ts'

/** A pattern that can be filled; made once for each language. */
export function patternOf(pattern: string, language: string): IntlMessageFormat {
  const key = `${language}\n${pattern}`
  const known = patterns.get(key)
  if (known !== undefined) return known
  const made = new IntlMessageFormat(pattern, language, undefined, { ignoreTag: true })
  patterns.set(key, made)
  return made
}

const patterns = new Map<string, IntlMessageFormat>()

/** The names in braces, those within plural forms too. */
export function namesIn(pattern: string): string[] {
  const names = new Set<string>()
  collect(patternOf(pattern, 'en').getAst(), names)
  return [...names]
}

/** The kind of a piece of plain text; the parser does not export its names. */
const [LITERAL] = new IntlMessageFormat('plain', 'en').getAst().map(({ type }) => type)

type Ast = ReturnType<IntlMessageFormat['getAst']>

function collect(ast: Ast, names: Set<string>): void {
  for (const element of ast) {
    // Literals and `#` name nothing.
    if (!('value' in element) || element.type === LITERAL) continue
    names.add(element.value)
    if ('options' in element) for (const { value } of Object.values(element.options)) collect(value, names)
  }
}

export function isFact(name: string): name is FactName {
  return Object.hasOwn(noticeFacts, name)
}

/** What is wrong with a text for an audience, with the line of the body (0: the subject). */
export function flawsOf({ subject, body }: Text, audience: Audience): { line: number; message: string }[] {
  const lines = [subject, ...body.split('\n')]
  const broken = brokenAt({ subject, body })
  if (broken !== null) return [broken]
  return lines.flatMap((text, line) =>
    bracedNames(text).flatMap((name) => {
      if (!isFact(name)) return [{ line, message: `there is no fact {${name}}` }]
      return mayBeShown(name, audience) ? [] : [{ line, message: `a ${audience} may not be shown {${name}}` }]
    }),
  )
}

/** Names that begin an argument, found line by line: a plural may go over several. */
function bracedNames(line: string): string[] {
  return [...line.matchAll(/\{\s*([A-Za-z_]\w*)\s*(?=[,}])/g)].map(([, name = '']) => name)
}

function brokenAt({ subject, body }: Text): { line: number; message: string } | null {
  let line = 0
  for (const paragraph of [subject, ...body.split('\n\n')]) {
    try {
      namesIn(paragraph)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return { line, message: `the braces cannot be read: ${error.message}` }
    }
    line += line === 0 ? 1 : paragraph.split('\n').length + 1
  }
  return null
}
