import { z } from 'zod'
import { dealTypes } from '../../src/domain/policy/conditions.ts'

/** A connection to PartnerStack. What the vendor does not publish is a setting, with the likeliest value as its default. */
export const settings = z
  .strictObject({
    baseUrl: z
      .url()
      .default('https://api.partnerstack.com/api/v2')
      .transform((url) => url.replace(/\/+$/, '')),
    publicKey: z.string().min(1),
    secretKey: z.string().min(1),
    /** Which of the company's two key pairs this is; the keys themselves do not show it. */
    mode: z.enum(['production', 'test']).default('production'),
    /** ISO 4217. PartnerStack's deals carry cents and no currency. */
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default('USD'),
    webhookSecret: z.string().min(1).optional(),
    /** How deliveries are signed. PartnerStack documents no signature. */
    webhookSignature: z.enum(['none', 'hmac-sha256-hex']).default('none'),
    webhookSignatureHeader: z.string().min(1).default('X-PartnerStack-Signature'),
    /** How long a new or changed record may be missing from lists. */
    visibilityLagMs: z.int().min(0).default(0),
    /** How far before the last scan the next one starts: covers clocks that differ. */
    overlapMs: z.int().min(0).default(120_000),
    /** Which identifier of a partnership `partner_key` of a deal holds. */
    partnerReference: z.enum(['partner_key', 'key']).default('partner_key'),
    /** Where values of custom form fields are written: PartnerStack takes both. */
    customFieldsIn: z.enum(['fields', 'meta']).default('fields'),
    /** What is kept in step. Partnerships and deals are needed for registrations; members cost a request a partnership that changed. */
    objects: z
      .array(z.enum(['partnerships', 'members', 'deals', 'leads']))
      .default(['partnerships', 'members', 'deals', 'leads']),
    /** The group (its key) that takes a lead which is for no partner yet. Without it such a lead waits until it has one. */
    leadGroup: z.string().min(1).optional(),
    /** Under which name a webhook has its address in bodies: both are seen, and neither is documented. */
    webhookUrlField: z.enum(['target', 'target_url']).default('target'),
    /** How events are spelt when webhooks are subscribed to. */
    webhookNames: z.enum(['dotted', 'underscore']).default('dotted'),
    /** Whether webhooks come at all: their silence is then noticed. */
    webhooks: z.boolean().default(true),
    /** `partner_key` of a partner of your own that may own the marked records of `causeway certify`. Default: the test partner, in test mode. */
    certifyPartner: z.string().min(1).optional(),
    /** Slugs of the groups whose partners register deals. Empty: at least one group must take deals. */
    groups: z.array(z.string().min(1)).default([]),
    /** PartnerStack publishes no limit; a known one may be given here. */
    requests: z.strictObject({ count: z.int().min(1), windowMs: z.int().min(1) }).optional(),
    /** `api_name` of the custom fields of the deal form. */
    fields: z
      .strictObject({
        domain: z.string().min(1).default('company_domain'),
        contactEmail: z.string().min(1).default('contact_email'),
        products: z.string().min(1).default('products'),
        /** Where the form asks for it: rules of the policy by country, and what kind of deal it is. */
        country: z.string().min(1).optional(),
        dealType: z.string().min(1).optional(),
        status: z.string().min(1).default('registration_status'),
        reason: z.string().min(1).default('registration_reason'),
        protectedUntil: z.string().min(1).default('protected_until'),
        crmReference: z.string().min(1).default('crm_reference'),
      })
      .prefault({}),
    /** What kind of deal it is → the choice of the form's field `dealType`. Another choice is as good as none. */
    dealTypes: z
      .partialRecord(z.enum(dealTypes), z.string().min(1))
      .default({ new: 'New business', renewal: 'Renewal', expansion: 'Expansion' }),
    /** `api_name` of the custom fields of partners. */
    partnerFields: z.strictObject({ region: z.string().min(1).optional() }).prefault({}),
    /** `api_name` of the custom fields of the lead form. */
    leadFields: z
      .strictObject({
        company: z.string().min(1).default('company'),
        domain: z.string().min(1).default('company_domain'),
        phone: z.string().min(1).default('phone'),
        note: z.string().min(1).default('note'),
        reason: z.string().min(1).default('lead_reason'),
        crmReference: z.string().min(1).default('crm_reference'),
      })
      .prefault({}),
    /** Lead state → PartnerStack's status. Partners see it; only we move it. */
    leadStatuses: z.record(z.string(), z.enum(['open', 'closed', 'dead', 'closed won', 'closed lost'])).default({
      new: 'open',
      offered: 'open',
      submitted: 'open',
      accepted: 'closed',
      contacted: 'closed',
      converted: 'closed won',
      disqualified: 'dead',
      declined: 'closed lost',
      rejected: 'closed lost',
    }),
    /** Registration state → a stage of the group's pipeline; absent: the partner's own stage is left alone. */
    stages: z.record(z.string(), z.string()).optional(),
  })
  .refine((s) => s.webhookSignature === 'none' || s.webhookSecret !== undefined, {
    path: ['webhookSecret'],
    message: 'is needed to check signed webhooks',
  })

export type Settings = z.output<typeof settings>
