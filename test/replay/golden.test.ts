/** Today's workflows against the histories that were recorded of earlier runs: what waits for months must go on. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundleWorkflows } from '../../src/runtime/workflow-bundle.ts'

const folder = join(import.meta.dirname, 'histories')
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
const historyOf = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'))

let code: string
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) })
  ;({ code } = await bundleWorkflows())
}, 60_000)

const replay = (name: string, bundle = code) =>
  Worker.runReplayHistory({ workflowBundle: { code: bundle } }, historyOf(name), name)

/** A workflow as it would be after a careless change. */
function changed(from: string, to: string): string {
  const other = code.replaceAll(from, to)
  if (other === code) throw new Error(`the bundle has no ${from}`)
  return other
}

describe('a recorded history', () => {
  it.each(names)('%s is replayed by the present workflows', async (name) => {
    await expect(replay(name)).resolves.toBeUndefined()
  })

  it('is there for every workflow', () => {
    const kinds = new Set(names.map((name) => name.split(/[-.]/)[0]))
    expect(kinds).toEqual(new Set(['directDealReview', 'mailer', 'registration', 'sender', 'stream']))
  })

  it.each([
    ['registration-approved-by-rule-lapsed.json', 'registrations.next(', 'registrations.receive('],
    ['directDealReview-set-back-released.json', 'reviews.nextReview(', 'reviews.askDeal('],
    ['stream.json', 'streams.pull(', 'streams.read('],
    ['sender.json', 'senders.drain(', 'senders.empty('],
    ['mailer.json', 'mailers.sendNotices(', 'mailers.send('],
  ])('%s is not replayed by a workflow that calls something else', async (name, from, to) => {
    await expect(replay(name, changed(from, to))).rejects.toBeInstanceOf(DeterminismViolationError)
  })
})
