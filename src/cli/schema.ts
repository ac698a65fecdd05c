/** `causeway schema`: what changed in vendors' schemas, what that breaks, and the fields as they were last described. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { instant, table } from './print.ts'

const text = z.string().nullable()
const changes = z.looseObject({
  items: z.array(
    z.looseObject({
      connection: z.string(),
      object: z.string(),
      what: z.string(),
      breaks: z.array(z.string()),
      foundAt: z.string(),
      mendedAt: text,
      waiting: z.number(),
    }),
  ),
})
const schema = z.looseObject({
  connection: z.string(),
  object: z.string(),
  readAt: text,
  code: text,
  fields: z.array(
    z.looseObject({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      required: z.boolean(),
      writable: z.boolean(),
      values: z.array(z.string()).nullable(),
      maxLength: z.number().nullish(),
      computed: z.boolean().optional(),
      unique: z.boolean().optional(),
    }),
  ),
})

export function schemaCommands(program: Command, context: () => CliContext): void {
  const group = program.command('schema').description('what changed in vendors’ schemas, and what that breaks')

  leaf(group, 'list', 'list changes that break a mapping, with what waits because of each', [
    'schema list',
    'schema list --all --connection sales',
  ])
    .option('--all', 'also what breaks nothing or was mended')
    .option('--connection <name>', 'of this connection')
    .action(async (options: CommonOptions & { all?: true; connection?: string }) => {
      const ctx = context()
      const query = {
        state: options.all === true ? 'all' : 'open',
        ...(options.connection === undefined ? {} : { connection: options.connection }),
      }
      const found = await (await openApi(ctx.env)).get('/schema-changes', query, changes)
      const rows = found.items.map((one) => [
        one.connection,
        one.object,
        one.what,
        one.breaks.join(', '),
        instant(one.foundAt),
        one.mendedAt === null ? String(one.waiting) : `over since ${instant(one.mendedAt)}`,
      ])
      const headings = ['CONNECTION', 'OBJECT', 'CHANGE', 'BREAKS', 'FOUND', 'WAITING']
      answer(ctx, options, found, () =>
        rows.length === 0 ? 'No change of a schema breaks a mapping.' : table(headings, rows, ctx.colour),
      )
    })

  leaf(group, 'show <connection> <object>', 'show the vendor’s fields as they were last described', [
    'schema show sales Opportunity',
  ]).action(async (connection: string, object: string, options: CommonOptions) => {
    const ctx = context()
    const path = `/connections/${encodeURIComponent(connection)}/objects/${encodeURIComponent(object)}/schema`
    const found = await (await openApi(ctx.env)).get(path, {}, schema)
    const rows = found.fields.map((field) => [field.name, field.label, field.type, traitsOf(field), valuesOf(field)])
    answer(ctx, options, found, () =>
      [
        `As of ${instant(found.readAt)}${found.code === null ? '' : `; since then: ${found.code}`}`,
        '',
        table(['FIELD', 'LABEL', 'TYPE', 'TRAITS', 'VALUES'], rows, ctx.colour),
      ].join('\n'),
    )
  })
}

type Field = z.infer<typeof schema>['fields'][number]

function traitsOf({ required, writable, computed, unique, maxLength }: Field): string {
  return [
    ...(required ? ['required'] : []),
    ...(computed === true ? ['computed'] : writable ? [] : ['read-only']),
    ...(unique === true ? ['unique'] : []),
    ...(maxLength == null ? [] : [`${String(maxLength)} characters`]),
  ].join(', ')
}

const MOST_VALUES = 8

function valuesOf({ values }: Field): string {
  if (values === null) return ''
  const more = values.length - MOST_VALUES
  return [...values.slice(0, MOST_VALUES), ...(more > 0 ? [`and ${String(more)} more`] : [])].join(', ')
}
