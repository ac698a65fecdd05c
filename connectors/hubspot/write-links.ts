/**
 * Records that belong to others by associations, made in one request behind the batch that wrote them: a partner's person to the partner's
 * company, a task to the deal and the company that it is about.
 */
import type { Ctx, Fields, Outcome, Write } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import { AssociationTypes, Category, createLinks, pairKey } from './associations.ts'
import type { BatchDeps } from './batch-read.ts'
import type { RecordObject } from './objects.ts'
import { outcomeOfError } from './outcome.ts'
import { missedOutcome } from './parties.ts'

/** A field that is written as an association of this type. */
interface LinkField {
  from: RecordObject
  to: RecordObject
  field: string
  typeId: number
  /** What the link says besides. */
  more?: Fields
}

const partner: LinkField = {
  from: 'contacts',
  to: 'companies',
  field: 'partnerCompanyId',
  typeId: AssociationTypes.primaryContactToCompany,
  more: { contactKind: 'partner' },
}
const about: LinkField[] = [
  { from: 'tasks', to: 'deals', field: 'dealId', typeId: AssociationTypes.taskToDeal },
  { from: 'tasks', to: 'companies', field: 'companyId', typeId: AssociationTypes.taskToCompany },
]

/**
 * The outcomes with the links taken into account: a contact that was written and not linked is not done. Its write is repeatable by
 * our key, so nothing is made twice.
 */
export function linkPartners(deps: BatchDeps, batch: Write[], outcomes: Outcome[], ctx: Ctx): Promise<Outcome[]> {
  return linked(deps, partner, batch, outcomes, ctx)
}

/** The same for what tasks are about. */
export async function linkTasks(deps: BatchDeps, batch: Write[], outcomes: Outcome[], ctx: Ctx): Promise<Outcome[]> {
  let all = outcomes
  for (const field of about) all = await linked(deps, field, batch, all, ctx)
  return all
}

interface Wish {
  ref: string
  from: string
  to: string
}

async function linked(
  deps: BatchDeps,
  link: LinkField,
  batch: Write[],
  outcomes: Outcome[],
  ctx: Ctx,
): Promise<Outcome[]> {
  const wanted = new Map(batch.map((w) => [w.ref, w.fields[link.field]]))
  const wishes = outcomes.flatMap((outcome): Wish[] => {
    const to = wanted.get(outcome.ref)
    return outcome.status === 'done' && typeof to === 'string' && to !== ''
      ? [{ ref: outcome.ref, from: outcome.id, to }]
      : []
  })
  const failures = await make(deps, link, wishes, ctx)
  return outcomes.map((outcome) => {
    const failure = failures.get(outcome.ref)
    if (failure !== undefined) return failure
    const to = wanted.get(outcome.ref)
    if (outcome.status !== 'done' || outcome.stored === null || typeof to !== 'string') return outcome
    if (deps.settings.linksTouch) return { ...outcome, stored: null }
    const fields = { ...outcome.stored.fields, [link.field]: to, ...link.more }
    return { ...outcome, stored: { ...outcome.stored, fields } }
  })
}

async function make({ api }: BatchDeps, link: LinkField, wishes: Wish[], ctx: Ctx): Promise<Map<string, Outcome>> {
  if (wishes.length === 0) return new Map()
  const types = [{ associationCategory: Category.HubspotDefined, associationTypeId: link.typeId }]
  const told = (outcome: Outcome) => ofTheLink(link, outcome)
  try {
    const pairs = wishes.map(({ from, to }) => ({ from, to, types }))
    const { made, errors } = await createLinks(api, link.from, link.to, pairs, ctx)
    const missed = wishes.filter(({ from, to }) => !made.has(pairKey(from, to)))
    return new Map(missed.map(({ ref }) => [ref, told({ ref, ...missedOutcome(errors, missed.length) })]))
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return new Map(wishes.map(({ ref }) => [ref, told(outcomeOfError(ref, error, wishes.length))]))
  }
}

/** The record is there: what is gone or refused is the other one. And what was written is not undone, so nothing is proven not done. */
function ofTheLink({ field }: LinkField, outcome: Outcome): Outcome {
  if (outcome.status === 'done') return outcome
  const { fault } = outcome
  if (outcome.status === 'retry') return { ...outcome, status: 'unclear' }
  if (outcome.status !== 'rejected') return outcome
  return { ...outcome, fault: { ...fault, code: 'CW_RECORD_INVALID', fields: [field] } }
}
