/** `causeway audit`: who changed what, by which rule and version: every write to a vendor and every change of configuration. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { table } from './print.ts'

const text = z.string().nullable()
const fields = z.record(z.string(), z.unknown())
const items = z.looseObject({
  items: z.array(
    z.looseObject({
      at: z.string(),
      what: z.string(),
      actor: z.string(),
      by: text,
      rule: text,
      version: text,
      connection: text,
      object: text,
      externalId: text,
      recordId: text,
      created: z.boolean(),
      fields: z.array(z.string()),
      detail: fields,
      values: z.object({ before: fields, after: fields }).nullable(),
    }),
  ),
})
type Item = z.infer<typeof items>['items'][number]

interface AuditOptions extends CommonOptions {
  record?: string
  connection?: string
  run?: string
  what?: string
  since?: string
  limit: string
}

export function auditCommands(program: Command, context: () => CliContext): void {
  leaf(program, 'audit', 'list writes and changes of configuration, the newest first, with values before and after', [
    'audit --record 019ab3f2-4c1e-7a10-8f3a-2b6a51d0c9e7',
    'audit --what connection.settings',
    'audit --connection sales --what write --since 2026-11-23T00:00:00Z --json',
  ])
    .option('--record <id>', 'only of this record of ours, by its whole id')
    .option('--connection <name>', 'only of this connection')
    .option('--run <id>', 'only of this run')
    .option('--what <what>', 'only of this kind, such as write, connection.settings, mapping.published or policy')
    .option('--since <instant>', 'only from this instant on')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async ({ record, connection, run, what, since, limit, ...options }: AuditOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const whole = run === undefined ? undefined : await fullId(api, 'runs', run)
      const found = await api.get('/audit', { record, connection, run: whole, what, since, limit }, items)
      const headings = ['AT', 'WHAT', 'BY', 'RULE', 'VERSION', 'CONNECTION', 'OBJECT', 'ID THERE', 'CHANGE']
      const rows = found.items.map((item) => [
        `${item.at.slice(0, 10)} ${item.at.slice(11, 19)}Z`,
        item.created ? `${item.what} (new)` : item.what,
        item.by ?? item.actor,
        item.rule,
        item.version,
        item.connection,
        item.object,
        item.externalId,
        changeOf(item),
      ])
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })
}

/** A default mapping that is seen for the first time says hundreds; `--json` has them all. */
const MOST_SHOWN = 20

function changeOf({ fields: names, values, detail }: Item): string {
  if (values !== null) {
    const shownNames = names.slice(0, MOST_SHOWN)
    const lines = shownNames.map((name) => `${name}: ${shown(values.before[name])} → ${shown(values.after[name])}`)
    const more = names.length - shownNames.length
    return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
  }
  const facts = Object.entries(detail).map(([name, value]) => `${name}: ${shown(value)}`)
  return [...names, ...facts].join('; ')
}

function shown(value: unknown): string {
  return value === null || value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value)
}
