/**
 * A language of notices as one file, `<language>.yaml`: `direction`, `words` and `texts` by template and audience. Whatever it leaves out
 * is told in the words of this release, else in English.
 */
import { z } from 'zod'
import { expectation, LocatedYaml } from '../located-yaml.ts'
import { audiences, lineNames, type Audience } from '../domain/notice.ts'
import { templateOf } from '../process/notices/catalogue.ts'
import { english } from '../process/notices/languages/en.ts'
import { languageOf, ownLanguages } from '../process/notices/languages/index.ts'
import type { Language } from '../process/notices/languages/language.ts'
import { flawsOf, namesIn } from '../process/notices/text.ts'

const word = z.string().trim().min(1, 'expected a text')
/** Words of the same names as the English ones, each of which may be missing. */
const wordsLike = (known: Readonly<Record<string, unknown>>) =>
  z.strictObject(Object.fromEntries(Object.keys(known).map((name) => [name, word.optional()]))).default({})
const line = z.strictObject({ between: z.string(), parts: z.array(z.union([word, z.array(word).min(1)])).min(1) })
const { words } = english

const documentSchema = z.strictObject({
  direction: z.enum(['ltr', 'rtl']).optional(),
  words: z
    .strictObject({
      codes: wordsLike(words.codes),
      unknown: wordsLike(words.unknown),
      standardReasons: wordsLike(words.standardReasons),
      topics: wordsLike(words.topics),
      decisions: wordsLike(words.decisions),
      preferences: wordsLike({ ...words.preferences }),
      digest: wordsLike(words.digest),
      ownPage: word.optional(),
      decide: word.optional(),
      lines: z
        .strictObject({
          'deal-without-source': line.optional(),
          'audit-row': line.optional(),
          'audit-deal': line.optional(),
        })
        .default({}),
    })
    .prefault({}),
  texts: z
    .record(z.string(), z.partialRecord(z.enum(audiences), z.strictObject({ subject: word, body: word })))
    .default({}),
})
type Document = z.output<typeof documentSchema>

/** The language that a file says, and what is wrong with it, each with its line. */
export function readLanguage(source: string, base: string): { language: Language; flaws: string[] } {
  const yaml = new LocatedYaml(source)
  const earlier: Language = ownLanguages.has(base) ? languageOf(base) : { ...english, texts: {} }
  const broken = yaml.flaws()
  const read = broken.length > 0 ? { ok: false as const, flaws: broken } : yaml.value()
  if (!read.ok) return { language: earlier, flaws: read.flaws.map((flaw) => `${String(flaw.line)} ${flaw.message}`) }
  const parsed = documentSchema.safeParse(read.value ?? {})
  if (!parsed.success)
    return {
      language: earlier,
      flaws: parsed.error.issues.map(
        (issue) => `${String(yaml.lineAt(issue.path))} ${issue.path.join('.')}: ${expectation(issue)}`,
      ),
    }
  const flaws = [...wrongWords(parsed.data, yaml), ...wrongTexts(parsed.data, yaml)]
  return { language: merged(earlier, parsed.data), flaws }
}

function merged(earlier: Language, { direction, words: given, texts }: Document): Language {
  const known = earlier.words
  return {
    direction: direction ?? earlier.direction,
    words: {
      codes: over(known.codes, given.codes),
      unknown: Object.fromEntries(
        Object.entries(known.unknown).map(([name, text]) => [name, given.unknown[name] ?? text]),
      ),
      standardReasons: over(known.standardReasons, given.standardReasons),
      topics: over(known.topics, given.topics),
      decisions: over(known.decisions, given.decisions),
      preferences: over({ ...known.preferences }, given.preferences),
      digest: over(known.digest, given.digest),
      lines: {
        'deal-without-source': given.lines['deal-without-source'] ?? known.lines['deal-without-source'],
        'audit-row': given.lines['audit-row'] ?? known.lines['audit-row'],
        'audit-deal': given.lines['audit-deal'] ?? known.lines['audit-deal'],
      },
      ownPage: given.ownPage ?? known.ownPage,
      decide: given.decide ?? known.decide,
    },
    texts: Object.fromEntries(
      [...new Set([...Object.keys(earlier.texts), ...Object.keys(texts)])].map((template) => [
        template,
        { ...earlier.texts[template], ...texts[template] },
      ]),
    ),
  }
}

/** What is known, with what is given in its place. */
function over<K extends string>(
  known: Readonly<Record<K, string>>,
  given: Readonly<Partial<Record<string, string>>>,
): Record<K, string> {
  const whole: Record<K, string> = { ...known }
  for (const name in known) whole[name] = given[name] ?? known[name]
  return whole
}

/** What a word names must be what is put into it. */
function wrongWords({ words: given }: Document, yaml: LocatedYaml): string[] {
  const checked: [path: string[], text: string, names: readonly string[]][] = [
    ...Object.entries(given.digest).map(([name, text]): [string[], string, string[]] => [
      ['words', 'digest', name],
      text ?? '',
      ['count'],
    ]),
    ...Object.entries(given.preferences).map(([name, text]): [string[], string, string[]] => [
      ['words', 'preferences', name],
      text ?? '',
      namesIn(Object.entries({ ...words.preferences }).find(([known]) => known === name)?.[1] ?? ''),
    ]),
    ...Object.entries(given.lines).flatMap(([name, text]) =>
      (text?.parts ?? [])
        .flat()
        .map((part): [string[], string, readonly string[]] => [
          ['words', 'lines', name],
          part,
          Object.entries(lineNames).find(([known]) => known === name)?.[1] ?? [],
        ]),
    ),
  ]
  return checked.flatMap(([path, text, names]) => {
    const at = `${String(yaml.lineAt(path))} ${path.join('.')}`
    try {
      return namesIn(text)
        .filter((name) => !names.includes(name))
        .map((name) => `${at}: names {${name}}, which it is not given`)
    } catch (error) {
      if (error instanceof SyntaxError) return [`${at}: the braces cannot be read: ${error.message}`]
      throw error
    }
  })
}

function wrongTexts({ texts }: Document, yaml: LocatedYaml): string[] {
  return Object.entries(texts).flatMap(([template, byAudience]) =>
    audiences.flatMap((audience) => {
      const text = byAudience[audience]
      if (text === undefined) return []
      const path = ['texts', template, audience]
      if (templateOf(template)?.texts[audience] === undefined)
        return [`${String(yaml.lineAt(path))} ${path.join('.')}: there is no such text`]
      return flawsOf(text, audience).map(
        ({ line: at, message }) => `${lineOf(yaml, template, audience, at)} ${message}`,
      )
    }),
  )
}

/** The body of a block begins below its name. */
function lineOf(yaml: LocatedYaml, template: string, audience: Audience, at: number): string {
  const part = yaml.lineAt(['texts', template, audience, at === 0 ? 'subject' : 'body'])
  return String(part + at)
}
