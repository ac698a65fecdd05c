/** The reference pages are made from the code; a page that was not made anew fails here. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cliPage } from '../../scripts/cli-page.ts'
import { errorsPage } from '../../scripts/errors-page.ts'
import { mappingSchemaPage } from '../../scripts/mapping-schema.ts'
import { noticeLanguagePage } from '../../scripts/notice-language.ts'
import { noticesPage } from '../../scripts/notices-page.ts'
import { formatted } from '../../scripts/page.ts'
import { registrationStatesPage } from '../../scripts/registration-states-page.ts'
import { errors } from '../../src/errors.ts'
import { catalogue } from '../../src/process/notices/catalogue.ts'
import { english } from '../../src/process/notices/languages/en.ts'
import { plainSettings } from '../../src/process/notices/settings.ts'
import type { Template } from '../../src/process/notices/template.ts'
import { readLanguage } from '../../src/runtime/notice-languages.ts'
import { noticesSchema } from '../../src/runtime/config/notices.ts'

const read = (page: string) => readFileSync(new URL(`../../docs/reference/${page}`, import.meta.url), 'utf8')

describe('the reference', () => {
  it('of errors is that of src/errors.ts; `node scripts/errors-page.ts` writes it', async () => {
    expect(read('errors.md')).toBe(await formatted('errors.md', errorsPage()))
    for (const code of Object.keys(errors)) expect(read('errors.md')).toContain(`\`${code}\``)
  })

  it('of the command line is that of src/cli; `node scripts/cli-page.ts` writes it', async () => {
    expect(read('cli.md')).toBe(await formatted('cli.md', cliPage()))
  })

  it('of mapping documents is that of the reader; `node scripts/mapping-schema.ts` writes it', async () => {
    expect(read('mapping.schema.json')).toBe(await formatted('mapping.schema.json', mappingSchemaPage()))
  })

  it('of the states of a registration is that of the table; `node scripts/registration-states-page.ts` writes it', async () => {
    expect(read('registration-states.md')).toBe(await formatted('registration-states.md', registrationStatesPage()))
  })

  it('of notices is that of the catalogue, and its defaults those of the configuration; `node scripts/notices-page.ts` writes it', async () => {
    expect(read('notices.md')).toBe(await formatted('notices.md', noticesPage()))
    expect(noticesSchema.parse({}).people).toEqual(plainSettings.people)
  })

  it('of the words of notices is the file of a language that takes all of them; `node scripts/notice-language.ts` writes it', async () => {
    const page = noticeLanguagePage()
    expect(read('notice-language.yaml')).toBe(await formatted('notice-language.yaml', page))
    const { language, flaws } = readLanguage(read('notice-language.yaml'), 'xx')
    expect(flaws).toEqual([])
    expect(language.words).toEqual(english.words)
    for (const [name, { texts }] of Object.entries<Template>(catalogue)) expect(language.texts[name]).toEqual(texts)
  })

  it('of the API names each status that a refusal is answered with', () => {
    for (const status of ['401', '403', '404', '409', '413', '503']) expect(read('api.md')).toContain(status)
  })
})
