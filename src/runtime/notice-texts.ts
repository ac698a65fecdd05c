/** An admin's own texts of notices: a folder of files `<template>/<audience>.<language>.txt`, the subject on the first line, and of languages. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { audiences } from '../domain/notice.ts'
import { CausewayError } from '../errors.ts'
import { templateOf } from '../process/notices/catalogue.ts'
import { isLanguage, isTag, ownLanguages, type Languages } from '../process/notices/languages/index.ts'
import type { Language } from '../process/notices/languages/language.ts'
import type { NoticeSettings } from '../process/notices/settings.ts'
import type { Text } from '../process/notices/template.ts'
import { flawsOf } from '../process/notices/text.ts'
import type { NoticesConfig } from './config/notices.ts'
import { readLanguage } from './notice-languages.ts'

export type NoticeTexts = Pick<NoticeSettings, 'texts' | 'languages'>

/**
 * The languages of the folder's `<language>.yaml` beside our own, and the texts by `template/audience/language`. A relative folder is
 * looked up beside the configuration.
 *
 * @throws CW_CONFIG_INVALID with each file and line that names a template, audience, language or fact that there is not
 */
export function readNoticeTexts(
  { texts: folder, language, places }: Pick<NoticesConfig, 'texts' | 'language' | 'places'>,
  configFile: string,
): NoticeTexts {
  const texts = new Map<string, Text>()
  const languages = new Map(ownLanguages)
  const flaws: string[] = []
  const root = folder === null ? null : resolve(dirname(configFile), folder)
  if (root !== null) {
    if (!existsSync(root))
      throw new CausewayError('CW_CONFIG_INVALID', `notices.texts: ${root} is not there`, { file: root })
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()
    // A text may be in a language that a file of the same folder brings.
    flaws.push(...readLanguages(root, names, languages), ...readTexts(root, names, languages, texts))
  }
  const wished: [string, string | null][] = [
    ['notices.language', language],
    ...places.map((place, i): [string, string | null] => [`notices.places.${String(i)}.language`, place.language]),
  ]
  for (const [path, tag] of wished)
    if (tag !== null && !isLanguage(tag, languages))
      flaws.push(`${configFile}: ${path} is "${tag}"; expected one of ${[...languages.keys()].join(', ')}`)
  if (flaws.length > 0)
    throw new CausewayError('CW_CONFIG_INVALID', flaws.join('\n'), { file: root ?? configFile, lines: flaws })
  return { texts, languages }
}

function readLanguages(root: string, names: readonly string[], languages: Map<string, Language>): string[] {
  return names.flatMap((name) => {
    if (!/\.ya?ml$/.test(name)) return []
    const file = join(root, name)
    const base = /^([a-z]{2,3})\.ya?ml$/.exec(name)?.[1]
    if (base === undefined || !isTag(base)) return [`${file}: expected the name of a language, such as nl.yaml`]
    const { language, flaws } = readLanguage(readFileSync(file, 'utf8'), base)
    languages.set(base, language)
    return flaws.map((flaw) => `${file}:${flaw}`)
  })
}

function readTexts(root: string, names: readonly string[], languages: Languages, texts: Map<string, Text>): string[] {
  const flaws: string[] = []
  for (const name of names) {
    if (!name.endsWith('.txt')) continue
    const file = join(root, name)
    const [, template = '', given = '', language = ''] = /^(.+)[\\/](\w+)\.([A-Za-z]{2})\.txt$/.exec(name) ?? []
    const audience = audiences.find((one) => one === given)
    if (
      audience === undefined ||
      templateOf(template)?.texts[audience] === undefined ||
      !isLanguage(language, languages)
    ) {
      flaws.push(`${file}: there is no such text; expected a name such as registration.approved/partner.de.txt`)
      continue
    }
    const [subject = '', ...rest] = readFileSync(file, 'utf8').replaceAll('\r\n', '\n').split('\n')
    const skipped = rest.findIndex((line) => line.trim() !== '')
    const text = {
      subject: subject.replace(/^Subject:\s*/, ''),
      body: rest.slice(Math.max(0, skipped)).join('\n').trimEnd(),
    }
    if (text.subject.trim() === '' || text.body === '')
      flaws.push(`${file}:1 expected a subject, an empty line and a text`)
    // The subject is line 1; the body begins after it and the empty lines.
    const lineOf = (line: number) => (line === 0 ? 1 : line + 1 + Math.max(0, skipped))
    flaws.push(...flawsOf(text, audience).map(({ line, message }) => `${file}:${String(lineOf(line))} ${message}`))
    texts.set(`${template}/${audience}/${language.toLowerCase()}`, text)
  }
  return flaws
}
