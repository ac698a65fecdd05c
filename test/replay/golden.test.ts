/** Today's workflows against the histories that were recorded of earlier runs: what waits for months must go on. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { beforeAll, describe, expect, it } from 'vitest'
import { directReviewStates, isOver } from '../../src/domain/direct-deal.ts'
import { registrationStates } from '../../src/domain/records.ts'
import { isOpen } from '../../src/domain/registration-states.ts'
import { bundleWorkflows } from '../../src/runtime/workflow-bundle.ts'
import * as workflows from '../../workflows/index.ts'
import { turnsOf } from '../setup/turns-of.ts'

/** Those of today's loops; a folder beside them holds those of loops that began before and still run. */
const folder = join(import.meta.dirname, 'histories')
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
const present = names.filter((name) => dirname(name) === '.').map((name) => basename(name, '.json'))
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

/** The states that recorded executions of this workflow ended in, as their last turn says. */
function endsOf(type: string): Set<string | undefined> {
  const last = present
    .filter((name) => name.startsWith(`${type}-`))
    .flatMap((name) =>
      turnsOf(historyOf(`${name}.json`))
        .filter(({ took }) => took.length > 0)
        .slice(-1),
    )
  return new Set(last.map(({ took }) => took.at(-1)?.split(' ').at(-1)))
}

describe('a recorded history', () => {
  it.each(names)('%s is replayed by the present workflows', async (name) => {
    await expect(replay(name)).resolves.toBeUndefined()
  })

  it('is there for every workflow', () => {
    const missing = Object.keys(workflows).filter((type) => !present.some((name) => name.split('-')[0] === type))
    expect(missing).toEqual([])
  })

  it('is there for every end of a registration', () => {
    const ends = registrationStates.filter((state) => !isOpen(state))
    expect(ends.filter((end) => !endsOf('registration').has(end))).toEqual([])
  })

  it('is there for a protection that was prolonged', () => {
    const rows = present.flatMap((name) => turnsOf(historyOf(`${name}.json`)).flatMap(({ took }) => took))
    expect(rows).toContain('approved extend approved')
  })

  it('is there for every end of a direct deal’s review', () => {
    const ends = directReviewStates.filter(isOver)
    expect(ends.filter((end) => !endsOf('directDealReview').has(end))).toEqual([])
  })

  it.each([
    ['registration-approved-by-rule-lapsed.json', 'registrations.turn(', 'registrations.next('],
    ['by-step/registration-approved-by-rule-lapsed.json', 'registrations.next(', 'registrations.receive('],
    ['directDealReview-set-back-released.json', 'reviews.turnOfReview(', 'reviews.nextReview('],
    ['by-step/directDealReview-set-back-released.json', 'reviews.nextReview(', 'reviews.askDeal('],
    ['stream.json', 'streams.pull(', 'streams.read('],
    ['sender.json', 'senders.drain(', 'senders.empty('],
    ['mailer.json', 'mailers.sendNotices(', 'mailers.send('],
  ])('%s is not replayed by a workflow that calls something else', async (name, from, to) => {
    await expect(replay(name, changed(from, to))).rejects.toBeInstanceOf(DeterminismViolationError)
  })
})
