import { z } from 'zod'
import { outcomes } from '../outcomes.ts'
import { recordKinds } from '../../src/domain/records.ts'

/** What the properties are called in the portal; the defaults are what the set-up step creates. */
const propertiesSchema = z.strictObject({
  key: z.string().default('causeway_id'),
  partnerTier: z.string().default('partner_tier'),
  /** On companies of partners: the region by which the policy asks and counts business hours. Read where it is named. */
  partnerRegion: z.string().min(1).optional(),
  source: z.string().default('partner_source'),
  registeredBy: z.string().default('registered_by'),
  registeredAt: z.string().default('registered_at'),
  registrationStatus: z.string().default('registration_status'),
  protectedUntil: z.string().default('protected_until'),
  registeredPrice: z.string().default('registered_price'),
  discountReference: z.string().default('discount_reference'),
  /** On deals: ticked by who wants a longer protection for the partner. */
  extensionRequested: z.string().default('extension_requested'),
  registrationNote: z.string().default('registration_note'),
  registrationId: z.string().default('registration_id'),
  /** On deals: the owner id of the partner account manager, beside the deal's own owner. */
  manager: z.string().default('partner_account_manager'),
  /** On deals: the connection that the deal lives in; another one than this marks a mirror. */
  home: z.string().default('deal_home'),
  /** On contacts: what the person does at the partner. */
  contactRole: z.string().default('partner_role'),
  /** On contacts: whether the person is still at the partner. */
  contactState: z.string().default('partner_contact_status'),
  /** On deals: whether the channel's people are still looking into it, so that it is not to move on. */
  review: z.string().default('deal_under_review'),
  /** On tasks, and with `decisions` on deals and registrations: what is decided, and why. */
  decision: z.string().default('causeway_decision'),
  decisionReason: z.string().default('causeway_reason'),
  /** On deals and registrations: what became of it, in words. */
  decisionAnswer: z.string().default('causeway_answer'),
  leadDirection: z.string().default('lead_direction'),
  /** On leads: HubSpot's id of the partner's company. */
  leadPartner: z.string().default('lead_partner'),
  leadDomain: z.string().default('lead_domain'),
  leadContact: z.string().default('lead_contact'),
  leadEmail: z.string().default('lead_email'),
  leadPhone: z.string().default('lead_phone'),
  leadStatus: z.string().default('lead_status'),
  leadReason: z.string().default('lead_reason'),
  leadSubmittedAt: z.string().default('lead_submitted_at'),
})

/** The association label of each part that a partner can have in a deal; looked up by name, its ids differ in every account. */
const partnerLabelsSchema = z.strictObject({
  sourcing: z.string().min(1).default('Sourcing partner'),
  influencing: z.string().min(1).default('Influencing partner'),
  'co-sell': z.string().min(1).default('Co-sell partner'),
  fulfilment: z.string().min(1).default('Fulfilment partner'),
})

const dealPipelineSchema = z.strictObject({
  label: z.string().min(1),
  /** In their order; a probability of 1 is won, of 0 lost. */
  stages: z
    .array(z.strictObject({ label: z.string().min(1), probability: z.number().min(0).max(1) }))
    .min(1)
    .default([
      { label: 'Registered', probability: 0.2 },
      { label: 'Qualified', probability: 0.4 },
      { label: 'Proposal', probability: 0.6 },
      { label: 'Negotiation', probability: 0.8 },
      { label: 'Closed won', probability: 1 },
      { label: 'Closed lost', probability: 0 },
    ]),
})

/** Lists of deals by their names; null: not kept. */
const dealListsSchema = z.strictObject({
  partner: z.string().min(1).nullable().default('Partner deals'),
  coSell: z.string().min(1).nullable().default('Co-sell deals'),
  underReview: z.string().min(1).nullable().default('Deals under review'),
})

/** Requests in ten seconds for one app, and in a day for the account, by HubSpot's tiers. */
const tiers = {
  starter: { requests: 100, daily: 250_000 },
  professional: { requests: 190, daily: 625_000 },
  enterprise: { requests: 190, daily: 1_000_000 },
  'add-on': { requests: 250, daily: 1_000_000 },
  // Marketplace apps are counted for each account and not by the day.
  marketplace: { requests: 110, daily: null },
} as const

export const settingsSchema = z
  .strictObject({
    baseUrl: z
      .url()
      .default('https://api.hubapi.com')
      // The SDK puts its paths behind it as it stands, and a second slash is another path.
      .transform((url) => url.replace(/\/+$/, '')),
    /** A service key or a private app's token. */
    accessToken: z.string().min(1).optional(),
    /** OAuth instead of a service key; the client secret is also what webhooks are signed with. */
    clientId: z.string().min(1).optional(),
    clientSecret: z.string().min(1).optional(),
    /** One that was got elsewhere; without it a person lets us in with `causeway connect`. */
    refreshToken: z.string().min(1).optional(),
    /** The page where a person lets us in. Default: HubSpot's, or that of the stand-in where `baseUrl` is one. */
    authorizeUrl: z.url().optional(),
    /** Whether the app knows code challenges; HubSpot documents none for apps of this kind. */
    pkce: z.boolean().default(false),
    properties: propertiesSchema.prefault({}),
    /** What is kept in step. Each costs the polls of a stream and the scopes to read it. */
    objects: z
      .array(z.enum(['companies', 'contacts', 'deals', 'deal-companies', 'owners']))
      .default(['owners', 'companies', 'contacts', 'deals', 'deal-companies']),
    /**
     * Where leads are: in HubSpot's leads object, which not every plan has and which needs properties of ours; in contacts by their
     * lifecycle stage, read only; or nowhere.
     */
    leads: z.enum(['object', 'contacts', 'off']).default('off'),
    /** Whether decisions and notices stand as tasks of the account's users too. It takes `owners`, by which a decider is known. */
    tasks: z.boolean().default(false),
    /**
     * Whose outcome it is that stands on a task: of who changed the task last, as HubSpot tells; or of the task's owner, for accounts
     * where it does not. Who is not known decides nothing.
     */
    taskDecider: z.enum(['updated-by', 'owner']).default('updated-by'),
    /**
     * Whether people decide on the deal too, and on the record of a registration in one of `customObjects`, by a property of it. It takes
     * `owners`, by which a decider is known.
     */
    decisions: z.boolean().default(false),
    /**
     * Whose choice it is that stands in a property of a deal or a registration: of who set it, as the property's history tells; of who
     * changed the record last; or of the record's owner, for accounts that tell neither. Who is not known decides nothing.
     */
    propertyDecider: z.enum(['history', 'updated-by', 'owner']).default('history'),
    /** Our outcome of a task → the choice that a decider takes. */
    outcomes,
    /**
     * Objects that the account defined and that hold records of a kind, such as registrations: by the name that the API knows
     * (`p_registrations`) or the type's id (`2-4570001`). Nothing of them flows before a mapping is published.
     */
    customObjects: z
      .array(
        z.strictObject({
          object: z
            .string()
            .regex(/^(p_\w+|2-\d+)$/, 'is the name of a custom object, such as p_registrations, or its id 2-…'),
          kind: z
            .enum(recordKinds)
            .exclude(['user', 'task'], 'is a kind of records; users are read and never kept elsewhere'),
          /** The unique property that holds our id. Default: `properties.key`. */
          key: z.string().min(1).optional(),
        }),
      )
      .refine((all) => new Set(all.map(({ object }) => object)).size === all.length, 'names an object twice')
      .default([]),
    /** The lifecycle stages that make a contact a lead, for `leads: contacts`. */
    leadStages: z.array(z.string()).min(1).default(['lead']),
    /** Where new deals begin. */
    pipeline: z.string().default('default'),
    openStage: z.string().default('appointmentscheduled'),
    /**
     * Deal pipelines that `causeway apply` makes, found by their labels because HubSpot chooses the ids. With a partner pipeline new deals
     * begin in its first stage, and `pipeline` and `openStage` are passed over.
     */
    pipelines: z
      .strictObject({ partner: dealPipelineSchema.optional(), coSell: dealPipelineSchema.optional() })
      .prefault({}),
    lists: dealListsSchema.prefault({}),
    /** Steps of `causeway plan` that a person did and that HubSpot tells no program of, by their ids. */
    doneByHand: z.array(z.string()).default([]),
    partnerLabels: partnerLabelsSchema.prefault({}),
    /** The owner id that is written where ours has no user in this account or has left. Absent: owners are only read. */
    ownerFallback: z
      .union([z.string(), z.int()])
      .transform(String)
      .pipe(z.string().regex(/^\d+$/, 'is not an owner id'))
      .optional(),
    /** How long a write may stay invisible to search. The watermark is held back by it. */
    searchLagMs: z.int().min(0).default(30_000),
    /** HubSpot allows an account five searches a second, whoever asks; one less leaves room for other programs and late packets. */
    searchesPerSecond: z.number().positive().default(4),
    /** Records whose associations one request reads, and links that one makes; HubSpot documents no limits, 1,000 is what is known to work. */
    associationReadBatch: z.int().min(1).default(1000),
    associationWriteBatch: z.int().min(1).default(1000),
    /** Whether linking moves a record's modification date, as certify finds out: what was written with a link is then read back. */
    linksTouch: z.boolean().default(false),
    /** The account's time zone (IANA), in which a deal's close date is a day. */
    timeZone: z.string().default('UTC').refine(isTimeZone, 'is not an IANA time zone'),
    tier: z.enum(['starter', 'professional', 'enterprise', 'add-on', 'marketplace']).default('professional'),
    /** The public app whose webhooks are Causeway's alone, and its developer's API key: with both, subscriptions are kept as they must be. */
    appId: z.int().positive().optional(),
    developerApiKey: z.string().min(1).optional(),
    /** Whether webhooks are set up, also by hand in HubSpot's screens; their silence is then noticed. Default: whether `appId` is given. */
    webhooks: z.boolean().optional(),
    /** Whether other programs write with this app's credentials. Their webhooks cannot be told from the echoes of our own writes then, and all are heard. */
    sharedApp: z.boolean().default(false),
    /** Deliveries that HubSpot makes side by side. */
    webhookConcurrency: z.int().min(1).default(10),
  })
  .refine(
    (s) => s.accessToken !== undefined || (s.clientId !== undefined && s.clientSecret !== undefined),
    'needs accessToken, or clientId and clientSecret for OAuth',
  )
  .refine((s) => (s.appId === undefined) === (s.developerApiKey === undefined), {
    message: 'appId and developerApiKey go together',
    path: ['appId'],
  })
  .refine((s) => !s.objects.includes('deal-companies') || s.objects.includes('deals'), {
    message: 'deal-companies needs deals and companies',
    path: ['objects'],
  })
  .refine((s) => !s.tasks || s.objects.includes('owners'), {
    message: 'needs owners among the objects',
    path: ['tasks'],
  })
  .refine((s) => !s.decisions || s.objects.includes('owners'), {
    message: 'needs owners among the objects',
    path: ['decisions'],
  })
  .refine((s) => s.objects.includes('companies') || s.objects.every((o) => o === 'owners'), {
    message: 'contacts and deals need companies',
    path: ['objects'],
  })

export type Settings = z.output<typeof settingsSchema>

/** The allowance of the settings' tier. */
export const tierOf = (settings: Settings) => tiers[settings.tier]

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
