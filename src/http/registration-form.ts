/** How registrations look over the API. What only staff see is optional, and absent for a partner. */
import { z } from '@hono/zod-openapi'
import { registrationStates } from '../domain/records.ts'
import { decimal } from '../domain/money.ts'
import { dealTypes } from '../domain/policy/conditions.ts'
import { clash } from './clash-form.ts'
import { customFields, instant, uuid } from './form.ts'
import { noticeSummary } from './notices.ts'

export const registrationState = z.enum(registrationStates)

const text = (max: number) => z.string().trim().min(1).max(max)
const optionalText = (max: number) => text(max).nullable().default(null)

/** What is claimed, whoever submits it. */
export const claimFields = z.strictObject({
  company: text(300).openapi({ example: 'Northwind Ltd' }),
  domain: optionalText(253).openapi({ example: 'northwind.com' }),
  contactName: optionalText(200),
  contactEmail: z.email().max(320).nullable().default(null),
  amount: z
    .string()
    .refine(
      (amount) => decimal(amount) !== null && Math.abs(Number(amount)) < 1e16,
      'expected a decimal such as "48000.00"',
    )
    .nullable()
    .default(null)
    .openapi({ example: '48000.00' }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code such as EUR')
    .nullable()
    .default(null),
  closeDate: z.iso.date().nullable().default(null),
  products: optionalText(2000),
  country: optionalText(100).openapi({ example: 'Germany' }),
  dealType: z.enum(dealTypes).nullable().default(null),
})

/** What may be said anew of a claim: what is not named stays, and null empties a field. */
export const claimEdit = z
  .strictObject({
    company: text(300),
    domain: text(253).nullable(),
    contactName: text(200).nullable(),
    contactEmail: z.email().max(320).nullable(),
    amount: claimFields.shape.amount.unwrap(),
    currency: claimFields.shape.currency.unwrap(),
    closeDate: z.iso.date().nullable(),
    products: text(2000).nullable(),
  })
  .partial()

/** A claim on a prospect. Staff add `partnerId` and `submittedBy`; a partner's key stands for its partner. */
export const submission = claimFields
  .extend({
    partnerId: uuid.optional(),
    submittedBy: text(200).optional().openapi({ example: 'Ada Lovelace' }),
  })
  .refine((claim) => (claim.amount === null) === (claim.currency === null), {
    path: ['currency'],
    message: 'an amount and its currency belong together',
  })
  .openapi('Submission')

/** What a claim says. */
export const claimed = {
  company: z.string().nullable(),
  domain: z.string().nullable(),
  contactName: z.string().nullable(),
  contactEmail: z.string().nullable(),
  amount: z.string().nullable(),
  currency: z.string().nullable(),
  closeDate: z.string().nullable(),
  products: z.string().nullable(),
}

export const registration = z
  .object({
    id: uuid,
    state: registrationState,
    ...claimed,
    country: z.string().nullable(),
    dealType: z.enum(dealTypes).nullable(),
    submittedBy: z.string().nullable(),
    submittedAt: instant,
    createdAt: z.string(),
    reason: z.string().nullable(),
    protectedFrom: instant,
    protectedUntil: instant,
    withdrawnAt: instant,
    dealStage: z.string().nullable().openapi({ description: 'The stage of its deal, as the CRM calls it' }),
    dealStatus: z.enum(['open', 'won', 'lost']).nullable().openapi({ description: 'What that stage means' }),
    partnerId: uuid.nullable().optional(),
    partner: z.string().nullable().optional(),
    portal: z.string().optional(),
    onBehalfBy: z.string().nullable().optional(),
    crmReference: z.string().nullable().optional(),
    home: z.string().nullable().optional(),
    dealId: uuid.nullable().optional(),
    policyVersion: z.string().nullable().optional(),
  })
  .openapi('Registration')

/** A finding with the other side's facts, so that a person compares without opening another system. */
export const conflict = z
  .object({
    id: uuid,
    round: z.number(),
    kind: z.enum(['direct-deal', 'customer', 'named-account', 'registration', 'lead', 'overlap']),
    score: z.number(),
    matchedOn: z.array(z.string()),
    /** What speaks against their being one. */
    against: z.array(z.string()),
    /** What both sides said when the check was made; null: erased. */
    facts: z
      .object({
        ours: z.record(z.string(), z.string().nullable()),
        theirs: z.record(z.string(), z.string().nullable()),
      })
      .nullable(),
    blocks: z.enum(['yes', 'no', 'ask']),
    ruling: z.string().nullable(),
    detectedAt: z.string(),
    otherId: uuid,
    other: z.object({
      company: z.string().nullable(),
      domain: z.string().nullable(),
      contactEmail: z.string().nullable(),
      amount: z.string().nullable(),
      currency: z.string().nullable(),
      state: z.string().nullable(),
      since: instant,
      protectedUntil: instant,
      partner: z.string().nullable(),
      tier: z.string().nullable(),
      deal: z.string().nullable(),
      stage: z.string().nullable(),
      home: z.string().nullable(),
      ownerId: z.string().nullable(),
    }),
  })
  .openapi('Conflict')

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])

export const registrationDetail = registration
  .extend({
    custom: customFields.optional(),
    timeline: z.array(
      z.object({
        id: uuid.optional(),
        at: z.string(),
        what: z.string(),
        actor: z.string().optional(),
        rule: z.string().nullable().optional(),
        policyVersion: z.string().nullable().optional(),
        detail: z.record(z.string(), scalar).optional(),
      }),
    ),
    questions: z.array(
      z.object({
        question: z.string().nullable(),
        askedAt: z.string(),
        answer: z.string().nullable(),
        answeredAt: instant,
      }),
    ),
    conflicts: z.array(conflict).optional(),
    tasks: z
      .array(
        z.object({
          id: uuid,
          round: z.number(),
          state: z.string(),
          why: z.array(z.string()),
          assignee: z.string().nullable(),
          dueAt: z.string(),
          decision: z.string().nullable(),
          reason: z.string().nullable(),
          decidedBy: z.string().nullable(),
          decidedAt: instant,
        }),
      )
      .optional(),
    notices: z.array(noticeSummary).optional(),
    clashes: z.array(clash).optional(),
    systems: z
      .array(
        z.object({
          connection: z.string(),
          object: z.string(),
          kind: z.string(),
          externalId: z.string().nullable(),
          write: z.string().nullable(),
          code: z.string().nullable(),
        }),
      )
      .optional(),
  })
  .openapi('RegistrationDetail')
