/** `causeway partners link`, `links` and `unlink`: pages that a partner opens without a portal. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf } from './leaf.ts'
import { instant, table } from './print.ts'

const text = z.string().nullable()
const links = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      address: z.string(),
      registrationId: text,
      expiresAt: z.string(),
      revokedAt: text,
    }),
  ),
})

interface LinkOptions extends CommonOptions {
  for: string
  registration?: string
  validFor?: string
}

export function partnerLinkCommands(partners: Command, context: () => CliContext): void {
  leaf(partners, 'link <id>', 'make a link by which a person at the partner opens their pages; it is shown this once', [
    'partners link 019ab3f2 --for kai@example.com',
    'partners link 019ab3f2 --for kai@example.com --registration 7c1e9a04 --valid-for 3d',
  ])
    .requiredOption('--for <address>', 'whose link it is: what is done by it is done by them')
    .option('--registration <id>', 'opens this registration alone')
    .option('--valid-for <duration>', 'such as 14d; what `partnerDoor.linkFor` says where it is not named')
    .action(async (id: string, options: LinkOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const path = `/partners/${await fullId(api, 'partners', id)}/links`
      const { registration, validFor } = options
      const registrationId = registration === undefined ? null : await fullId(api, 'registrations', registration)
      const wish = { address: options.for, registrationId, ...(validFor === undefined ? {} : { validFor }) }
      const made = await api.send('POST', path, wish, z.looseObject({ id: z.string(), url: z.string() }))
      answer(ctx, options, made, () => made.url)
    })

  leaf(partners, 'links <id>', 'list the links of a partner', ['partners links 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/partners/${await fullId(api, 'partners', id)}/links`, {}, links)
      const short = shortIds(found.items.map((link) => link.id))
      answer(ctx, options, found, () =>
        table(
          ['ID', 'FOR', 'REGISTRATION', 'EXPIRES', 'REVOKED'],
          found.items.map((link) => [
            short.get(link.id),
            link.address,
            link.registrationId?.slice(0, 8) ?? 'all',
            instant(link.expiresAt),
            instant(link.revokedAt),
          ]),
          ctx.colour,
        ),
      )
    },
  )

  leaf(partners, 'unlink <id>', 'revoke the links of a partner at once', [
    'partners unlink 019ab3f2',
    'partners unlink 019ab3f2 --link 7c1e9a04-0b1f-4d56-8f0e-2f1c6a5d9e11',
  ])
    .option('--link <id>', 'only this one, by its full id')
    .action(async (id: string, options: CommonOptions & { link?: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const search = options.link === undefined ? '' : `?link=${encodeURIComponent(options.link)}`
      const path = `/partners/${await fullId(api, 'partners', id)}/links${search}`
      const done = await api.send('DELETE', path, undefined, z.looseObject({ revoked: z.number() }))
      answer(ctx, options, done, () => `Revoked: ${String(done.revoked)}`)
    })
}
