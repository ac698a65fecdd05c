import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { settingsSchema as hubspot } from '../../connectors/hubspot/settings.ts'
import { settings as partnerstack } from '../../connectors/partnerstack/settings.ts'
import { settings as salesforce } from '../../connectors/salesforce/settings.ts'
import { closing, middle, opening } from '../../demo/story.ts'
import { errors } from '../../src/errors.ts'
import { checkSettings } from '../../src/runtime/compose.ts'
import { parseConfig } from '../../src/runtime/config/load.ts'
import { faultOfCommand } from '../production/command-tree.ts'
import { examples, pages, read, root, words } from './fences.ts'

const manifest = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(read('package.json')))

describe.each(pages)('%s', (page) => {
  it('shows only commands that exist, with options that they take', () => {
    const lines = examples(page, 'sh').flatMap((body) => body.replaceAll('\\\n', ' ').split('\n'))
    const commands = lines.flatMap((line) => {
      const [, command] = /(?:^|\s)causeway\s+([^|&;>]+)/.exec(line.replace(/^.*docker compose exec \w+ /, '')) ?? []
      return command === undefined || !/^(\w+=\S+ )*(docker .*|causeway )/.test(line) ? [] : [command]
    })
    expect(commands.map((command) => [command, faultOfCommand(words(command))])).toEqual(
      commands.map((command) => [command, null]),
    )
    const scripts = lines.flatMap((line) =>
      [...line.matchAll(/npm (?:run )?(\w[\w:]*)/g)].map(([, name]) => name ?? ''),
    )
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([])
  })

  it('links to files that exist', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
    const broken = links.map(([, to = '']) => to).filter((to) => !existsSync(join(root, dirname(page), to)))
    expect(broken).toEqual([])
  })

  it('names only paths and error codes that exist', () => {
    const text = read(page)
    const paths = [...text.matchAll(/`((?:src|connectors|workflows|activities|sandbox|test|demo|scripts)\/[\w./-]+)`/g)]
    expect(paths.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([])
    const codes = [...text.matchAll(/\bCW_[A-Z_]+[A-Z]\b/g)].map(([code]) => code)
    expect(codes.filter((code) => !(code in errors))).toEqual([])
  })
})

it('README.md shows a run of the demo with every chapter that is played', () => {
  const [run = ''] = examples('README.md', 'text')
  const titles = [...run.matchAll(/^✔ (.*)$/gm)].map(([, title]) => title)
  const played = [...opening, ...middle, ...closing].map((chapter) => chapter.title)
  expect(new Set(titles)).toEqual(new Set(['Start the parts', 'Five stories at once', ...played]))
})

describe('the guide to connecting', () => {
  const page = 'docs/guides/connect.md'

  it('has a configuration that loads with the secrets that it names', () => {
    const [source = ''] = examples(page, 'yaml')
    const lines = examples(page, 'sh')
      .join('\n')
      .matchAll(/^([A-Z_]+)=(.+)$/gm)
    const secrets = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
    const config = parseConfig(page, source, secrets, checkSettings)
    expect(Object.values(config.connections).map(({ vendor }) => vendor)).toEqual([
      'partnerstack',
      'salesforce',
      'hubspot',
    ])
    const used = [...source.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
    expect(new Set(used)).toEqual(new Set(Object.keys(secrets)))
  })

  it('creates every field that the connectors use unless told otherwise, and no other', () => {
    const portal = partnerstack.parse({ publicKey: 'p', secretKey: 's' })
    const org = salesforce.parse({ loginUrl: 'https://x.my.salesforce.com', clientId: 'c', clientSecret: 's' })
    const account = hubspot.parse({ accessToken: 't' })
    expect(named('PartnerStack')).toEqual(
      new Set([...Object.values(portal.fields), ...Object.values(portal.leadFields)]),
    )
    expect(named('Salesforce')).toEqual(new Set(Object.values(org.fields)))
    expect(named('HubSpot')).toEqual(new Set(Object.values(account.properties)))
    const text = section('Salesforce') + section('HubSpot')
    const defaults = [...Object.values(org.sourceValues), org.partnerType, org.stages.open]
    for (const value of [...defaults, ...Object.values(account.partnerLabels), account.pipeline, account.openStage])
      expect(text).toContain(`\`${value}\``)
  })

  function section(heading: string): string {
    const [, found = ''] = new RegExp(`^## \\d+\\. ${heading}\\n([\\s\\S]*?)^## `, 'm').exec(read(page)) ?? []
    return found
  }

  /** The names in a section's table of fields. */
  function named(heading: string): Set<string> {
    const rows = section(heading)
      .split('\n')
      .filter((line) => /^\|.*`/.test(line))
      .slice(heading === 'PartnerStack' ? 1 : 0)
    return new Set(rows.map((row) => /`(\w+)`/.exec(row)?.[1] ?? ''))
  }
})
