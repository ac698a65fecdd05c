/** Plans what people are told of a step, in the step's own transaction. */
import type { Tx } from '../../db/connection.ts'
import { nudge, workflowId } from '../../db/outbox.ts'
import { notices } from '../../db/schema/index.ts'
import type { Registration } from '../facts.ts'
import type { Programme } from '../programme.ts'
import type { AudienceOf, TemplateName } from './catalogue.ts'
import { peopleOf, type Told } from './people.ts'

/**
 * Tells people of an event: each once, for the event's id makes it the same message however often it is tried. Nobody is told where
 * nobody is known.
 *
 * @param told roles such as `partner` or `approver`, or certain people as `{ as: 'rep', to: address }`; each must be one of the
 *   template's audiences
 */
export async function tell<T extends TemplateName>(
  tx: Tx,
  programme: Programme,
  row: Registration,
  eventId: string,
  template: T,
  told: readonly Told<AudienceOf<T>>[],
): Promise<void> {
  const people = await peopleOf(tx, programme, row, told)
  if (people.length === 0) return
  await tx
    .insert(notices)
    .values(
      people.map(({ address, audience }) => ({
        eventId,
        subjectId: row.id,
        template,
        audience,
        channel: 'email' as const,
        recipient: address,
      })),
    )
    .onConflictDoNothing()
  await nudge(tx, [workflowId.mailer()])
}
