import { z } from 'zod'
import { outcomes } from '../outcomes.ts'
import { recordKinds } from '../../src/domain/records.ts'
import { optionalObjects } from './objects.ts'

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
    /**
     * How tokens are got: the app's own client credentials, a signed assertion (JWT bearer), or by a person who lets us in once with
     * `causeway connect`. Default: by what is given, the private key or the secret.
     */
    grant: z.enum(['client-credentials', 'jwt-bearer', 'authorization-code']).optional(),
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
    /** What is read and written beside accounts and opportunities. Leave out what the org does not use or the user may not see. */
    objects: z.array(z.enum(optionalObjects)).default([...optionalObjects]),
    /** Objects of the org's own that hold records of a kind, such as registrations. Nothing of them flows before a mapping is published. */
    customObjects: z
      .array(
        z.strictObject({
          object: z.string().regex(/^[A-Za-z]\w*__c$/, 'is the API name of a custom object, ending with __c'),
          kind: z
            .enum(recordKinds)
            .exclude(['user', 'task'], 'is a kind of records; users are read and never kept elsewhere'),
          /** The unique external id that holds our id. Default: `fields.key`. */
          key: fieldName.optional(),
        }),
      )
      .refine(namedOnce, 'names an object twice')
      .default([]),
    /** Whether decisions and notices stand as tasks of the org's users too. It takes `User` among the objects, by which a decider is known. */
    tasks: z.boolean().default(false),
    /**
     * The approval process that the record of a registration is submitted to when a person is asked: its API name, and the object of
     * `customObjects` that holds registrations. Its end is a decision like any other. `recall`: by which action a submission is taken back
     * once it was decided elsewhere, which the process or the user's rights must allow; null: it is left to the org's people.
     */
    approvals: z
      .strictObject({
        process: fieldName,
        object: z.string().regex(/__c$/),
        recall: z.string().min(1).nullable().default('Removed'),
      })
      .optional(),
    /** Our outcome of a task → the picklist's value that a decider chooses. */
    outcomes,
    /** The statuses that a task of ours gets; another one of the org's is open or closed as the org says. */
    taskStatuses: z
      .strictObject({ open: z.string().min(1).default('Not Started'), done: z.string().min(1).default('Completed') })
      .prefault({}),
    /** Which leads come in: all, so that a partner's lead is compared with them, or only those of partners. */
    leads: z.enum(['all', 'of-partners']).default('all'),
    /** API names of the custom fields that Causeway reads and writes. */
    fields: z
      .strictObject({
        key: fieldName.default('Causeway_Id__c'),
        partnerAccount: fieldName.default('Partner_Account__c'),
        /** On accounts of partners: the region by which the policy asks and counts business hours. Read where it is named. */
        partnerRegion: fieldName.optional(),
        partnerSource: fieldName.default('Partner_Source__c'),
        registeredBy: fieldName.default('Registered_By__c'),
        registeredAt: fieldName.default('Registered_At__c'),
        registrationStatus: fieldName.default('Registration_Status__c'),
        protectedUntil: fieldName.default('Protected_Until__c'),
        registeredPrice: fieldName.default('Registered_Price__c'),
        discountReference: fieldName.default('Discount_Reference__c'),
        extensionRequested: fieldName.default('Extension_Requested__c'),
        registrationNote: fieldName.default('Registration_Note__c'),
        registrationId: fieldName.default('Registration_Id__c'),
        accountManager: fieldName.default('Partner_Account_Manager__c'),
        home: fieldName.default('Home_System__c'),
        contactState: fieldName.default('Partner_Contact_Status__c'),
        underReview: fieldName.default('Deal_Under_Review__c'),
        decision: fieldName.default('Causeway_Decision__c'),
        decisionReason: fieldName.default('Causeway_Reason__c'),
      })
      .prefault({}),
    /** What a new deal gets where the ledger says nothing: Salesforce wants a stage and a close date. */
    stages: z.strictObject({ open: z.string().min(1).default('Qualification') }).prefault({}),
    defaultCloseDays: z.int().min(0).default(90),
    /** Where a deal came from → the picklist's value. */
    sourceValues: z
      .record(z.string(), z.string())
      .default({ direct: 'Direct', 'partner-sourced': 'Partner-Sourced', 'partner-influenced': 'Partner-Influenced' }),
    /** What a partner does in a deal → the picklist's value on Partner. */
    partnerRoles: z
      .record(z.string(), z.string())
      .default({ sourcing: 'Sourcing', influencing: 'Influencing', 'co-sell': 'Co-Sell', fulfilment: 'Fulfilment' }),
    /** What a lead's status says of its state; a status that is not named here leaves it open. */
    leadStates: z
      .record(z.string(), z.enum(['contacted', 'disqualified']))
      .default({ 'Closed - Not Converted': 'disqualified' }),
    /** What stands for a name or company that the platform demands and nobody gave. */
    unnamed: z.string().min(1).default('[not provided]'),
    /** The user who gets what belongs to nobody here: an owner of another system, or one who has left. Without it owners only come in. */
    ownerFallback: z
      .string()
      .regex(/^005[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?$/, 'is the id of a user, beginning with 005')
      .optional(),
    /** Whether the org's change events are listened to, so that changes are heard of at once. */
    changeEvents: z.boolean().default(false),
    /** The account type that marks a partner. */
    partnerType: z.string().min(1).default('Partner'),
    /** Whether records have a currency of their own; if not, all amounts are in `currency`. */
    multiCurrency: z.boolean().default(false),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default('USD'),
    /** Fields of number types: they are written as JSON numbers with all their digits. Salesforce documents no numbers as text. */
    numberFields: z.array(fieldName).default(['Amount', 'Registered_Price__c']),
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
  .transform(
    (s) => ({ ...s, grant: s.grant ?? (s.clientSecret === undefined ? 'jwt-bearer' : 'client-credentials') }) as const,
  )
  .refine((s) => !s.tasks || s.objects.includes('User'), {
    path: ['tasks'],
    message: 'needs User among the objects: by it a decider is known',
  })
  .refine(
    ({ approvals, tasks, customObjects }) =>
      approvals === undefined ||
      (tasks && customObjects.some(({ object, kind }) => object === approvals.object && kind === 'registration')),
    { path: ['approvals'], message: 'needs tasks: true, and its object among the customObjects of registrations' },
  )
  .refine((s) => s.grant !== 'client-credentials' || s.clientSecret !== undefined, {
    path: ['clientSecret'],
    message: 'is needed for the client credentials flow',
  })
  .refine((s) => s.grant !== 'jwt-bearer' || (s.privateKey !== undefined && s.username !== undefined), {
    path: ['clientSecret'],
    message: 'is needed, or privateKey and username for the JWT bearer flow, or `grant: authorization-code`',
  })

export type Settings = z.output<typeof settings>

function namedOnce(objects: { object: string }[]): boolean {
  return new Set(objects.map(({ object }) => object.toLowerCase())).size === objects.length
}
