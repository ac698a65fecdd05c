/** A partner's person belongs to the partner's company by an association, made in one request behind the batch that wrote the contacts. */
import type { Ctx, Outcome, Write } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import type { Api } from './api.ts'
import type { BatchDeps } from './batch-read.ts'
import { AssociationTypes, Category, createLinks, pairKey } from './associations.ts'
import { missedOutcome } from './parties.ts'
import { outcomeOfError } from './outcome.ts'

const primary = [
  { associationCategory: Category.HubspotDefined, associationTypeId: AssociationTypes.primaryContactToCompany },
]

interface Wish {
  ref: string
  from: string
  to: string
}

/**
 * The outcomes with the links taken into account: a contact that was written and not linked is not done. Its write is repeatable by
 * our key, so nothing is made twice.
 */
export async function linkPartners(
  { api, settings }: BatchDeps,
  batch: Write[],
  outcomes: Outcome[],
  ctx: Ctx,
): Promise<Outcome[]> {
  const companies = new Map(batch.map((w) => [w.ref, w.fields['partnerCompanyId']]))
  const wishes = outcomes.flatMap((outcome): Wish[] => {
    const to = companies.get(outcome.ref)
    return outcome.status === 'done' && typeof to === 'string' && to !== ''
      ? [{ ref: outcome.ref, from: outcome.id, to }]
      : []
  })
  const failures = await link(api, wishes, ctx)
  return outcomes.map((outcome) => {
    const failure = failures.get(outcome.ref)
    if (failure !== undefined) return failure
    const to = companies.get(outcome.ref)
    if (outcome.status !== 'done' || outcome.stored === null || typeof to !== 'string') return outcome
    if (settings.linksTouch) return { ...outcome, stored: null }
    const fields = { ...outcome.stored.fields, partnerCompanyId: to, contactKind: 'partner' }
    return { ...outcome, stored: { ...outcome.stored, fields } }
  })
}

async function link(api: Api, wishes: Wish[], ctx: Ctx): Promise<Map<string, Outcome>> {
  if (wishes.length === 0) return new Map()
  try {
    const pairs = wishes.map(({ from, to }) => ({ from, to, types: primary }))
    const { made, errors } = await createLinks(api, 'contacts', 'companies', pairs, ctx)
    const missed = wishes.filter(({ from, to }) => !made.has(pairKey(from, to)))
    return new Map(missed.map(({ ref }) => [ref, aboutCompany({ ref, ...missedOutcome(errors, missed.length) })]))
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return new Map(wishes.map(({ ref }) => [ref, aboutCompany(outcomeOfError(ref, error, wishes.length))]))
  }
}

/** The contact is there: what is gone or refused is its company. And what was written is not undone, so nothing is proven not done. */
function aboutCompany(outcome: Outcome): Outcome {
  if (outcome.status === 'done') return outcome
  const { fault } = outcome
  if (outcome.status === 'retry') return { ...outcome, status: 'unclear' }
  if (outcome.status !== 'rejected') return outcome
  return { ...outcome, fault: { ...fault, code: 'CW_RECORD_INVALID', fields: ['partnerCompanyId'] } }
}
