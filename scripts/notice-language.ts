/** Writes docs/reference/notice-language.yaml, the English vocabulary of notices as the file of a language; run it after a change to them. */
import { stringify } from 'yaml'
import type { Template } from '../src/process/notices/template.ts'
import { catalogue } from '../src/process/notices/catalogue.ts'
import { english } from '../src/process/notices/languages/en.ts'
import { writePage } from './page.ts'

export function noticeLanguagePage(): string {
  const texts = Object.fromEntries(
    Object.entries<Template>(catalogue).map(([name, template]) => [name, template.texts]),
  )
  const { words, direction } = english
  return `# All that notices say in English. Copy it as <language>.yaml into the folder of notices.texts and translate what stands behind the
# colons; what you leave out is told in English. Names in braces are filled in. Made by scripts/notice-language.ts.
${stringify({ direction, words, texts }, { lineWidth: 0, blockQuote: 'literal' })}`
}

if (import.meta.main) await writePage('notice-language.yaml', noticeLanguagePage())
