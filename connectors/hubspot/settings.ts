import { z } from 'zod'

/** What the properties are called in the portal; the defaults are what the set-up step creates. */
const propertiesSchema = z.strictObject({
  key: z.string().default('causeway_id'),
  partnerTier: z.string().default('partner_tier'),
  source: z.string().default('partner_source'),
  registeredBy: z.string().default('registered_by'),
  registeredAt: z.string().default('registered_at'),
  registrationStatus: z.string().default('registration_status'),
  protectedUntil: z.string().default('protected_until'),
  registrationId: z.string().default('registration_id'),
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
    refreshToken: z.string().min(1).optional(),
    properties: propertiesSchema.prefault({}),
    /** Where new deals begin. */
    pipeline: z.string().default('default'),
    openStage: z.string().default('appointmentscheduled'),
    /** The association label between a deal and the partner that sourced it; looked up by name, its ids differ in every account. */
    partnerLabel: z.string().default('Sourcing partner'),
    /** How long a write may stay invisible to search. The watermark is held back by it. */
    searchLagMs: z.int().min(0).default(30_000),
    /** HubSpot allows an account five searches a second, whoever asks; less leaves room for other programs. */
    searchesPerSecond: z.number().positive().default(5),
    /** Deals whose companies one request reads; HubSpot documents no limit, 1,000 is what is known to work. */
    associationReadBatch: z.int().min(1).default(1000),
    /** The account's time zone (IANA), in which a deal's close date is a day. */
    timeZone: z.string().default('UTC').refine(isTimeZone, 'is not an IANA time zone'),
    tier: z.enum(['starter', 'professional', 'enterprise', 'add-on', 'marketplace']).default('professional'),
  })
  .refine(
    (s) =>
      s.accessToken !== undefined ||
      (s.clientId !== undefined && s.clientSecret !== undefined && s.refreshToken !== undefined),
    'needs accessToken, or clientId, clientSecret and refreshToken',
  )

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
