/** Which scripts are tried: weighted so that most of what users and machines do is ordinary, and some of it is not. */
import * as fc from 'fast-check'
import {
  readFaults,
  ruleNames,
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
const rule = fc.constantFrom<Rule>(...ruleNames)
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
  { weight: 1, arbitrary: fc.tuple(place, small).map(([named, field]): Doing => ({ do: 'plant', ...named, field })) },
  { weight: 1, arbitrary: place.map((named): Doing => ({ do: 'vanish', ...named })) },
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
  {
    weight: 1,
    arbitrary: fc
      .tuple(small, fc.constantFrom('ours' as const, 'theirs' as const))
      .map(([pick, winner]): Command => ({ do: 'rule', pick, winner })),
  },
  { weight: 1, arbitrary: small.map((pick): Command => ({ do: 'turn', pick })) },
  { weight: 1, arbitrary: fc.tuple(small, crm).map(([pick, at]): Command => ({ do: 'home', pick, at })) },
  {
    weight: 1,
    arbitrary: fc.tuple(small, fc.boolean()).map(([pick, accept]): Command => ({ do: 'match', pick, accept })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(anywhere, fc.constantFrom('observe' as const, 'live' as const, 'live' as const))
      .map(([at, mode]): Command => ({ do: mode, at })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(place, fc.constantFrom('reconcile' as const, 'refill' as const))
      .map(([{ at, object }, how]): Command => ({ do: how, at, object })),
  },
)

const setting: fc.Arbitrary<Setting> = fc.record({
  crms: fc.constantFrom(1 as const, 2 as const, 2 as const),
  wins: rules,
  wins2: rules,
  page: fc.constantFrom(1, 2, 50),
  batch: fc.constantFrom(1, 3, 20),
  tells: fc.boolean(),
  strict: fc.boolean(),
  mirrors: fc.constantFrom(false, false, true),
  observed: fc.constantFrom(false, false, false, false, true),
})

const shared = fc.constantFrom<ObjectName>('firms', 'firms', 'accounts', 'deals')
const writeFault = fc.constantFrom(...writeFaults)
const otherOf = (at: VendorName): VendorName => (at === 'alpha' ? 'beta' : 'alpha')

/** Two people edit the same field at the same time. */
const rivals = fc
  .record({ object: shared, pick: small, field: fc.nat({ max: 2 }), plain: small })
  .map(({ object, pick, field, plain }): Command[] => [
    { do: plain === 0 ? 'plant' : 'edit', at: 'alpha', object, pick, field },
    { do: 'edit', at: 'beta', object, pick, field },
  ])

/** An edit on its way to the other side, where something goes wrong or somebody edits too. */
const passage = fc
  .record({
    at: crm,
    object: shared,
    pick: small,
    field: fc.nat({ max: 1 }),
    fault: fc.option(writeFault, { freq: 2 }),
    kill,
    turns: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
    meanwhile: fc.option(fc.nat({ max: 40 }), { freq: 2 }),
  })
  .map(({ at, object, pick, field, fault, kill: dies, turns, meanwhile }): Command[] => {
    const there = otherOf(at)
    const drain: Job = { task: { do: 'drain', at: there }, kill: dies }
    const pull: Job = { task: { do: 'pull', at: there, object }, kill: null }
    const rival: Doing = { do: 'edit', at: there, object, pick, field }
    return [
      { do: 'edit', at, object, pick, field },
      { do: 'work', jobs: [{ task: { do: 'pull', at, object }, kill: null }], turns: [], meanwhile: [] },
      ...(fault === null ? [] : [{ do: 'fault' as const, at: there, call: 'write' as const, fault, times: 1 }]),
      meanwhile === null
        ? { do: 'work', jobs: [drain], turns: [], meanwhile: [] }
        : { do: 'work', jobs: [drain, pull], turns, meanwhile: [{ at: meanwhile, what: rival }] },
    ]
  })

/** What happens next: mostly one thing, sometimes things that belong together. */
const event: fc.Arbitrary<Command[]> = fc.oneof(
  { weight: 10, arbitrary: command.map((one) => [one]) },
  { weight: 1, arbitrary: rivals },
  { weight: 2, arbitrary: passage },
)

/** What is there before anything is read. */
const beginning = fc.array(
  place.chain(({ at, object, pick }) => fc.constant<Command>({ do: 'create', at, object, with: pick })),
  { minLength: 2, maxLength: 6, size: 'max' },
)

/** What both CRMs know as one record: a partner of the portal, and a company with one domain. */
const common: Command[] = [
  { do: 'create', at: 'portal', object: 'partners', with: 0 },
  { do: 'create', at: 'alpha', object: 'accounts', with: 3 },
  { do: 'create', at: 'beta', object: 'accounts', with: 3 },
]
const base = fc.constantFrom<Command[]>([], common, common)

/** Most of the scripts begin when all of it is known everywhere. */
const known = fc.constantFrom<Command[]>([], [{ do: 'round' }, { do: 'round' }], [{ do: 'round' }, { do: 'round' }])

export const scripts: fc.Arbitrary<Script> = fc
  .tuple(setting, base, beginning, known, fc.array(event, { minLength: 3, maxLength: 22, size: 'max' }))
  .map(([chosen, one, more, read, events]) => ({
    setting: chosen,
    commands: [...one, ...more, ...read, ...events.flat()],
  }))
