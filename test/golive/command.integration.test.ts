/** The commands of a go-live as a person types them, against a real API over vendors in memory. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { crm, startBench, type Bench } from '../setup/bench.ts'
import { serveBench, type Served } from '../setup/served.ts'

let bench: Bench
let served: Served

beforeAll(async () => {
  bench = await startBench({ alpha: crm, beta: { ...crm, mode: 'observe' } })
  served = await serveBench(bench)
})
afterAll(async () => {
  await served.close()
  await bench.close()
})

const causeway = (words: string, role: 'admin' | 'manager' = 'admin') => served.causeway(words.split(' '), { role })

it('leads from observing to live and back again', async () => {
  const there = bench.vendor('beta').put('accounts', { Name: 'Werk', Site: 'werk.com', Country: null })
  const here = bench.vendor('alpha').put('accounts', { Name: 'Werk', Site: 'werk.com', Country: null })
  await bench.settle()
  bench.vendor('alpha').edit(here, { Name: '=Werk, AG' })
  await bench.settle()
  const name = () => bench.vendor('beta').one(there).fields['Name']

  const health = await causeway('connections')
  expect(health.out).toMatch(/^beta +acme +crm +observing .* 0 +1 +0$/m)
  const report = await causeway('connections differences beta', 'manager')
  expect(report.out).toMatch(/^accounts +0 +0 +0 +1 +0 +0 +0$/m)
  expect(report.out).toContain('accounts.Name: 1')
  const listed = await causeway('connections differences beta --object accounts --csv')
  expect(listed.out).toContain(`${there},Name,Werk,"'=Werk, AG",`)
  expect(await causeway('connections differences beta --object nothing')).toMatchObject({ code: 1 })
  expect((await causeway('connections differences gamma')).err).toContain('CW_NOT_FOUND')

  // Nobody sits at the terminal of a script, and a manager may look and not switch.
  expect(await causeway('connections go-live beta')).toMatchObject({ code: 2 })
  expect((await causeway('connections go-live beta --yes', 'manager')).err).toContain('CW_FORBIDDEN')
  await bench.settle()
  expect(name()).toBe('Werk')

  const live = await causeway('connections go-live beta --yes --json')
  const { runId } = z.object({ runId: z.string() }).parse(JSON.parse(live.out))
  await bench.settle()
  expect(name()).toBe('=Werk, AG')
  expect((await causeway('connections go-live beta --yes')).out).toBe('beta was live already.\n')
  expect((await causeway('runs list --connection beta --kind go-live')).out).toMatch(
    /go-live +beta +- +done +1 +1 updated/,
  )
  expect((await causeway(`audit --run ${runId.slice(0, 13)}`)).out).toContain('Name: Werk → =Werk, AG')
  expect((await causeway('audit --what connection.mode')).out).toMatch(
    /connection.mode +Ada, admin .* mode: observe → live/,
  )

  expect((await causeway(`undo ${runId} --dry-run`)).out).toMatch(/^Fields put back +1$/m)
  expect(name()).toBe('=Werk, AG')
  const undone = await causeway(`undo ${runId} --yes`)
  expect(undone.out).toContain('beta is only observed from now on')
  await bench.settle()
  expect(name()).toBe('Werk')
  const [, undo = ''] = /runs show (\S+)/.exec(undone.out) ?? []
  expect((await causeway(`runs show ${undo}`)).out).toMatch(/^Undoes +/m)
  expect((await causeway(`runs show ${runId}`)).out).toContain(undo)
  expect((await causeway('connections')).out).toMatch(/^beta .* observing /m)
  expect((await causeway('connections observe beta')).out).toBe('beta was observed already.\n')
})
