/** `causeway links`: which vendor record stands for which of ours, and corrections to it. */
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf } from './leaf.ts'
import { facts, table } from './print.ts'
import { recordFacts, sideBySide } from './record-facts.ts'

const text = z.string().nullable()
const link = z.looseObject({
  id: z.string(),
  connection: z.string(),
  object: z.string(),
  kind: z.string(),
  recordId: z.string(),
  externalId: text,
  gone: z.boolean(),
})
const links = z.looseObject({ items: z.array(link) })
const linkDetail = link.extend({ record: recordFacts.nullable(), vendor: z.record(z.string(), z.unknown()).nullable() })

interface ShowOptions extends CommonOptions {
  record?: string
  connection?: string
  vendorId?: string
}

export function linkCommands(program: Command, context: () => CliContext): void {
  const group = program.command('links').description('which vendor record stands for which record')

  leaf(group, 'show [id]', 'show a link, or the links of a record or of a vendor’s id', [
    'links show 019ab3f2',
    'links show --record 0199c1d2-0000-7000-8000-000000000001',
    'links show --connection growth --vendor-id 4711',
  ])
    .option('--record <id>', 'all links of this record of ours')
    .option('--connection <name>', 'only links of this connection')
    .option('--vendor-id <id>', 'the link of this vendor record')
    .action(async (id: string | undefined, options: ShowOptions) => {
      const { record, connection, vendorId } = options
      if ((id === undefined) === (record === undefined && vendorId === undefined))
        throw new CausewayError(
          'CW_REQUEST_INVALID',
          'Name one link by its id, or a record with --record or --vendor-id',
        )
      const ctx = context()
      const api = await openApi(ctx.env)
      if (id !== undefined) {
        const found = await api.get(`/links/${await fullId(api, 'links', id)}`, {}, linkDetail)
        return answer(ctx, options, found, () => detail(found, ctx.colour))
      }
      const found = await api.get('/links', { recordId: record, connection, externalId: vendorId }, links)
      const short = shortIds(found.items.map((item) => item.id))
      const rows = found.items.map((l) => [
        short.get(l.id),
        l.connection,
        l.object,
        l.externalId,
        l.gone ? 'gone' : 'live',
        l.kind,
        l.recordId,
      ])
      const headings = ['ID', 'CONNECTION', 'OBJECT', 'ID THERE', 'STATE', 'KIND', 'RECORD']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })

  leaf(group, 'relink <id>', 'the vendor record of the link is another record of ours', [
    'links relink 019ab3f2 --record 0199c1d2-0000-7000-8000-000000000001',
  ])
    .requiredOption('--record <id>', 'the record that it is')
    .action(async (id: string, options: CommonOptions & { record: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const path = `/links/${await fullId(api, 'links', id)}/relink`
      const done = await api.send('POST', path, { recordId: options.record }, linkDetail)
      answer(ctx, options, done, () => told(done))
    })

  leaf(group, 'split <id>', 'the vendor record of the link is a record of its own', ['links split 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const done = await api.send('POST', `/links/${await fullId(api, 'links', id)}/split`, undefined, linkDetail)
      answer(ctx, options, done, () => told(done))
    },
  )
}

function told({ connection, externalId, recordId }: z.infer<typeof linkDetail>): string {
  return `${connection} ${externalId ?? ''} stands for ${recordId}`
}

function detail(l: z.infer<typeof linkDetail>, colour: boolean): string {
  const head = facts([
    ['Link', l.id],
    ['Vendor record', `${l.connection} ${l.object} ${l.externalId ?? '(not yet)'}${l.gone ? ' (gone)' : ''}`],
    ['Record', l.recordId],
  ])
  const theirs = Object.entries(l.vendor ?? {}).map(([name, value]) => [name, shown(value)])
  const parts = [head, ...(l.record === null ? [] : [sideBySide([['OURS', l.record]], colour)])]
  return [...parts, ...(theirs.length === 0 ? [] : [table(['THEIRS', 'VALUE'], theirs, colour)])].join('\n\n')
}

function shown(value: unknown): string | null {
  return value === null || value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)
}
