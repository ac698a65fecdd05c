/** The steps of the guided set-up, in their order. Each can be taken again. */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { isVendor, setUpOf } from '../../../connectors/registry.ts'
import { CausewayError } from '../../errors.ts'
import { Later } from './ask.ts'
import { runs, startCauseway, stopCauseway } from './parts.ts'
import { systems } from './systems.ts'
import type { Walk } from './walk.ts'

export interface Step {
  name: string
  title: string
  take(walk: Walk): Promise<void>
}

export const steps: Step[] = [
  { name: 'systems', title: 'Which systems, and how to get into them', take: systems },
  { name: 'start', title: 'Start Causeway', take: start },
  { name: 'connect', title: 'Connect', take: connect },
  { name: 'plan', title: 'What the CRMs lack', take: plan },
  { name: 'doctor', title: 'Is all as it must be?', take: doctor },
  { name: 'map', title: 'What the records become', take: map },
  { name: 'preview', title: 'What would be written', take: preview },
  { name: 'go-live', title: 'Go live', take: goLive },
  { name: 'first-partner', title: 'The first partner', take: firstPartner },
]

async function start(walk: Walk): Promise<void> {
  const { ctx, ask, progress } = walk
  if (await runs(ctx.env)) return ask.say('Causeway runs already.')
  ask.say(
    '$ causeway start\nThe first start installs PostgreSQL and Temporal into the data folder, which takes a moment …',
  )
  const { pid } = await startCauseway(ctx.env)
  progress.started.causeway = pid
  await walk.keep()
  ask.say(`Causeway runs (process ${String(pid)}); what it says is in ${ctx.env.dataDir}/start.log and serve.log.`)
}

async function connect(walk: Walk): Promise<void> {
  const { ask, progress } = walk
  for (const [name, vendor] of Object.entries(progress.connections)) {
    for (;;) {
      const { exit, failure } = await walk.show('connect', name)
      if (exit === 0) break
      if (failure !== null && failure.code !== 'CW_AUTHORIZATION_FAILED') throw failure
      if (!ask.isInteractive)
        throw new CausewayError(
          'CW_REAUTH_REQUIRED',
          `${name} cannot be connected. Give the right answers, such as --set ${name}.${secretOf(vendor)}=…, and run \`causeway init\` again`,
        )
      if (!(await ask.agree('Answer anew? (No: only try again)'))) continue
      await answerAnew(walk, name, vendor)
    }
  }
}

/** Other answers to all of the connection's questions; Causeway starts anew with them. */
async function answerAnew(walk: Walk, name: string, vendor: string): Promise<void> {
  const { progress, options } = walk
  if (!isVendor(vendor)) return
  // What came as a flag was refused as well.
  options.set = Object.fromEntries(Object.entries(options.set).filter(([flag]) => !flag.startsWith(`${name}.`)))
  progress.answers[name] = Object.fromEntries(
    Object.entries(progress.answers[name] ?? {}).filter(
      ([key]) => !setUpOf(vendor).questions.some((q) => q.key === key),
    ),
  )
  await systems(walk)
  if (progress.started.causeway !== null) await stopCauseway(progress.started.causeway)
  await start(walk)
}

function secretOf(vendor: string): string {
  return (isVendor(vendor) ? setUpOf(vendor).questions.find(({ secret }) => secret === true)?.key : null) ?? 'setting'
}

async function plan(walk: Walk): Promise<void> {
  const planned = await walk.show('plan')
  if (planned.failure !== null) throw planned.failure
  if (planned.exit === 0) return
  if (!(await walk.ask.agree('Make what is missing?'))) return
  const applied = await walk.show('apply', '--yes')
  if (applied.exit === 1)
    throw new CausewayError(
      'CW_VENDOR_SCOPE',
      'Not all could be made; mend what is named above and run `causeway init` again',
    )
}

const connectionList = z.looseObject({
  items: z.array(
    z.looseObject({
      name: z.string(),
      mode: z.string(),
      streams: z.array(
        z.looseObject({ object: z.string(), coveredThrough: z.string().nullable(), code: z.string().nullable() }),
      ),
    }),
  ),
})

const doctored = z.looseObject({
  findings: z.array(z.looseObject({ part: z.string(), status: z.string(), message: z.string() })),
})

async function doctor(walk: Walk): Promise<void> {
  for (;;) {
    await recovered(walk)
    await walk.show('doctor')
    const { findings } = doctored.parse(await walk.read('doctor'))
    const wrong = findings.filter(({ status }) => status === 'wrong')
    if (wrong.length === 0) return
    const found = wrong.map(({ part, message }) => `${part}: ${message}`).join('; ')
    if (!walk.ask.isInteractive)
      throw new CausewayError('CW_CONFIG_INVALID', `Mend this and run \`causeway init\` again: ${found}`)
    if (!(await walk.ask.agree('Look again, once it is mended? (No: go on as it is)'))) return
  }
}

/** What failed before something was mended is tried again within moments; until then it would be told as wrong. */
async function recovered(walk: Walk): Promise<void> {
  for (const until = Date.now() + 15_000; Date.now() < until; await pause(500)) {
    const { items } = connectionList.parse(await walk.read('connections', 'list'))
    if (items.every(({ streams }) => streams.every(({ code }) => code === null))) return
  }
}

/** Everything is read once before it is compared. */
async function whole(walk: Walk): Promise<void> {
  let waiting: string[] = []
  for (const until = Date.now() + 30 * 60_000; Date.now() < until; await pause(500)) {
    const { items } = connectionList.parse(await walk.read('connections', 'list'))
    waiting = items.flatMap(({ name, streams }) =>
      streams.length === 0
        ? [name]
        : streams.flatMap((s) => (s.coveredThrough === null ? [`${name} ${s.object}`] : [])),
    )
    if (waiting.length === 0) return
  }
  throw new CausewayError(
    'CW_NOT_RUNNING',
    `Not read within half an hour: ${waiting.join(', ')}; \`causeway connections\` says why`,
  )
}

const partnerList = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), name: z.string() })) })
async function map(walk: Walk): Promise<void> {
  walk.ask.say('Reading everything once; nothing is written …')
  await whole(walk)
  const { failure } = await walk.show('mapping', 'list')
  if (failure !== null) throw failure
  walk.ask.say(
    'The vendors’ defaults are in force until you publish another. To change one:\n' +
      '$ causeway mapping show sales Opportunity > mapping.yaml   (any connection and object of the list)\n' +
      '$ causeway mapping save mapping.yaml, then preview, then publish',
  )
}

async function preview(walk: Walk): Promise<void> {
  await exampleIn(walk)
  await whole(walk)
  for (const name of Object.keys(walk.progress.connections)) {
    const { failure } = await walk.show('connections', 'differences', name)
    if (failure !== null) throw failure
  }
}

const kept = z.looseObject({ items: z.array(z.unknown()) })
/** The stand-ins are empty: a partner is onboarded, so that there is something to see. */
async function exampleIn(walk: Walk): Promise<void> {
  if (!walk.progress.sandbox) return
  const { onboardExample } = await import('../../../sandbox/answers.ts')
  const name = await onboardExample(walk.progress.urls)
  walk.ask.say(`${name} is onboarded in the portal, as its people would do it.`)
  for (const until = Date.now() + 60_000; Date.now() < until; await pause(500)) {
    // Its people too, so that the preview shows all that would be written.
    const kinds = await Promise.all(['partners', 'contacts'].map((kind) => walk.read(kind, 'list')))
    if (kinds.every((one) => kept.parse(one).items.length > 0)) return
  }
  throw new CausewayError(
    'CW_NOT_RUNNING',
    `${name} was not read within a minute; \`causeway connections\` may say why`,
  )
}

async function goLive(walk: Walk): Promise<void> {
  const { ask, progress } = walk
  // The portal last: its claims begin processes, whose deals the CRMs then take.
  const names = Object.keys(progress.connections).toReversed()
  if (!(await ask.agree(`Write to ${names.join(', ')} from now on?`)))
    throw new Later(
      'Nothing is written until you say so: `causeway init` asks again, or by hand:',
      names.map((name) => `$ causeway connections go-live ${name}`),
    )
  for (const name of names) {
    const { failure } = await walk.show('connections', 'go-live', name, '--yes')
    if (failure !== null) throw failure
  }
}

const linkList = z.looseObject({
  items: z.array(z.looseObject({ connection: z.string(), object: z.string(), externalId: z.string().nullable() })),
})

async function firstPartner(walk: Walk): Promise<void> {
  const { ask, progress } = walk
  const crms = Object.entries(progress.connections).flatMap(([name, v]) =>
    isVendor(v) && setUpOf(v).role === 'crm' ? [name] : [],
  )
  // With systems of one's own there may be no partner yet, which is nothing to wait for.
  const until = Date.now() + (progress.sandbox ? 120_000 : 20_000)
  for (; Date.now() < until; await pause(500)) {
    const [partner] = partnerList.parse(await walk.read('partners', 'list')).items
    if (partner === undefined) continue
    const { items } = linkList.parse(await walk.read('links', 'show', '--record', partner.id))
    const there = items.filter(({ connection, externalId }) => crms.includes(connection) && externalId !== null)
    if (!crms.every((name) => there.some(({ connection }) => connection === name))) continue
    await walk.show('links', 'show', '--record', partner.id)
    ask.say(there.map((l) => `${partner.name} is in ${l.connection}: ${l.object} ${l.externalId ?? ''}`).join('\n'))
    return
  }
  if (progress.sandbox)
    throw new CausewayError(
      'CW_NOT_RUNNING',
      'The partner did not arrive within two minutes; `causeway parked list` may say why',
    )
  ask.say('No partner has arrived yet: onboard one in the portal, and see `causeway partners list`.')
}
