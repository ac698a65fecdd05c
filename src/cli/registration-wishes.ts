/** `causeway registrations …`: what people ask of a registration beside its decision. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId } from './ids.ts'
import { leaf } from './leaf.ts'

const done = z.looseObject({ id: z.string() })

export function registrationWishCommands(registrations: Command, context: () => CliContext): void {
  leaf(registrations, 'answer <id>', 'answer what the approver asked the partner', [
    'registrations answer 7c1e9a04 --text "Ada Lovelace, who heads their IT."',
  ])
    .requiredOption('--text <text>', 'the answer')
    .action(async (id: string, options: CommonOptions & { text: string }) => {
      await wish(id, options, 'answer', { answer: options.text }, 'Answered')
    })

  leaf(registrations, 'revoke <id>', 'take an approval back; the partner is told why', [
    'registrations revoke 7c1e9a04 --reason "The customer asked for another partner."',
  ])
    .requiredOption('--reason <text>', 'why, as the partner is told')
    .action(async (id: string, options: CommonOptions & { reason: string }) => {
      await wish(id, options, 'revoke', { reason: options.reason }, 'Revoked')
    })

  leaf(registrations, 'ask-extension <id>', 'ask that a protection last longer', [
    'registrations ask-extension 7c1e9a04 --reason "Their budget is released in March."',
  ])
    .option('--until <instant>', 'until when, such as 2027-03-31T22:00:00Z; default: as long as the policy extends')
    .option('--reason <text>', 'why, for who decides it')
    .action(async (id: string, options: CommonOptions & { until?: string; reason?: string }) => {
      const { until, reason } = options
      await wish(
        id,
        options,
        'extension-wish',
        { ...(until === undefined ? {} : { until }), reason: reason ?? null },
        'Asked',
      )
    })

  leaf(registrations, 'extend <id>', 'extend a protection at once', [
    'registrations extend 7c1e9a04 --until 2027-03-31T22:00:00Z',
  ])
    .requiredOption('--until <instant>', 'until when, such as 2027-03-31T22:00:00Z')
    .option('--reason <text>', 'why, for the timeline')
    .action(async (id: string, options: CommonOptions & { until: string; reason?: string }) => {
      await wish(id, options, 'extend', { until: options.until, reason: options.reason ?? null }, 'Extended')
    })

  async function wish(id: string, options: CommonOptions, what: string, body: object, said: string): Promise<void> {
    const ctx = context()
    const api = await openApi(ctx.env)
    const path = `/registrations/${await fullId(api, 'registrations', id)}/${what}`
    const made = await api.send('POST', path, body, done)
    answer(ctx, options, made, () => `${said}: ${made.id}`)
  }
}
