/** Plans what people are told of a step, in the step's own transaction. */
import type { Tx } from '../../db/connection.ts'
import type { Registration } from '../facts.ts'
import type { Programme } from '../programme.ts'
import type { AudienceOf, TemplateName } from './catalogue.ts'
import { peopleOf, type Told } from './people.ts'
import { planNotices } from './plan.ts'

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
  await planNotices(tx, programme, {
    eventId,
    subjectId: row.id,
    template,
    people,
    portal: portalOf(programme, row),
  })
}

/** The portal of a registration, where people there can be told beside the record. */
function portalOf({ systems }: Programme, { portal }: Registration): string | null {
  const takes = systems
    .get(portal)
    ?.capabilities.some(({ kinds, comment }) => comment === true && kinds.includes('registration'))
  return takes === true ? portal : null
}
