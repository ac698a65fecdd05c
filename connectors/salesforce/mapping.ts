import type { Conversion, Direction, FieldMapping, ObjectMapping } from '../../src/mapping/definition.ts'
import {
  approvalComments,
  approvalOutcome,
  approvalState,
  extensionAsker,
  leadDirection,
  leadFirstState,
  leadState,
  nextApprover,
  personName,
  stageStatus,
  submitComments,
  taskAccount,
  taskDeal,
  taskState,
  userState,
} from './derived.ts'
import { isUsed } from './objects.ts'
import type { ObjectName } from './objects.ts'
import type { Settings } from './settings.ts'

/** The mapping that an unedited configuration uses: people in the CRM own the deal, we own what we know of its registration. */
export function mappings(settings: Settings): ObjectMapping[] {
  const all: (ObjectMapping & { object: ObjectName })[] = [
    {
      object: 'Account',
      kind: 'partner',
      fields: [
        flow('name', 'Name', 'both', 'out', 'ledger'),
        shared('domain', 'Website', { as: 'domain' }),
        ...(settings.fields.partnerRegion === undefined ? [] : [theirs('region', settings.fields.partnerRegion)]),
      ],
      fixed: { Type: settings.partnerType },
      when: { path: 'Type', in: [settings.partnerType] },
    },
    {
      object: 'Account',
      kind: 'account',
      fields: [
        begun('name', 'Name'),
        begun('domain', 'Website', { as: 'domain' }),
        begun('country', 'BillingCountry'),
        { ...begun('accountType', 'Type'), values: { prospect: 'Prospect', customer: 'Customer' } },
        theirs('parentId', 'ParentId', account('account')),
        ...people(settings, [theirs('ownerId', 'OwnerId', user())]),
      ],
    },
    { object: 'Opportunity', kind: 'deal', fields: dealFields(settings) },
    {
      object: 'User',
      kind: 'user',
      fields: [
        theirs('name', 'Name'),
        theirs('email', 'Email'),
        theirs('state', userState),
        theirs('managerId', 'ManagerId', user()),
      ],
    },
    {
      object: 'Contact',
      kind: 'contact',
      fields: [
        { ...shared('partnerId', 'AccountId', account('partner')), required: true },
        shared('name', personName),
        shared('firstName', 'FirstName'),
        shared('lastName', 'LastName'),
        shared('email', 'Email'),
        shared('phone', 'Phone'),
        shared('title', 'Title'),
        // Invited, active or left: the programme's word at the beginning, and anybody's who knows of a leaver.
        flow('state', settings.fields.contactState, 'both', 'both', 'ledger'),
      ],
    },
    { object: 'Lead', kind: 'lead', fields: leadFields(settings) },
    {
      object: 'Partner',
      kind: 'party',
      // A row is made and deleted, never changed. The customer of a deal is its account, and no row of its own.
      fields: [
        { ...once('dealId', 'OpportunityId', { as: 'lookup', of: 'deal', object: 'Opportunity' }), required: true },
        { ...once('partnerId', 'AccountToId', account('partner')), required: true },
        { ...once('role', 'Role'), values: settings.partnerRoles },
      ],
    },
    { object: 'Task', kind: 'task', fields: taskFields(settings) },
    { object: 'ProcessInstance', kind: 'task', fields: approvalFields(settings) },
  ]
  return all.filter(({ object }) => isUsed(settings, object))
}

function dealFields(settings: Settings): FieldMapping[] {
  const { fields } = settings
  return [
    { ...shared('name', 'Name'), mandatory: true },
    {
      ...shared('amount', 'Amount', { as: 'decimal' }),
      currency: settings.multiCurrency ? { path: 'CurrencyIsoCode' } : { is: settings.currency },
    },
    // An org of one currency has no field for it: that of its own deals is said once, and no other system's deal changes to it.
    settings.multiCurrency
      ? shared('currency', 'CurrencyIsoCode')
      : flow('currency', 'CurrencyIsoCode', 'in', 'none', 'ledger'),
    { ...shared('closeDate', 'CloseDate', { as: 'date' }), mandatory: true },
    { ...flow('stage', 'StageName', 'both', 'in', 'vendor'), initial: settings.stages.open },
    theirs('status', stageStatus),
    // A deal that is moved to another CRM was opened where it was opened first.
    flow('openedAt', 'CreatedDate', 'in', 'in', 'ledger', { as: 'instant' }),
    ...people(settings, [
      owner(settings, 'ownerId', 'OwnerId', 'in'),
      owner(settings, 'managerId', fields.accountManager, 'both'),
    ]),
    shared('accountId', 'AccountId', account('account')),
    flow('partnerId', fields.partnerAccount, 'both', 'out', 'ledger', account('partner')),
    { ...flow('source', fields.partnerSource, 'both', 'out', 'ledger'), values: settings.sourceValues },
    ours('home', fields.home),
    ours('registeredBy', fields.registeredBy),
    ours('registeredAt', fields.registeredAt, { as: 'instant' }),
    ours('registrationStatus', fields.registrationStatus),
    ours('protectedUntil', fields.protectedUntil, { as: 'instant' }),
    {
      ...ours('registeredPrice', fields.registeredPrice, { as: 'decimal' }),
      currency: settings.multiCurrency ? { path: 'CurrencyIsoCode' } : { is: settings.currency },
    },
    ours('discountReference', fields.discountReference),
    // Ticked by people, taken away by us; what nobody ever ticked is left alone.
    { ...shared('extensionRequested', fields.extensionRequested, { as: 'boolean' }), mandatory: true },
    ...people(settings, [theirs('extensionAskedById', extensionAsker, user())]),
    ours('registrationNote', fields.registrationNote),
    ours('registrationId', fields.registrationId),
    // A deal that is not reviewed keeps whatever its people ticked.
    { ...ours('underReview', fields.underReview, { as: 'boolean' }), mandatory: true },
  ]
}

/** An approval is asked for once, and its end is read. */
function approvalFields({ approvals }: Settings): FieldMapping[] {
  const object = approvals?.object ?? ''
  return [
    { ...once('registrationId', 'TargetObjectId', { as: 'lookup', of: 'registration', object }), required: true },
    flow('ownerId', nextApprover, 'out', 'none', 'ledger', user()),
    flow('body', submitComments, 'out', 'none', 'ledger'),
    // Decided elsewhere it is over here too, and is taken back.
    flow('status', approvalState, 'in', 'both', 'vendor'),
    theirs('decision', approvalOutcome),
    theirs('reason', approvalComments),
    theirs('changedById', 'LastActorId', user()),
  ]
}

/** What it says is ours; whose it is, whether it is done and what was chosen is said by the org's people too. */
function taskFields({ fields, outcomes }: Settings): FieldMapping[] {
  return [
    ours('subject', 'Subject'),
    ours('body', 'Description'),
    ours('dueOn', 'ActivityDate', { as: 'date' }),
    shared('ownerId', 'OwnerId', user()),
    shared('status', taskState),
    ours('dealId', taskDeal, { as: 'lookup', of: 'deal', object: 'Opportunity' }),
    ours('accountId', taskAccount, account('account')),
    // An outcome that cannot be is answered in words and taken away, so that it can be chosen again.
    { ...shared('decision', fields.decision), values: outcomes },
    theirs('reason', fields.decisionReason),
    theirs('changedById', 'LastModifiedById', user()),
  ]
}

function leadFields(settings: Settings): FieldMapping[] {
  return [
    // A lead that was made in the CRM is the vendor's, to be handed to a partner; of one that we wrote the ledger knows better.
    flow('direction', leadDirection, 'in', 'none', 'ledger'),
    // A lead that is read before its partner waits for it: nothing would tell of the partner later.
    { ...shared('partnerId', settings.fields.partnerAccount, account('partner')), required: 'known' },
    shared('company', 'Company'),
    shared('domain', 'Website', { as: 'domain' }),
    shared('contactName', personName),
    shared('contactEmail', 'Email'),
    shared('phone', 'Phone'),
    shared('country', 'Country'),
    shared('note', 'Description'),
    flow('source', 'LeadSource', 'both', 'in', 'vendor'),
    ...people(settings, [owner(settings, 'ownerId', 'OwnerId', 'in')]),
    flow('submittedAt', 'CreatedDate', 'in', 'none', 'ledger', { as: 'instant' }),
    theirs('dealId', 'ConvertedOpportunityId', { as: 'lookup', of: 'deal', object: 'Opportunity' }),
    flow('state', leadFirstState, 'in', 'none', 'ledger'),
    // Conversion and closing are the CRM's to say; while it is open, its life is ours.
    flow('state', leadState, 'none', 'in', 'vendor'),
  ]
}

function account(of: 'account' | 'partner'): Conversion {
  return { as: 'lookup', of, object: 'Account' }
}

function user(fallback?: string): Conversion {
  return { as: 'lookup', of: 'user', object: 'User', ...(fallback === undefined ? {} : { fallback }) }
}

/** Fields that name users, where users are read. */
function people({ objects }: Settings, fields: FieldMapping[]): FieldMapping[] {
  return objects.includes('User') ? fields : []
}

/** A user's field goes out only where somebody is named who gets what is nobody's there. */
function owner({ ownerFallback }: Settings, field: string, path: string, later: Direction): FieldMapping {
  if (ownerFallback === undefined) return theirs(field, path, user())
  return flow(field, path, 'both', later, 'vendor', user(ownerFallback))
}

function flow(
  field: string,
  path: string,
  create: Direction,
  update: Direction,
  wins: FieldMapping['wins'],
  conversion: Conversion = { as: 'text' },
): FieldMapping {
  return { field, path, conversion, create, update, wins }
}

/** Written by both sides; an edit in the CRM survives ours. */
function shared(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'both', 'both', 'vendor', conversion)
}

/** Written when we make the record; from then on the CRM's people own it, so that no other system's data overwrites it. */
function begun(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'both', 'in', 'vendor', conversion)
}

function theirs(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'in', 'in', 'vendor', conversion)
}

function ours(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'out', 'out', 'ledger', conversion)
}

/** Said when the record is made, by whichever side makes it, and never again. */
function once(field: string, path: string, conversion: Conversion = { as: 'text' }): FieldMapping {
  return flow(field, path, 'both', 'none', 'ledger', conversion)
}
