import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CausewayError } from '../../errors.ts'
import { checkSettings } from '../compose.ts'
import { loadConfig, openConfigFile, parseConfig } from './load.ts'

const base = `connections:
  portal:
    vendor: partnerstack
    role: portal
    settings: { publicKey: pk, secretKey: "\${SECRET}" }
  sales:
    vendor: salesforce
    role: crm
    settings:
      loginUrl: https://example.my.salesforce.com
      clientId: id
      clientSecret: "\${SECRET}"
routing:
  - to: sales
`

const env = { SECRET: 's3cr3t' }
const parse = (source: string, variables: Record<string, string | undefined> = env) =>
  parseConfig('causeway.yaml', source, variables, checkSettings)

/** The code and lines of the refusal. */
function refusal(source: string, variables?: Record<string, string | undefined>): { code: string; lines: string[] } {
  return refusalOf(() => parse(source, variables))
}

function refusalOf(load: () => unknown): { code: string; lines: string[] } {
  try {
    load()
  } catch (error) {
    if (error instanceof CausewayError) return { code: error.code, lines: error.message.split('\n') }
    throw error
  }
  return { code: 'none', lines: [] }
}

const linesOf = (load: () => unknown) => refusalOf(load).lines

const refused = (line: string) => ({ code: 'CW_CONFIG_INVALID', lines: [line] })

describe('a configuration', () => {
  it('loads with its defaults, and secrets in their places', () => {
    const config = parse(base)
    expect(config.api).toEqual({ host: '127.0.0.1', port: 8480, publicUrl: null })
    expect(config.connections['portal']).toMatchObject({ poll: 25_000, settings: { secretKey: 's3cr3t' } })
    expect(config.policy.decision.within).toBe(48 * 3_600_000)
  })

  it('takes the value of a variable as text, whatever stands in it', () => {
    const config = parse(base, { SECRET: '42: "${PATH}" # {x}' })
    expect(config.connections['portal']?.settings['secretKey']).toBe('42: "${PATH}" # {x}')
  })

  it('puts a variable into the middle of a text', () => {
    const config = parse(`${base}mail: { smtp: "smtp://u:\${SECRET}@host:25", from: a@example.com }\n`)
    expect(config.mail?.smtp).toBe('smtp://u:s3cr3t@host:25')
  })
})

describe('a mistake is told with its line', () => {
  it.each([
    ['an unknown key', `${base}polcy: {}\n`, 'causeway.yaml:15 polcy: is not a setting that exists here'],
    [
      'an unknown key deep inside',
      `${base}policy:\n  decision:\n    witin: 48h\n`,
      'causeway.yaml:17 policy.decision.witin: is not a setting that exists here',
    ],
    [
      'a bad duration',
      `${base}policy:\n  decision:\n    within: two days\n`,
      'causeway.yaml:17 policy.decision.within: expected a duration such as 30s, 15m, 48h or 90d, found "two days"',
    ],
    [
      'a number where a duration is meant',
      `${base}policy:\n  decision:\n    within: 48\n`,
      'causeway.yaml:17 policy.decision.within: expected string, found a number',
    ],
    [
      'a role that does not exist',
      base.replace('role: crm', 'role: erp'),
      'causeway.yaml:8 connections.sales.role: Invalid option: expected one of "portal"|"crm", found a string',
    ],
    [
      'a vendor that does not exist',
      base.replace('vendor: salesforce', 'vendor: sailforce'),
      'causeway.yaml:7 connections.sales.vendor: there is no connector "sailforce"; expected one of hubspot, partnerstack, salesforce',
    ],
    [
      'a missing setting of a vendor, at the connection’s settings',
      base.replace('      clientId: id\n', ''),
      'causeway.yaml:9 connections.sales.settings.clientId: Invalid input: expected string, received undefined',
    ],
    [
      'a sender without an address',
      `${base}mail: { smtp: "smtp://host:25", from: Causeway }\n`,
      'causeway.yaml:15 mail.from: expected one address such as Causeway <partners@example.com>, found a string',
    ],
    [
      'two senders',
      `${base}mail: { smtp: "smtp://host:25", from: "a@example.com, b@example.com" }\n`,
      'causeway.yaml:15 mail.from: expected one address such as Causeway <partners@example.com>, found a string',
    ],
    [
      'a mail server that is none',
      `${base}mail: { smtp: "https://host", from: a@example.com }\n`,
      'causeway.yaml:15 mail.smtp: expected an address such as smtp://user:password@host:port, found a string',
    ],
    [
      'a webhook that is no address of the web',
      `${base}notices:\n  webhooks:\n    warehouse: { url: "file:///etc/passwd", secret: 0123456789abcdef }\n`,
      'causeway.yaml:17 notices.webhooks.warehouse.url: expected an address that begins with https:// or http://, found a string',
    ],
    [
      'a place of the chat that is neither a channel nor an address',
      `${base}notices:\n  slack:\n    places: { desk: "ftp://host/x" }\n`,
      'causeway.yaml:17 notices.slack.places.desk: expected a channel such as #deals, or an address of https://, found a string',
    ],
    [
      'named accounts of a portal',
      base.replace('role: portal', 'role: portal\n    namedAccounts: [{ source: vips, list: 7 }]'),
      'causeway.yaml:5 connections.portal.namedAccounts.0.source: expected a connection of role crm: accounts are named there',
    ],
    [
      'two lists of named accounts with one name',
      base.replace(
        'role: crm',
        'role: crm\n    namedAccounts:\n      - { source: vips, list: 7 }\n      - { source: vips, list: 00O1 }',
      ),
      'causeway.yaml:11 connections.sales.namedAccounts.1.source: found "vips" twice, expected a name of its own',
    ],
    [
      'a list of named accounts that is not named',
      base.replace('role: crm', 'role: crm\n    namedAccounts:\n      - { source: vips }'),
      'causeway.yaml:10 connections.sales.namedAccounts.0.list: expected the id of the list or report, found nothing',
    ],
    [
      'a routing to a portal',
      base.replace('to: sales', 'to: portal'),
      'causeway.yaml:14 routing.0.to: found "portal", expected a connection of role crm: sales',
    ],
    [
      'a routing to nothing',
      base.replace('to: sales', 'to: slaes'),
      'causeway.yaml:14 routing.0.to: found "slaes", expected a connection of role crm: sales',
    ],
    [
      'a condition that no claim has',
      base.replace('- to: sales', '- when: { colour: red }\n    to: sales'),
      'causeway.yaml:14 routing.0.when.colour: is not a setting that exists here',
    ],
    [
      'a connection’s name',
      base.replace('  sales:', '  Sales CRM:'),
      'causeway.yaml:6 connections.Sales CRM: expected a name of lower-case letters, digits and hyphens',
    ],
  ])('%s', (_, source, line) => {
    expect(refusal(source)).toEqual(refused(line))
  })

  it('all of them at once', () => {
    const source = `${base}polcy: {}\napi:\n  port: 99999\n`
    expect(refusal(source).lines.map((line) => line.split(' ', 1).join())).toEqual([
      'causeway.yaml:15',
      'causeway.yaml:17',
    ])
  })

  it('a secret’s value never', () => {
    const source = base.replace('publicKey: pk', 'publicKey: "${SECRET}", mode: "${SECRET}"')
    const { lines } = refusal(source)
    expect(lines).toHaveLength(1)
    expect(lines.join()).not.toContain('s3cr3t')
  })

  it('an empty file and one that is no mapping', () => {
    expect(refusal('').code).toBe('CW_CONFIG_INVALID')
    expect(refusal('just text\n').code).toBe('CW_CONFIG_INVALID')
    expect(refusal('- a\n- b\n').code).toBe('CW_CONFIG_INVALID')
  })
})

describe('a file that is no YAML', () => {
  it.each([
    ['an open quote', `${base}api:\n  host: "127.0.0.1\n`, /^causeway\.yaml:1[67] /],
    ['a tab as indentation', `connections:\n\tportal:\n\t\tvendor: x\n`, /^causeway\.yaml:2 /],
    ['the same key twice', `${base}routing:\n  - to: sales\n`, /^causeway\.yaml:15 /],
    ['a bracket left open', `${base}api: { host: x\nmail: null\n`, /^causeway\.yaml:1[56] /],
  ])('%s is told with its line', (_, source, line) => {
    const { code, lines } = refusal(source)
    expect(code).toBe('CW_CONFIG_INVALID')
    expect(lines[0]).toMatch(line)
  })

  it('an alias to nothing, and one that grows without end, end in a refusal', () => {
    expect(refusal(`${base}api: *nothing\n`)).toEqual(
      refused('causeway.yaml:15 *nothing: there is no anchor of this name'),
    )
    const layers = Array.from({ length: 12 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`)
    expect(refusal(`l0: &l0 x\n${layers.join('\n')}\n`).code).toBe('CW_CONFIG_INVALID')
  })
})

describe('secrets', () => {
  it('that are not set are told with line and name, all at once', () => {
    const { code, lines } = refusal(base, { SECRET: '' })
    expect(code).toBe('CW_CONFIG_SECRET_MISSING')
    expect(lines).toEqual([
      'causeway.yaml:5 SECRET: environment variable SECRET is not set',
      'causeway.yaml:12 SECRET: environment variable SECRET is not set',
    ])
  })

  it('in a comment need not be set', () => {
    expect(refusal(`# \${OTHER}\n${base}`).code).toBe('none')
  })
})

describe('a policy', () => {
  it('that contradicts itself is told with the lines of both halves', () => {
    const policy = `policy:
  tiers: [gold]
  approval:
    - name: gold
      when: { tiers: [gold] }
      ruling: approve
    - { name: gold-again, when: { tiers: [gold] }, ruling: decline }
  decision:
    within: 24h
    remindAfter: 30h
`
    expect(refusal(base + policy).lines).toEqual([
      'causeway.yaml:21 policy.approval.1: rule "gold-again" is never reached: "gold" before it holds for all of its claims and says otherwise (the other one stands on line 18)',
      'causeway.yaml:24 policy.decision.remindAfter: the reminder after 30h comes when the 24h for a decision are over (the other one stands on line 23)',
    ])
  })

  describe('of its own file', () => {
    let folder: string
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'causeway-policy-'))))
    afterEach(() => rmSync(folder, { recursive: true }))
    const load = (policy: string, config = `${base}policy: rules/policy.yaml\n`) => {
      mkdirSync(join(folder, 'rules'), { recursive: true })
      writeFileSync(join(folder, 'rules/policy.yaml'), policy)
      writeFileSync(join(folder, 'causeway.yaml'), config)
      return openConfigFile(join(folder, 'causeway.yaml'), { ...env, APPROVER: 'desk@example.com' }, checkSettings)
    }

    it('is read with its references, also as it is exported, and stays as it was at the start', () => {
      const opened = load("version: '7'\ndecision: { approver: '${APPROVER}' }\n")
      expect(opened.config.policy).toMatchObject({ version: '7', approver: [{}, { to: 'desk@example.com' }] })
      expect(load("policy: { version: '8' }\n").config.policy.version).toBe('8')
      expect(opened.again().policy.version).toBe('7')
    })

    it('names its own lines, beside those of the configuration', () => {
      const config = `${base}polcy: {}\npolicy: rules/policy.yaml\n`
      expect(
        linesOf(() => load('decision:\n  within: soon\n', config)).map((line) => line.replace(`${folder}/`, '')),
      ).toEqual([
        'rules/policy.yaml:2 decision.within: expected a duration such as 30s, 15m, 48h or 90d, found "soon"',
        'causeway.yaml:15 polcy: is not a setting that exists here',
      ])
    })

    it('that is missing is told with the line that names it', () => {
      expect(() => load('', `${base}policy: elsewhere.yaml\n`)).toThrow(
        /causeway\.yaml:15 policy: .*elsewhere\.yaml cannot be read/,
      )
    })
  })
})

it('says which file cannot be read', () => {
  expect(() => loadConfig('/nonexistent/causeway.yaml', {}, checkSettings)).toThrow(
    '/nonexistent/causeway.yaml cannot be read',
  )
})

it('the example loads once its secrets are set', () => {
  const variables = new Proxy<Record<string, string>>(
    {},
    { get: (_, name) => (String(name).endsWith('_URL') ? 'https://hooks.example.com/set' : 'set-to-something-long') },
  )
  const file = new URL('../../../causeway.example.yaml', import.meta.url).pathname
  const config = loadConfig(file, variables, checkSettings)
  expect(Object.keys(config.connections)).toEqual(['portal', 'sales', 'smb'])
})
