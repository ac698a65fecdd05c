import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeRun } from '../../../test/setup/sweep.ts'
import { type RunningPostgres, startPostgres } from './postgres.ts'
import { nameOf } from './process.ts'

let dataDir: string
let started: RunningPostgres[]
let said: string[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-postgres-'))
  await chmod(dataDir, 0o711)
  started = []
  said = []
})
afterEach(async () => {
  for (const postgres of started) await postgres.stop(3000)
  await removeRun(dataDir)
})

async function start(folder = dataDir): Promise<RunningPostgres> {
  const postgres = await startPostgres({
    dataDir: folder,
    port: { preferred: 54_350 },
    log: (message) => said.push(message),
  })
  started.push(postgres)
  return postgres
}

async function ask(postgres: RunningPostgres, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('the embedded PostgreSQL', () => {
  it('is durable, speaks UTF-8, listens on loopback only and lets nobody in without its password', async () => {
    const postgres = await start()
    expect(
      await ask(
        postgres,
        `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
                current_setting('server_encoding') as encoding, current_setting('listen_addresses') as listens`,
      ),
    ).toEqual([{ fsync: 'on', commit: 'on', encoding: 'UTF8', listens: '127.0.0.1' }])

    const intruder = new Client({ connectionString: postgres.url.replace(/:[^:@]*@/, ':guess@') })
    await expect(intruder.connect()).rejects.toMatchObject({ code: '28P01' })
    expect((await stat(join(dataDir, 'postgres/password'))).mode & 0o777).toBe(0o600)
  })

  it('starts although its file names a living process that is no PostgreSQL', async () => {
    const first = await start()
    await first.stop(3000)
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    try {
      const data = join(dataDir, 'postgres/data')
      await writeFile(
        join(data, 'postmaster.pid'),
        `${stranger.pid}\n${data}\n0\n${first.port}\n\n127.0.0.1\n\nready\n`,
      )
      const second = await start()
      expect(second.adopted).toBe(false)
      expect(nameOf(stranger.pid ?? 0)).not.toBeNull()
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  it('says so when the data was written by another major version', async () => {
    const postgres = await start()
    await postgres.stop(3000)
    const versionFile = join(dataDir, 'postgres/data/PG_VERSION')
    expect((await readFile(versionFile, 'utf8')).trim()).toBe('18')
    await writeFile(versionFile, '16\n')
    const refused = start()
    await expect(refused).rejects.toMatchObject({ code: 'CW_POSTGRES_START' })
    await expect(refused).rejects.toThrow('PostgreSQL 16')
  })

  it('gives what PostgreSQL itself said when it does not start', async () => {
    const postgres = await start()
    await postgres.stop(3000)
    await writeFile(join(dataDir, 'postgres/data/postgresql.conf'), 'no_such_setting = 1\n')
    const refused = start()
    await expect(refused).rejects.toMatchObject({ code: 'CW_POSTGRES_START' })
    await expect(refused).rejects.toThrow('no_such_setting')
  })

  it('names the folder that cannot be written', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    const refused = start(join(file, 'data'))
    await expect(refused).rejects.toMatchObject({ code: 'CW_DISK_FULL' })
    await expect(refused).rejects.toThrow(join(file, 'data'))
  })

  it.runIf(process.getuid?.() === 0)(
    'as root keeps its data where its account can go, says where, and finds it again',
    async () => {
      const closed = join(dataDir, 'closed')
      await mkdir(closed, { mode: 0o700 })
      const first = await start(join(closed, 'data'))
      await ask(first, 'create table kept (n int)')
      await first.stop(3000)
      expect(said.join('\n')).toContain('/var/lib/causeway/')

      await chmod(closed, 0o711)
      const second = await start(join(closed, 'data'))
      expect(await ask(second, 'select * from kept')).toEqual([])
      await second.stop(3000)
      await removeRun(join(closed, 'data'))
    },
  )
})
