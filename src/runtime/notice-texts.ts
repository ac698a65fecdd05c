/** An admin's own texts of notices: a folder of files `<template>/<audience>.<language>.txt`, the subject on the first line. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { audiences } from '../domain/notice.ts'
import { CausewayError } from '../errors.ts'
import { templateOf } from '../process/notices/catalogue.ts'
import { isLanguage } from '../process/notices/languages/index.ts'
import type { Text } from '../process/notices/template.ts'
import { flawsOf } from '../process/notices/text.ts'

/**
 * The texts by `template/audience/language`. A relative folder is looked up beside the configuration.
 *
 * @throws CW_CONFIG_INVALID with each file and line that names a template, audience, language or fact that there is not
 */
export function readNoticeTexts(folder: string | null, configFile: string): Map<string, Text> {
  const texts = new Map<string, Text>()
  if (folder === null) return texts
  const root = resolve(dirname(configFile), folder)
  if (!existsSync(root))
    throw new CausewayError('CW_CONFIG_INVALID', `notices.texts: ${root} is not there`, { file: root })
  const flaws: string[] = []
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!name.endsWith('.txt')) continue
    const file = join(root, name)
    const [, template = '', given = '', language = ''] = /^(.+)[\\/](\w+)\.([A-Za-z]{2})\.txt$/.exec(name) ?? []
    const audience = audiences.find((one) => one === given)
    if (audience === undefined || templateOf(template)?.texts[audience] === undefined || !isLanguage(language)) {
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
  if (flaws.length > 0) throw new CausewayError('CW_CONFIG_INVALID', flaws.join('\n'), { file: root, lines: flaws })
  return texts
}
