/** `causeway keys`: who may call the API. With DATABASE_URL set it works beside a Causeway that does not run. */
import type { Command } from 'commander'
import { z } from 'zod'
import type { Db } from '../db/connection.ts'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf } from './leaf.ts'
import { instant, table } from './print.ts'

const text = z.string().nullable()
const keyList = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      label: z.string(),
      role: z.enum(['admin', 'manager', 'partner']),
      partner: text,
      email: text,
      createdAt: z.string(),
      revokedAt: text,
    }),
  ),
})
const made = z.object({ id: z.string(), key: z.string() })

type Role = z.infer<typeof keyList>['items'][number]['role']

export function keyCommands(program: Command, context: () => CliContext): void {
  const keys = program.command('keys').description('who may call the API')

  leaf(keys, 'create', 'make a key and show it this once', [
    'keys create --role manager --label "Channel desk"',
    'keys create --role manager --label Ada --email ada@example.com',
    'keys create --role partner --partner 019ab3f2 --label "Acme portal"',
  ])
    .requiredOption('--label <text>', 'who uses it; shown in decisions and timelines')
    .option('--role <role>', 'admin, manager or partner', 'manager')
    .option('--partner <id>', 'the partner that a partner key acts for')
    .option('--email <address>', 'the person that the key stands for, who then decides what they are asked')
    .action(async (options: CommonOptions & { label: string; role: string; partner?: string; email?: string }) => {
      const ctx = context()
      const role = roleOf(options.role)
      const { label, partner } = options
      const email = options.email === undefined ? null : addressOf(options.email)
      const key = await work(
        ctx,
        async (db) =>
          (await import('../db/api-keys.ts')).createKey(db, {
            label,
            role,
            email,
            partnerId: partner === undefined ? null : await onePartner(db, partner),
          }),
        async () => {
          const api = await openApi(ctx.env)
          const partnerId = partner === undefined ? null : await fullId(api, 'partners', partner)
          return api.send('POST', '/keys', { label, role, partnerId, email }, made)
        },
      )
      answer(ctx, options, key, () => `${key.key}\n\nKeep it now: it is not shown again.`)
    })

  leaf(keys, 'list', 'list keys; never the keys themselves', ['keys list']).action(async (options: CommonOptions) => {
    const ctx = context()
    const { items } = await allKeys(ctx)
    const short = shortIds(items.map(({ id }) => id))
    answer(ctx, options, { items }, () =>
      table(
        ['ID', 'LABEL', 'ROLE', 'PARTNER', 'PERSON', 'CREATED', 'REVOKED'],
        items.map((k) => [
          short.get(k.id),
          k.label,
          k.role,
          k.partner,
          k.email,
          instant(k.createdAt),
          instant(k.revokedAt),
        ]),
        ctx.colour,
      ),
    )
  })

  leaf(keys, 'revoke <id>', 'end a key at once', ['keys revoke 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const { items } = await allKeys(ctx)
      const [key, second] = items.filter((candidate) => candidate.id.startsWith(id.toLowerCase()))
      if (key === undefined) throw new CausewayError('CW_NOT_FOUND', `No key's id begins with "${id}"`)
      if (second !== undefined) throw new CausewayError('CW_REQUEST_INVALID', `More than one id begins with "${id}"`)
      await work<unknown>(
        ctx,
        async (db) => (await import('../db/api-keys.ts')).revokeKey(db, key.id),
        async () => (await openApi(ctx.env)).send('DELETE', `/keys/${key.id}`, undefined, z.unknown()),
      )
      answer(ctx, options, { id: key.id }, () => `Revoked: ${key.label}`)
    },
  )
}

function allKeys(ctx: CliContext) {
  return work<z.infer<typeof keyList>>(
    ctx,
    async (db) => ({ items: (await (await import('../db/api-keys.ts')).listKeys(db)).map((key) => ({ ...key })) }),
    async () => (await openApi(ctx.env)).get('/keys', {}, keyList),
  )
}

/** Straight to the database, which is loaded only then, where the environment names one, else over the API. */
async function work<T>({ env }: CliContext, direct: (db: Db) => Promise<T>, viaApi: () => Promise<T>): Promise<T> {
  if (env.databaseUrl === null || env.api.url !== null) return viaApi()
  const { openDatabase } = await import('../db/connection.ts')
  const database = openDatabase(env.databaseUrl, 1)
  try {
    return await direct(database.db)
  } finally {
    await database.close()
  }
}

async function onePartner(db: Db, id: string): Promise<string> {
  const { listPartners } = await import('../reports/partners.ts')
  const [first, second] = await listPartners(db, { id: id.toLowerCase(), limit: 2, after: null })
  if (first === undefined) throw new CausewayError('CW_PARTNER_UNKNOWN', `No partner's id begins with "${id}"`)
  if (second !== undefined) throw new CausewayError('CW_REQUEST_INVALID', `More than one id begins with "${id}"`)
  return first.id
}

function addressOf(given: string): string {
  const found = z.email().safeParse(given)
  if (found.success) return found.data
  throw new CausewayError('CW_REQUEST_INVALID', `"${given}" is no e-mail address`, { field: 'email' })
}

function roleOf(given: string): Role {
  if (given === 'admin' || given === 'manager' || given === 'partner') return given
  throw new CausewayError('CW_REQUEST_INVALID', `"${given}" is no role; expected admin, manager or partner`)
}
