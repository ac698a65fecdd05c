import { readdirSync, readFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { describe, expect, it } from 'vitest'
import { accessFiles } from './access-files.ts'
import { neededToRun, neededToSetUp, scopeNeeds } from './scopes.ts'
import { settingsSchema } from './settings.ts'

const settings = (more: object = {}) => settingsSchema.parse({ accessToken: 'x', ...more })
const scopes = (needs: { scope: string }[]) => needs.map(({ scope }) => scope)

describe('the scopes', () => {
  it('follow the objects that are synced', () => {
    expect(scopes(neededToRun(settings({ objects: ['owners', 'companies'] })))).toEqual([
      'crm.objects.companies.read',
      'crm.objects.companies.write',
      'crm.schemas.companies.read',
      'crm.objects.owners.read',
    ])
    expect(scopes(neededToSetUp(settings({ objects: ['owners', 'companies'] })))).toEqual([
      'crm.schemas.companies.write',
    ])
    const all = settings({ leads: 'object', tasks: true })
    expect(new Set([...neededToRun(all, true), ...neededToSetUp(all)])).toEqual(new Set(scopeNeeds))
  })

  it('ask for no lists where none are wished for', () => {
    const none = settings({ lists: { partner: null, coSell: null, underReview: null } })
    expect(scopes(neededToSetUp(none)).filter((scope) => scope.includes('lists'))).toEqual([])
  })

  it('stand in the shipped files; scripts/write-access.ts writes them', async () => {
    const folder = new URL('../../deploy/access/hubspot/', import.meta.url)
    const wished = accessFiles()
    expect(readdirSync(folder).toSorted()).toEqual(Object.keys(wished).toSorted())
    for (const [name, text] of Object.entries(wished)) {
      const file = new URL(name, folder)
      const style = await resolveConfig(file)
      expect(readFileSync(file, 'utf8')).toBe(await format(text, { ...style, filepath: file.pathname }))
    }
  })
})
