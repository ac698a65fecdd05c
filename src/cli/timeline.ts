/** `causeway registrations timeline`: what happened to a registration, in the terminal or as a document. */
import { writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId } from './ids.ts'
import { leaf } from './leaf.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
const timeline = z.looseObject({
  registration: z.looseObject({
    id: z.string(),
    state: z.string(),
    company: text,
    partner: text,
    protectedUntil: text,
  }),
  entries: z.array(
    z.looseObject({
      at: z.string(),
      id: z.string(),
      under: text,
      title: z.string(),
      who: text,
      rule: text,
      reason: text,
    }),
  ),
  unchangedReadings: z.number(),
})

interface TimelineOptions extends CommonOptions {
  out?: string
  timeZone: string
  partnerView?: boolean
}

export function timelineCommand(registrations: Command, context: () => CliContext): void {
  leaf(registrations, 'timeline <id>', 'everything that happened to a registration, by whom and by which rule', [
    'registrations timeline 7c1e9a04',
    'registrations timeline 7c1e9a04 --out dispute.html --time-zone Europe/Berlin',
    'registrations timeline 7c1e9a04 --out for-the-partner.md --partner-view',
  ])
    .option('--out <file>', 'write it as a document: .html, which prints well, or .md')
    .option('--time-zone <zone>', 'of the document, such as Europe/Berlin', 'UTC')
    .option('--partner-view', 'only what is the partner’s to know')
    .action(async (id: string, options: TimelineOptions) => {
      const ctx = context()
      const form = options.out === undefined ? null : formOf(options.out)
      const api = await openApi(ctx.env)
      const path = `/registrations/${await fullId(api, 'registrations', id)}/timeline`
      const view = options.partnerView === true ? 'partner' : undefined
      if (options.out !== undefined && form !== null) {
        const file = resolve(options.out)
        await writeFile(file, await api.text(`${path}/document`, { form, view, timeZone: options.timeZone }))
        answer(ctx, options, { file }, () => `Written to ${file}`)
        return
      }
      const found = await api.get(path, { view }, timeline)
      answer(ctx, options, found, () => lines(found, ctx.colour))
    })
}

function formOf(file: string): 'html' | 'markdown' {
  const extension = extname(file).toLowerCase()
  if (extension === '.html' || extension === '.htm') return 'html'
  if (extension === '.md') return 'markdown'
  throw new CausewayError('CW_REQUEST_INVALID', `"${file}" ends neither in .html nor in .md`, { field: 'out' })
}

function lines({ registration: r, entries }: z.infer<typeof timeline>, colour: boolean): string {
  const head = facts([
    ['Registration', r.id],
    ['Company', r.company],
    ['Partner', r.partner],
    ['State', r.state],
    ['Protected until', instant(r.protectedUntil)],
  ])
  // What followed from an event at once stands under it.
  const following = Map.groupBy(entries, ({ under }) => under)
  const nested = (following.get(null) ?? []).flatMap((entry) => [entry, ...(following.get(entry.id) ?? [])])
  const rows = nested.map((entry) => [
    instant(entry.at),
    `${entry.under === null ? '' : '  '}${entry.title}`,
    entry.who,
    entry.rule,
    entry.reason,
  ])
  return `${head}\n\n${table(['WHEN', 'WHAT', 'WHO', 'RULE', 'REASON'], rows, colour)}`
}
