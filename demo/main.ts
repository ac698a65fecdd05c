/**
 * `npm run demo`: starts everything, plays the story with live progress, prints what each system now holds, and stays up.
 * `npm run demo -- --once` plays and checks it, and exits 0, or 1 naming what did not hold.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Listr, type ListrTask } from 'listr2'
import { CausewayError } from '../src/errors.ts'
import { setStage, type Stage } from './stage.ts'
import { closing, middle, opening, type Chapter } from './story.ts'
import { summary } from './summary.ts'

const { values: options } = parseArgs({
  options: { once: { type: 'boolean', default: false }, data: { type: 'string', default: '.causeway/demo' } },
})

/** The stage from the moment it is being set, so that Ctrl-C ends whatever runs by then. */
let setting: Promise<Stage> | null = null

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.log('\nStopping …')
    void close().finally(() => process.exit(options.once ? 130 : 0))
  })
}

process.exitCode = await run()

async function run(): Promise<number> {
  const began = Date.now()
  try {
    const stage = await play()
    console.log(await summary(stage))
    const seconds = String(Math.round((Date.now() - began) / 1000))
    console.log(
      `\nThe story held in ${seconds} s, through one SIGKILL each of causeway serve, the Temporal server and PostgreSQL.`,
    )
    if (!options.once) {
      console.log(`\nEverything stays up. Press Ctrl-C to stop.\n${await addresses(stage)}`)
      await new Promise<never>(() => undefined)
    }
    await close()
    return 0
  } catch (error) {
    console.error(`\nThe demo failed.\n${reasonOf(error)}`)
    await close()
    return 1
  }
}

/** Plays every chapter; throws with everything that did not hold. */
async function play(): Promise<Stage> {
  const failures: string[] = []
  const started = Promise.withResolvers<Stage>()
  started.promise.catch(() => undefined)
  const toTask = (chapter: Chapter): ListrTask => ({
    title: chapter.title,
    rendererOptions: { persistentOutput: true, outputBar: 5 },
    async task(_, task) {
      const stage = await started.promise
      await chapter
        .play(stage, (line) => (task.output = line))
        .catch((error: unknown) => {
          failures.push(`- ${chapter.title}: ${reasonOf(error)}`)
          throw error
        })
    },
  })
  const tasks = new Listr(
    [
      {
        title: 'Start the parts',
        async task(_, task) {
          setting = setStage(resolve(options.data), (line) => (task.output = line))
          setting.then(
            (stage) => started.resolve(stage),
            (error: unknown) => started.reject(error),
          )
          await setting
        },
      },
      ...opening.map(toTask),
      {
        title: 'Five stories at once',
        task: (_, task) =>
          task.newListr(middle.map(toTask), {
            concurrent: true,
            exitOnError: false,
            rendererOptions: { collapseSubtasks: false },
          }),
      },
      ...closing.map(toTask),
    ],
    { exitOnError: true, rendererOptions: { collapseErrors: false } },
  )
  try {
    await tasks.run()
  } catch (error) {
    if (failures.length === 0) throw error
  }
  if (failures.length > 0) throw new Error(failures.join('\n'))
  return started.promise
}

async function close(): Promise<void> {
  const stage = await setting?.catch(() => null)
  await stage?.close()
}

async function addresses({ sandboxes, causeway, embedded }: Stage): Promise<string> {
  const rows = [
    ['API', `${(await causeway()).url}/openapi.json`],
    ...sandboxes.all.map((sandbox) => [sandbox.vendor, sandbox.url]),
    ['PostgreSQL', embedded.servers.databaseUrl.replace(/:[^:@/]+@/, ':…@')],
    ['Temporal', embedded.servers.temporalAddress],
    ['Command line', `CAUSEWAY_DATA=${options.data} bin/causeway registrations list`],
  ]
  return rows.map(([name, url]) => `  ${String(name).padEnd(14)}${String(url)}`).join('\n')
}

function reasonOf(error: unknown): string {
  if (error instanceof CausewayError) return error.explain()
  return error instanceof Error ? error.message : String(error)
}
