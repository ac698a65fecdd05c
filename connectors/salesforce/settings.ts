import { z } from 'zod'

const fieldName = z.string().regex(/^[A-Za-z]\w*$/, 'is the API name of a field')

/** A connection to a Salesforce org. */
export const settings = z
  .strictObject({
    /** The org's own My Domain address: where tokens come from, and where the API is until a token names another address. */
    loginUrl: z
      .url()
      .refine(
        (url) => !url.includes('.lightning.force.'),
        'is the address of the user interface; the API is at https://….my.salesforce.com',
      )
      .transform((url) => url.replace(/\/+$/, '')),
    clientId: z.string().min(1),
    /** For the client credentials flow; the external client app needs a run-as user. */
    clientSecret: z.string().min(1).optional(),
    /** For the JWT bearer flow: the PEM of the key whose certificate the app holds, and the user to act as. */
    privateKey: z.string().min(1).optional(),
    username: z.string().min(1).optional(),
    /** Whom the JWT is for. Default: the login address. */
    audience: z.url().optional(),
    apiVersion: z
      .string()
      .regex(/^\d{2,3}\.0$/)
      .default('67.0'),
    /** API names of the custom fields that Causeway reads and writes. */
    fields: z
      .strictObject({
        key: fieldName.default('Causeway_Id__c'),
        partnerAccount: fieldName.default('Partner_Account__c'),
        partnerSource: fieldName.default('Partner_Source__c'),
        registeredBy: fieldName.default('Registered_By__c'),
        registeredAt: fieldName.default('Registered_At__c'),
        registrationStatus: fieldName.default('Registration_Status__c'),
        protectedUntil: fieldName.default('Protected_Until__c'),
        registrationId: fieldName.default('Registration_Id__c'),
      })
      .prefault({}),
    /** What a new deal gets where the ledger says nothing: Salesforce wants a stage and a close date. */
    stages: z.strictObject({ open: z.string().min(1).default('Qualification') }).prefault({}),
    defaultCloseDays: z.int().min(0).default(90),
    /** Where a deal came from → the picklist's value. */
    sourceValues: z
      .record(z.string(), z.string())
      .default({ direct: 'Direct', 'partner-sourced': 'Partner-Sourced', 'partner-influenced': 'Partner-Influenced' }),
    /** The account type that marks a partner. */
    partnerType: z.string().min(1).default('Partner'),
    /** Whether records have a currency of their own; if not, all amounts are in `currency`. */
    multiCurrency: z.boolean().default(false),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default('USD'),
    /** Fields of number types: they are written as JSON numbers with all their digits. Salesforce documents no numbers as text. */
    numberFields: z.array(fieldName).default(['Amount']),
    /** Records a page of changes, at most 2,000. */
    pageSize: z.int().min(1).max(2000).default(2000),
    /**
     * How far behind the org's clock changes count as complete; what is younger is read at once and read again. Covers
     * the second that SystemModstamp cannot tell apart and transactions that are still open.
     */
    settleMs: z.int().min(1000).default(5000),
    /** How long a new record may be invisible to queries by key. */
    visibleAfterMs: z.int().min(0).default(0),
    /** API calls a day, if fewer than the org's limit may be used. */
    dailyLimit: z.int().min(1).optional(),
  })
  .refine((s) => s.clientSecret !== undefined || (s.privateKey !== undefined && s.username !== undefined), {
    path: ['clientSecret'],
    message: 'is needed, or privateKey and username for the JWT bearer flow',
  })

export type Settings = z.output<typeof settings>
