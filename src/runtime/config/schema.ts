/** What stands in causeway.yaml. The settings of a connection are its vendor's own and are checked by its connector. */
import { z } from 'zod'
import { fileTypeNames } from '../../domain/file-types.ts'
import { policySchema } from '../../domain/policy/policy.ts'
import { duration } from '../../domain/policy/values.ts'
import { noticesSchema } from './notices.ts'

/** A size such as `10 MB` or `512 KB`, as bytes. */
const size = z.string().transform((text, context) => {
  const [, amount, unit = ''] = /^(\d{1,6})\s*(KB|MB)$/.exec(text.trim()) ?? []
  if (amount !== undefined) return Number(amount) * (unit === 'KB' ? 1024 : 1024 ** 2)
  context.addIssue({ code: 'custom', message: `expected a size such as 512 KB or 10 MB, found "${text}"` })
  return z.NEVER
})

const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected a name of lower-case letters, digits and hyphens')

export const configSchema = z.strictObject({
  api: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      /** Null: any free port. */
      port: z.int().min(1).max(65_535).nullable().default(8480),
      /** Where vendors reach us, as they were told: webhook signatures are made over it. */
      publicUrl: z
        .url({ protocol: /^https?$/, error: 'expected an address that begins with https:// or http://' })
        .nullable()
        .default(null),
    })
    .prefault({}),
  mail: z
    .strictObject({
      /** `smtp://user:password@host:port`. */
      smtp: z.url({ protocol: /^smtps?$/, error: 'expected an address such as smtp://user:password@host:port' }),
      from: z
        .string()
        .regex(
          /^(?:[^\r\n<>@]*<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/,
          'expected one address such as Causeway <partners@example.com>',
        ),
    })
    .nullable()
    .default(null),
  /** How people are told, and by which channels besides mail. */
  notices: noticesSchema.prefault({}),
  connections: z
    .record(
      name,
      z.strictObject({
        vendor: z.string().min(1),
        role: z.enum(['portal', 'crm']),
        /** How often it is asked for changes, besides its webhooks: with HubSpot's search 30 s behind, all is known within a minute. */
        poll: duration.prefault('25s'),
        /**
         * `observe`: everything is read and compared and nothing is written, until `causeway connections go-live`. `live`: it is
         * written from the first start on.
         */
        mode: z.enum(['observe', 'live']).default('observe'),
        /** How often everything is compared anew with the vendor; null: only when asked. */
        reconcile: duration.nullable().prefault('24h'),
        /**
         * How often the records that are held are read anew where a mapping reads a computed field, such as a formula: such a field
         * changes without a trace. Whatever read everything meanwhile counts. null: never for their sake.
         */
        refreshComputed: duration.nullable().prefault('24h'),
        /** What a delete at the vendor means, by its object: ignore, mark (default) or unlink. */
        deletions: z.record(z.string(), z.enum(['ignore', 'mark', 'unlink'])).default({}),
        /** Keep deals whose home is another CRM here too, as marked mirrors. */
        mirrors: z.boolean().default(false),
        /** Lists or reports of a CRM whose accounts direct sales keeps for itself; what each names takes the place of what it named before. */
        namedAccounts: z
          .array(
            z.strictObject({
              source: z.string().trim().min(1).max(80),
              /** The vendor's id of the list or report. */
              list: z
                .union([z.string().min(1), z.int().min(1)], 'expected the id of the list or report')
                .transform(String),
              every: duration.prefault('1h'),
              territory: z.string().trim().min(1).max(100).nullable().default(null),
            }),
          )
          .default([]),
        settings: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .refine((connections) => Object.keys(connections).length > 0, 'expected at least one connection')
    .superRefine((connections, context) => {
      const sources = new Set<string>()
      for (const [connection, { role, namedAccounts }] of Object.entries(connections))
        for (const [index, { source }] of namedAccounts.entries()) {
          const path = [connection, 'namedAccounts', index, 'source']
          if (role !== 'crm')
            context.addIssue({
              code: 'custom',
              path,
              message: 'expected a connection of role crm: accounts are named there',
            })
          else if (sources.has(source))
            context.addIssue({ code: 'custom', path, message: `found "${source}" twice, expected a name of its own` })
          sources.add(source)
        }
    }),
  /** Which CRM a registration's deal goes to: the first rule whose conditions all hold. */
  routing: z
    .array(
      z.strictObject({
        when: z.strictObject({ group: z.string(), tier: z.string(), currency: z.string() }).partial().default({}),
        to: name,
      }),
    )
    .min(1, 'expected at least one rule; the last one usually has no condition'),
  /** What partners do by links in their mails and by their keys, where their portal cannot. */
  partnerDoor: z
    .strictObject({
      /** How long a link in a notice holds. */
      linkFor: duration.prefault('14d'),
      /** Forms and files that are taken by one link in a minute, by each process of the API. */
      perMinute: z.int().min(1).max(10_000).default(60),
      attachments: z
        .strictObject({
          /** Of one file, such as 10 MB. */
          maxSize: size.prefault('10 MB'),
          perRegistration: z.int().min(0).max(1000).default(20),
          types: z.array(z.enum(fileTypeNames)).default(['pdf', 'png', 'jpeg', 'docx', 'xlsx', 'pptx', 'csv', 'txt']),
        })
        .prefault({}),
    })
    .prefault({}),
  policy: policySchema.prefault({}),
  /**
   * Where mappings are edited. `console`: by the commands and the API. `file`: only in the files of the folder `mappings`, which are
   * put in force at each start.
   */
  managed: z.enum(['console', 'file']).default('console'),
  /** The folder of mapping documents for `managed: file`; a relative path is looked up beside this file. */
  mappings: z.string().min(1).default('mappings'),
})

export type ConfigDocument = z.output<typeof configSchema> & {
  /** The policy as it is written, in a file of its own or here, with its references in place of what they stand for. */
  policySource: string
  /** The text of the file, with its references as they are written. */
  source: string
}
