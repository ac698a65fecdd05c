import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../connectors/log.ts'
import { defaultPorts } from '../../sandbox/main.ts'
import { serviceKey } from '../../sandbox/hubspot/world.ts'
import { partnerstackKeys } from '../../sandbox/partnerstack/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { createApi } from '../../src/http/api.ts'
import { checkSettings } from '../../src/runtime/compose.ts'
import { parseConfig } from '../../src/runtime/config/load.ts'
import { searchAttributes } from '../../src/runtime/embedded/temporal-namespace.ts'
import { readEnvironment } from '../../src/runtime/environment.ts'
import { faultOfCommand } from './command-tree.ts'
import { interpolate, mountOf, readCompose, root, type ComposeService } from './compose-file.ts'
import { readDockerfile } from './dockerfile.ts'
import { noFiles } from '../setup/files.ts'

const compose = readCompose()
const services = Object.entries(compose.services)
const service = (name: string): ComposeService => {
  const found = compose.services[name]
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return found
}
const ours = services.filter(([, s]) => s.build !== undefined)
const passwords = {
  CAUSEWAY_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  POSTGRES_PASSWORD: 'first',
  CAUSEWAY_PASSWORD: 'second',
  TEMPORAL_PASSWORD: 'third',
}
const environmentOf = (name: string) =>
  Object.fromEntries(
    Object.entries(service(name).environment).map(([key, value]) => [key, interpolate(value, passwords)]),
  )
const deployed = (name: string, env: Record<string, string> = {}) => {
  const file = join(root, 'deploy', name)
  return parseConfig(file, readFileSync(file, 'utf8'), env, checkSettings)
}

describe('docker-compose.yml', () => {
  it('publishes nothing but the API, and that on loopback', () => {
    const published = services.flatMap(([name, s]) => s.ports.map((port) => [name, interpolate(port)]))
    expect(published).toEqual([['api', '127.0.0.1:8480:8480']])
  })

  it('starts each of our programs by a command that exists', () => {
    expect(ours.map(([name]) => name)).toEqual(['api', 'worker', 'sandboxes'])
    for (const [, s] of ours) expect(faultOfCommand(s.command)).toBeNull()
  })

  it.each(['api', 'worker'])('gives %s no variable that is not read, and all that it needs', (name) => {
    const environment = environmentOf(name)
    expect(readEnvironment(environment)).toMatchObject({
      databaseUrl: 'postgres://causeway:second@postgres:5432/causeway',
      temporal: { address: 'temporal:7233', namespace: 'causeway' },
      secretKey: passwords.CAUSEWAY_SECRET_KEY,
      log: { level: 'info', form: 'json' },
    })
    const changed: Record<string, string> = { ...environment, CAUSEWAY_LOG: 'debug', CAUSEWAY_LOG_FORM: 'text' }
    const unread = Object.keys(environment).filter((variable) => {
      const without = Object.fromEntries(Object.entries(changed).filter(([key]) => key !== variable))
      return isDeepStrictEqual({ ...readEnvironment(changed), all: {} }, { ...readEnvironment(without), all: {} })
    })
    expect(unread).toEqual([])
  })

  it('reads what the image’s own variables name', () => {
    const given = readDockerfile()
      .instructions.filter(({ name }) => name === 'ENV')
      .flatMap(({ rest }) =>
        rest.split(/\s+/).map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']),
      )
    const env = readEnvironment(Object.fromEntries<string>(given))
    const { volumes } = service('api')
    expect(volumes.map((v) => mountOf(v).target)).toEqual([env.configFile, env.dataDir])
    expect(service('worker').volumes.map((v) => mountOf(v).target)).toEqual([env.configFile])
  })

  it.each([
    ['causeway.yaml', 'https://partners.example.com'],
    ['causeway.sandboxes.yaml', 'http://api:8480'],
  ])('runs deploy/%s on the port that is published and asked for its health', (file, publicUrl) => {
    const config = deployed(file, secretsOf('causeway.yaml'))
    expect(config.api).toEqual({ host: '0.0.0.0', port: 8480, publicUrl })
    const { ports, healthcheck } = service('api')
    expect(ports.map((port) => interpolate(port).split(':').at(-1))).toEqual(['8480'])
    expect(healthcheck?.test).toEqual(['CMD', 'answers', 'http://127.0.0.1:8480/health'])
    const exposed = readDockerfile().instructions.filter(({ name }) => name === 'EXPOSE')
    expect(exposed.map(({ rest }) => rest)).toEqual(['8480'])
  })

  it('tries the stand-ins where they listen, with the credentials that they take', () => {
    const { connections, mail } = deployed('causeway.sandboxes.yaml')
    expect(Object.values(connections).map(({ settings }) => settings)).toEqual([
      { baseUrl: `${sandboxAt('partnerstack')}/api/v2`, ...partnerstackKeys.production },
      { loginUrl: sandboxAt('salesforce'), clientId: app.clientId, clientSecret: app.clientSecret },
      { baseUrl: sandboxAt('hubspot'), accessToken: serviceKey },
    ])
    expect(mail?.smtp).toBe(`smtp://127.0.0.1:${String(defaultPorts.smtp)}`)
    const { smtp: _, ...http } = defaultPorts
    const asked = service('sandboxes').healthcheck?.test.slice(2)
    expect(asked).toEqual(Object.values(http).map((port) => `http://127.0.0.1:${String(port)}/_sandbox/health`))
    // They listen on loopback alone, so only who shares their network can reach them.
    expect(service('sandboxes')).toMatchObject({ network_mode: 'service:worker', profiles: ['sandboxes'] })
  })

  it('mounts files that exist and volumes that are declared', () => {
    const sources = services.flatMap(([, s]) => s.volumes.map((volume) => mountOf(volume).source))
    const [files, names] = [sources.filter((s) => s.includes('/')), sources.filter((s) => !s.includes('/'))]
    expect(files.filter((file) => !statSync(join(root, file)).isFile())).toEqual([])
    expect(names.toSorted()).toEqual(Object.keys(compose.volumes).toSorted())
  })

  it('waits for services that exist, in a way that they can meet', () => {
    const ways = services.flatMap(([name, { depends_on }]) =>
      Object.entries(depends_on).map(([other, { condition }]) => ({ name, other, condition, ...service(other) })),
    )
    const isMet = ({ condition, healthcheck, restart }: (typeof ways)[number]) => {
      if (condition === 'service_completed_successfully') return restart.startsWith('on-failure')
      return restart === 'unless-stopped' && (condition !== 'service_healthy' || healthcheck !== undefined)
    }
    expect(ways.filter((way) => !isMet(way)).map(({ name, other }) => `${name} waits for ${other}`)).toEqual([])
  })

  it('has a health check on all that answers', () => {
    const without = services.filter(([, s]) => s.healthcheck === undefined && !s.restart.startsWith('on-failure'))
    expect(without.map(([name]) => name)).toEqual(['worker'])
  })

  it('demands each password and has a default for none', () => {
    const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
    const demanded = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name = '']) => name)
    expect(new Set(demanded)).toEqual(new Set(Object.keys(passwords)))
    for (const name of demanded) expect(text).not.toContain(`\${${name}:-`)
  })
})

describe('the health check of the API', () => {
  it('asks an address that the API has, without a key', async () => {
    const database = openDatabase('postgres://127.0.0.1:1/none', 1) // opened by the first query, and none is made
    const api = createApi({
      db: database.db,
      programme: { policy: policySchema.parse({}), systems: new Map(), route: () => '' },
      connectors: new Map(),
      connections: new Map(),
      authorizers: new Map(),
      ...noFiles,
      kick: () => undefined,
      publicUrl: 'http://127.0.0.1:8480',
      log: silentLog,
      nowMs: Date.now,
      health: () => Promise.resolve([]),
    })
    const [, , ...asked] = service('api').healthcheck?.test ?? []
    for (const url of asked) expect((await api.request(new URL(url).pathname)).status).toBe(200)
    await database.close()
  })

  it('says yes only when every address answers well', async () => {
    const server = createServer((request, response) => response.writeHead(request.url === '/well' ? 200 : 503).end())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const at = (path: string) => `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}${path}`
    expect(await Promise.all([ends(at('/well'), at('/well')), ends(at('/well'), at('/ill')), ends()])).toEqual([
      0, 1, 1,
    ])
    server.closeAllConnections()
    server.close()
  })
})

describe('Temporal in production', () => {
  it('is the same version as its schema', () => {
    const images = ['temporal', 'temporal-schema', 'temporal-namespace'].map((name) => service(name).image)
    expect(new Set(images.map((image) => interpolate(image).split(':').at(-1))).size).toBe(1)
  })

  it('has the namespace and the search attributes that we use', () => {
    const { environment, volumes } = service('temporal-namespace')
    const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } = environmentOf('worker')
    expect(environment).toEqual({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE })
    const script = readFileSync(join(root, mountOf(volumes[0] ?? '').source), 'utf8')
    const [, names = ''] = /^for name in (.*); do$/m.exec(script) ?? []
    expect(names.split(' ')).toEqual(Object.keys(searchAttributes))
    expect(new Set(Object.values(searchAttributes))).toEqual(new Set(['Keyword']))
    expect(script).toContain('--type Keyword')
  })

  it('gives the schema tool all that its script names', () => {
    const { environment, volumes } = service('temporal-schema')
    const script = readFileSync(join(root, mountOf(volumes[0] ?? '').source), 'utf8')
    const named = [...script.matchAll(/\$\{?([A-Z_]+)/g)].map(([, name = '']) => name)
    for (const name of named) expect(environment).toHaveProperty(name)
    expect(environment['SQL_PASSWORD']).toBe(environment['POSTGRES_PWD'])
  })
})

/** A value for everything that a file of deploy/ takes from the environment. */
function secretsOf(name: string): Record<string, string> {
  const text = readFileSync(join(root, 'deploy', name), 'utf8')
  const values: Record<string, string> = {
    CAUSEWAY_PUBLIC_URL: 'https://partners.example.com',
    SALESFORCE_LOGIN_URL: 'https://example.my.salesforce.com',
    SMTP_URL: 'smtp://mail.example.com:587',
    MAIL_FROM: 'partners@example.com',
    APPROVER: 'channel@example.com',
    ESCALATE_TO: 'sales@example.com',
  }
  return Object.fromEntries([...text.matchAll(/\$\{(\w+)\}/g)].map(([, key = '']) => [key, values[key] ?? `a ${key}`]))
}

function sandboxAt(name: keyof typeof defaultPorts): string {
  return `http://127.0.0.1:${String(defaultPorts[name])}`
}

/** The exit code of the health check's program. */
async function ends(...urls: string[]): Promise<unknown> {
  const exited: unknown[] = await once(spawn(process.execPath, [join(root, 'deploy/answers'), ...urls]), 'exit')
  return exited[0]
}
