/** The model must be able to fail: a road that is broken on purpose is found out within some runs. */
import { expect, it } from 'vitest'
import type { Outcome, Write } from '../../connectors/contract.ts'
import { theatre } from './theatre.test-support.ts'
import { tryRuns } from './try-runs.ts'
import type { Sabotage } from './world.ts'

const { stage } = theatre()

/** What is broken, what the model says of it, and from which seed it soon does. */
const mutations: Record<string, Sabotage & { says: RegExp; seed: number }> = {
  'forgets the values that lost': {
    seed: 1,
    says: /is nowhere/,
    after: (db) => db.execute(`delete from clashes where winner <> 'open'`),
  },
  'makes every record twice': {
    seed: 1,
    says: /times|unknown here/,
    wrap: (connector) => ({
      ...connector,
      async write(batch, ctx) {
        const made = batch.filter(({ id }) => id === null)
        if (made.length > 0) await connector.write(made, ctx)
        return connector.write(batch, ctx)
      },
    }),
  },
  'forgets every third change': {
    seed: 1,
    says: /unknown here|there .*here|it may be/,
    wrap: (connector) => {
      let n = 0
      return {
        ...connector,
        async changes(query, ctx) {
          const page = await connector.changes(query, ctx)
          return { ...page, records: page.records.filter(() => (n += 1) % 3 !== 0) }
        },
      }
    },
  },
  'takes what is not known for done': {
    seed: 17,
    says: /there .*here|has no id|unknown/,
    wrap: (connector) => ({
      ...connector,
      async write(batch, ctx) {
        const outcomes = await connector.write(batch, ctx)
        return outcomes.map((outcome, index) => believe(outcome, batch[index]))
      },
    }),
  },
  'reads nothing before it writes': {
    seed: 3,
    says: /it may be|is nowhere|taken for gone/,
    wrap: (connector, vendor) => ({
      ...connector,
      async read(refs, fields, ctx) {
        const reads = await connector.read(refs, fields, ctx)
        // What was read is said to be as it was before the user's last edit.
        return reads.map((read) =>
          read.status === 'found' && refs[0]?.by === 'id' && vendor.name !== 'portal'
            ? { status: 'absent' as const }
            : read,
        )
      },
    }),
  },
}

function believe(outcome: Outcome, write: Write | undefined): Outcome {
  if (outcome.status !== 'unclear' || write?.id == null) return outcome
  return { ref: outcome.ref, status: 'done', id: write.id, stored: null }
}

it.each(Object.entries(mutations))(
  'finds a road that %s',
  async (_, { says, seed, ...sabotage }) => {
    const { failure } = await tryRuns(stage(), { runs: 300, seed, sabotage, shrinkMs: 0 })
    expect(failure?.findings.join('\n')).toMatch(says)
  },
  240_000,
)
