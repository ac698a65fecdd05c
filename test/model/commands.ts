/** Which scripts are tried: weighted so that most of what users and machines do is ordinary, and some of it is not. */
import * as fc from 'fast-check'
import {
  readFaults,
  writeFaults,
  type Command,
  type Doing,
  type Job,
  type ObjectName,
  type Rule,
  type Script,
  type Setting,
  type Task,
  type VendorName,
} from './script.ts'

const small = fc.nat({ max: 5 })
const crm = fc.constantFrom<VendorName>('alpha', 'alpha', 'beta')
const anywhere = fc.constantFrom<VendorName>('portal', 'alpha', 'alpha', 'beta')
const rule = fc.constantFrom<Rule>('vendor', 'ledger')
const rules = fc.tuple(rule, rule, rule)

const objectAt = (at: VendorName): fc.Arbitrary<ObjectName> =>
  at === 'portal' ? fc.constantFrom('partners', 'claims', 'claims') : fc.constantFrom('accounts', 'deals', 'firms')

const place = anywhere.chain((at) => fc.record({ at: fc.constant(at), object: objectAt(at), pick: small }))

const doing: fc.Arbitrary<Doing> = fc.oneof(
  { weight: 5, arbitrary: place.map(({ at, object, pick }): Doing => ({ do: 'create', at, object, with: pick })) },
  { weight: 8, arbitrary: fc.tuple(place, small).map(([named, field]): Doing => ({ do: 'edit', ...named, field })) },
  { weight: 1, arbitrary: place.map((named): Doing => ({ do: 'touch', ...named })) },
  { weight: 1, arbitrary: place.map((named): Doing => ({ do: 'erase', ...named })) },
  { weight: 1, arbitrary: place.map((named): Doing => ({ do: 'restore', ...named })) },
  { weight: 1, arbitrary: place.map((named): Doing => ({ do: 'remake', ...named })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(crm, fc.constantFrom<ObjectName>('accounts', 'deals', 'firms'), small, small)
      .map(([at, object, pick, into]): Doing => ({ do: 'merge', at, object, pick, into })),
  },
)

const task: fc.Arbitrary<Task> = fc.oneof(
  { weight: 5, arbitrary: place.map(({ at, object }): Task => ({ do: 'pull', at, object })) },
  { weight: 3, arbitrary: crm.map((at): Task => ({ do: 'drain', at })) },
  { weight: 1, arbitrary: fc.constant<Task>({ do: 'drain', at: 'portal' }) },
  { weight: 1, arbitrary: fc.constant<Task>({ do: 'process' }) },
)

const kill: fc.Arbitrary<Job['kill']> = fc.option(
  fc.record({ at: fc.integer({ min: 1, max: 60 }), how: fc.constantFrom('before' as const, 'after' as const) }),
  { freq: 3 },
)

const job: fc.Arbitrary<Job> = fc.record({ task, kill })

const work: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: job.map((one): Command => ({ do: 'work', jobs: [one], turns: [], meanwhile: [] })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        jobs: fc.tuple(job, job).map((two): Job[] => two),
        turns: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
        meanwhile: fc.array(fc.record({ at: fc.nat({ max: 50 }), what: doing }), { maxLength: 3 }),
      })
      .map((two): Command => ({ do: 'work', ...two })),
  },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: doing },
  { weight: 9, arbitrary: work },
  {
    weight: 2,
    arbitrary: fc
      .tuple(place, fc.integer({ min: 1, max: 2 }))
      .map(([named, times]): Command => ({ do: 'hint', ...named, times })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(crm, fc.constantFrom(...writeFaults), fc.integer({ min: 1, max: 3 }))
      .map(([at, fault, times]): Command => ({ do: 'fault', at, call: 'write', fault, times })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anywhere, fc.constantFrom('read' as const, 'changes' as const), fc.constantFrom(...readFaults), small)
      .map(([at, call, fault, times]): Command => ({ do: 'fault', at, call, fault, times: 1 + (times % 2) })),
  },
  { weight: 1, arbitrary: anywhere.map((at): Command => ({ do: 'lag', at })) },
  { weight: 2, arbitrary: fc.constant<Command>({ do: 'age' }) },
  { weight: 2, arbitrary: fc.constant<Command>({ do: 'round' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'retry' }) },
  {
    weight: 1,
    arbitrary: fc.tuple(small, fc.boolean()).map(([pick, approve]): Command => ({ do: 'decide', pick, approve })),
  },
)

const setting: fc.Arbitrary<Setting> = fc.record({
  crms: fc.constantFrom(1 as const, 2 as const),
  wins: rules,
  wins2: rules,
  page: fc.constantFrom(1, 2, 50),
  batch: fc.constantFrom(1, 3, 20),
  tells: fc.boolean(),
  strict: fc.boolean(),
})

/** What is there before anything is read. */
const beginning = fc.array(
  place.chain(({ at, object, pick }) => fc.constant<Command>({ do: 'create', at, object, with: pick })),
  { minLength: 2, maxLength: 6, size: 'max' },
)

/** Half of the scripts begin when all of it is known everywhere. */
const known = fc.constantFrom<Command[]>([], [{ do: 'round' }, { do: 'round' }])

export const scripts: fc.Arbitrary<Script> = fc
  .tuple(setting, beginning, known, fc.array(command, { minLength: 3, maxLength: 30, size: 'max' }))
  .map(([chosen, ...parts]) => ({ setting: chosen, commands: parts.flat() }))
