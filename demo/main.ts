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

const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())

process.exitCode = await run()

async function run(): Promise<number> {
  let stage: Stage | null = null
  const began = Date.now()
  try {
    stage = await perform()
    console.log(await summary(stage))
    console.log(
      `The story held in ${String(Math.round((Date.now() - began) / 1000))} s, through one SIGKILL each of serve, Temporal and PostgreSQL.`,
    )
    if (options.once) return 0
    console.log(`\n${await addresses(stage)}\nPress Ctrl-C to stop.`)
    await new Promise<void>((done) => stopped.signal.addEventListener('abort', () => done(), { once: true }))
    return 0
  } catch (error) {
    console.error(
      `\nThe demo failed: ${error instanceof CausewayError ? error.explain() : error instanceof Error ? error.message : String(error)}`,
    )
    return 1
  } finally {
    await stage?.close()
  }
}

async function perform(): Promise<Stage> {
  const held: { stage?: Stage } = {}
  const dataDir = resolve(options.data)
  const list = new Listr(
    [
      {
        title: 'Start the parts',
        task: async (_, task) => void (held.stage = await setStage(dataDir, (line) => (task.output = line))),
      },
      ...opening.map((chapter) => toTask(chapter, held)),
      {
        title: 'Five stories at once',
        task: (_, task) =>
          task.newListr(
            middle.map((chapter) => toTask(chapter, held)),
            { concurrent: true, exitOnError: false, rendererOptions: { collapseSubtasks: false } },
          ),
      },
      ...closing.map((chapter) => toTask(chapter, held)),
    ],
    {
      concurrent: false,
      exitOnError: true,
      collectErrors: true,
      rendererOptions: { collapseErrors: false, showErrorMessage: true },
    },
  )
  try {
    await list.run()
  } catch (error) {
    await held.stage?.close()
    throw error
  }
  if ((list.errors ?? []).length > 0 || held.stage === undefined) {
    await held.stage?.close()
    throw new Error((list.errors ?? []).map((error) => error.message).join('\n'))
  }
  return held.stage
}

function toTask(chapter: Chapter, held: { stage?: Stage }): ListrTask {
  return {
    title: chapter.title,
    rendererOptions: { persistentOutput: true },
    async task(_, task) {
      if (held.stage === undefined) throw new Error('the stage is not set')
      await chapter.play(held.stage, (line) => (task.output = line))
    },
  }
}

async function addresses({ sandboxes, causeway, embedded }: Stage): Promise<string> {
  const rows = [
    ['API', `${(await causeway()).url}/openapi.json`],
    ...sandboxes.all.map((sandbox) => [sandbox.vendor, sandbox.url]),
    ['PostgreSQL', embedded.servers.databaseUrl.replace(/:[^:@/]+@/, ':…@')],
    ['Temporal', embedded.servers.temporalAddress],
  ]
  return rows.map(([name, url]) => `  ${String(name).padEnd(14)}${String(url)}`).join('\n')
}
