/** What stands under `notices` in causeway.yaml: by which channels people are told, and where these are. */
import { z } from 'zod'
import { isTimeZone } from '../../domain/digest.ts'
import { audiences, personalChannels } from '../../domain/notice.ts'
import { isTag } from '../../process/notices/languages/index.ts'

const language = z.string().refine(isTag, 'expected a language such as en, or with a region such as en-GB')
const timeZone = z.string().refine(isTimeZone, 'expected the name of a time zone such as Europe/Berlin')
const placeName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected a name of lower-case letters, digits and hyphens')
/** Where notices are posted to, and nothing else that an address may name. */
const webAddress = z.url({ protocol: /^https?$/, error: 'expected an address that begins with https:// or http://' })
const staff = z.enum(['manager', 'rep', 'director'])
const by = z.array(z.enum([...personalChannels])).min(1, 'expected at least one channel')

export const noticesSchema = z
  .strictObject({
    language: language.default('en'),
    timeZone: timeZone.default('UTC'),
    slack: z
      .strictObject({
        /** Of a bot with the scopes `chat:write` and `users:read.email`; null: only incoming webhooks. */
        token: z.string().min(1).nullable().default(null),
        /** A channel, as `#name` or id, or the address of an incoming webhook. */
        places: z
          .record(
            placeName,
            z.union(
              [webAddress, z.string().regex(/^[#CGD][\w-]+$/)],
              'expected a channel such as #deals, or an address of https://',
            ),
          )
          .default({}),
        /** What Slack signs clicks with; with it messages have buttons. The app's interactivity address is `<publicUrl>/hooks/slack/interactive`. */
        signingSecret: z.string().min(1).nullable().default(null),
        api: webAddress.default('https://slack.com/api'),
      })
      .nullable()
      .default(null),
    teams: z
      .strictObject({ places: z.record(placeName, webAddress) })
      .nullable()
      .default(null),
    webhooks: z
      .record(
        placeName,
        z.strictObject({ url: webAddress, secret: z.string().min(16, 'expected 16 characters or more') }),
      )
      .default({}),
    /** By which channels people are told who chose nothing themselves. */
    people: z
      .strictObject({
        partner: z
          .array(z.enum(['email', 'portal-comment']))
          .min(1, 'expected at least one channel')
          .default(['email']),
        manager: by.default(['email']),
        rep: by.default(['email']),
        director: by.default(['email']),
      })
      .prefault({}),
    /** Places that hear what people are told. */
    places: z
      .array(
        z.strictObject({
          to: z.string().regex(/^(slack|teams|webhooks)\/[a-z][a-z0-9-]{0,62}$/, 'expected a place such as slack/desk'),
          audiences: z.array(z.enum(audiences)).min(1).default(['manager', 'director']),
          topics: z.array(z.string()).default([]),
          language: language.nullable().default(null),
          timeZone: timeZone.nullable().default(null),
        }),
      )
      .default([]),
    /** A folder of texts that stand in the place of ours; a relative path is looked up beside this file. */
    texts: z.string().min(1).nullable().default(null),
  })
  .superRefine(({ slack, teams, webhooks, people, places }, context) => {
    const known = { slack: slack?.places ?? {}, teams: teams?.places ?? {}, webhooks }
    for (const [i, { to, audiences: told }] of places.entries()) {
      const [kind, name] = splitPlace(to)
      if (!Object.hasOwn(known[kind], name))
        context.addIssue({ code: 'custom', path: ['places', i, 'to'], message: `there is no place "${to}"` })
      if (told.includes('partner') && kind !== 'webhooks')
        context.addIssue({
          code: 'custom',
          path: ['places', i, 'audiences'],
          message: `what a partner is told may go to a webhook; found "${to}", expected ${staff.options.join(', ')}`,
        })
    }
    for (const audience of audiences)
      if (people[audience].some((channel) => channel === 'slack') && (slack?.token ?? null) === null)
        context.addIssue({
          code: 'custom',
          path: ['people', audience],
          message: 'people are told by Slack only with slack.token, by which they are found',
        })
  })

export type NoticesConfig = z.output<typeof noticesSchema>

export function splitPlace(to: string): ['slack' | 'teams' | 'webhooks', string] {
  const [kind = '', name = ''] = to.split('/', 2)
  return [kind === 'slack' || kind === 'teams' ? kind : 'webhooks', name]
}
