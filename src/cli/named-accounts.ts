/** `causeway named-accounts`: accounts that direct sales keeps for itself, from a file. */
import { CsvError, parse } from 'csv-parse/sync'
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { readText } from './mapping-file.ts'
import { table } from './print.ts'

/** The columns of the file → what they are called over the API. */
const columns = {
  name: 'name',
  domain: 'domain',
  country: 'country',
  territory: 'territory',
  owner_email: 'ownerEmail',
}
const sourceSchema = z.object({
  source: z.string(),
  accounts: z.number(),
  list: z
    .object({
      connection: z.string(),
      list: z.string(),
      readAt: z.string().nullable(),
      code: z.string().nullable(),
      unknown: z.number(),
    })
    .nullable(),
})
const rowsOf = z.array(z.record(z.string(), z.string()))

export function namedAccountCommands(program: Command, context: () => CliContext): void {
  const accounts = program.command('named-accounts').description('accounts that our own sales keeps for itself')

  leaf(
    accounts,
    'import <file>',
    `put a CSV file (${Object.keys(columns).join(', ')}) in the place of what its source named before`,
    ['named-accounts import strategic.csv --source strategic'],
  )
    .requiredOption('--source <name>', 'what the list is called')
    .action(async (file: string, options: CommonOptions & { source: string }) => {
      const ctx = context()
      const rows = read(file, await readText(file))
      const found = await (
        await openApi(ctx.env)
      ).send(
        'POST',
        '/named-accounts',
        { source: options.source, rows },
        z.object({ before: z.number(), now: z.number() }),
      )
      answer(
        ctx,
        options,
        found,
        () => `${options.source} names ${String(found.now)} accounts; before ${String(found.before)}.`,
      )
    })

  leaf(accounts, 'list', 'the sources, how many accounts each names, and whether a CRM’s list could be read', [
    'named-accounts list',
  ]).action(async (options: CommonOptions) => {
    const ctx = context()
    const found = await (await openApi(ctx.env)).get('/named-accounts', {}, z.object({ items: z.array(sourceSchema) }))
    const rows = found.items.map(({ source, accounts: named, list }) => [
      source,
      named,
      list === null ? 'imported' : `${list.connection} ${list.list}`,
      list?.readAt ?? null,
      list?.unknown ?? null,
      list?.code ?? null,
    ])
    answer(ctx, options, found, () =>
      table(['SOURCE', 'ACCOUNTS', 'FROM', 'READ', 'UNKNOWN', 'TROUBLE'], rows, ctx.colour),
    )
  })
}

function read(file: string, text: string): Record<string, string>[] {
  const refuse = (message: string) => new CausewayError('CW_REQUEST_INVALID', `${file}: ${message}`, { file })
  let rows: Record<string, string>[]
  try {
    rows = rowsOf.parse(parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true }))
  } catch (error) {
    if (error instanceof CsvError) throw refuse(error.message)
    throw error
  }
  const [first] = rows
  if (first === undefined) throw refuse('there is no account under the heading')
  const strange = Object.keys(first).filter((column) => !(column in columns))
  if (strange.length > 0)
    throw refuse(`has the column ${strange.join(', ')}; expected some of ${Object.keys(columns).join(', ')}`)
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(columns).flatMap(([column, field]) => {
        const value = row[column] ?? ''
        return value === '' ? [] : [[field, value]]
      }),
    ),
  )
}
