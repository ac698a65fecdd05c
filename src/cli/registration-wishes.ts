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

  async function wish(id: string, options: CommonOptions, what: string, body: object, said: string): Promise<void> {
    const ctx = context()
    const api = await openApi(ctx.env)
    const path = `/registrations/${await fullId(api, 'registrations', id)}/${what}`
    const made = await api.send('POST', path, body, done)
    answer(ctx, options, made, () => `${said}: ${made.id}`)
  }
}
