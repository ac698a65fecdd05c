/** The objects of a fresh org. */
import { objectRights, systemPermissions } from './rights.ts'
import { field } from './schema.ts'
import type { FieldDef, ObjectDef } from './schema.ts'

const readOnly = { createable: false, updateable: false }
const lookup = (name: string, to: string, more: Partial<FieldDef> = {}): FieldDef =>
  field(name, 'reference', {
    referenceTo: [to],
    relationshipName: name.endsWith('__c') ? name.replace(/__c$/, '__r') : name.replace(/Id$/, ''),
    ...more,
  })
const externalKey = (): FieldDef => field('Causeway_Id__c', 'string', { externalId: true, unique: true, length: 255 })

/** What every object has. */
function system(): FieldDef[] {
  return [
    field('Id', 'id', { ...readOnly, nillable: false }),
    field('IsDeleted', 'boolean', readOnly),
    field('CreatedDate', 'datetime', { ...readOnly, nillable: false }),
    lookup('CreatedById', 'User', { ...readOnly, nillable: false }),
    field('LastModifiedDate', 'datetime', { ...readOnly, nillable: false }),
    lookup('LastModifiedById', 'User', { ...readOnly, nillable: false }),
    field('SystemModstamp', 'datetime', { ...readOnly, nillable: false }),
  ]
}

const required = { nillable: false }
const taskOutcomes = [
  'Approve',
  'Decline',
  'Ask for information',
  'Grant',
  'Refuse',
  'Release',
  'Reassign',
  'Co-sell',
  'Ours',
  'Partner',
  'Split',
  'No conflict',
  'Accept',
  'Keep',
  'Revoke',
]
const fixed = { createable: false, updateable: false, deletable: false }
const partnerRole = (): FieldDef =>
  field('Role', 'picklist', {
    values: ['Reseller', 'Advertiser', 'Sourcing', 'Influencing', 'Co-Sell', 'Fulfilment'],
    restricted: true,
  })
const owner = (): FieldDef => lookup('OwnerId', 'User', { nillable: false })

const stages = [
  'Prospecting',
  'Qualification',
  'Needs Analysis',
  'Value Proposition',
  'Id. Decision Makers',
  'Perception Analysis',
  'Proposal/Price Quote',
  'Negotiation/Review',
  'Closed Won',
  'Closed Lost',
]

function object(name: string, prefix: string, fields: FieldDef[], more: Partial<ObjectDef> = {}): ObjectDef {
  return {
    name,
    label: name,
    prefix,
    createable: true,
    updateable: true,
    deletable: true,
    mergeable: false,
    ...more,
    // Users are never deleted, so that nothing says of one that it is.
    fields: [...system().filter((f) => name !== 'User' || f.name !== 'IsDeleted'), ...fields],
  }
}

const currency = (): FieldDef[] => [
  field('CurrencyIsoCode', 'picklist', {
    values: ['USD', 'EUR', 'GBP'],
    restricted: true,
    defaultValue: 'USD',
    length: 3,
  }),
]

const permissionFields = (names: readonly string[], more: Partial<FieldDef> = {}): FieldDef[] =>
  names.map((name) => field(`Permissions${name}`, 'boolean', more))

/** The schema of a fresh org, with the fields that a Causeway set-up creates. CurrencyIsoCode shows only where the switch says so. */
export function freshSchema(): ObjectDef[] {
  const merged = (of: string): FieldDef => lookup('MasterRecordId', of, readOnly)
  return [
    object(
      'Account',
      '001',
      [
        field('Name', 'string', { ...required }),
        merged('Account'),
        field('IsPartner', 'boolean', readOnly),
        owner(),
        ...currency(),
        field('Type', 'picklist', {
          values: ['Prospect', 'Customer', 'Partner', 'Reseller', 'Technology Partner', 'Other'],
        }),
        lookup('ParentId', 'Account', { relationshipName: 'Parent' }),
        field('Website', 'url'),
        field('Phone', 'phone'),
        field('Industry', 'picklist', { values: ['Technology', 'Manufacturing', 'Retail'] }),
        field('BillingStreet', 'textarea', { length: 255 }),
        field('BillingCity', 'string', { length: 40 }),
        field('BillingState', 'string', { length: 80 }),
        field('BillingPostalCode', 'string', { length: 20 }),
        field('BillingCountry', 'string', { length: 80 }),
        field('AnnualRevenue', 'currency', { scale: 0 }),
        field('NumberOfEmployees', 'int'),
        field('Description', 'textarea'),
        externalKey(),
      ],
      { mergeable: true },
    ),
    object(
      'Contact',
      '003',
      [
        field('FirstName', 'string', { length: 40 }),
        field('LastName', 'string', { length: 80, ...required }),
        field('Name', 'string', readOnly),
        merged('Contact'),
        lookup('AccountId', 'Account'),
        owner(),
        ...currency(),
        field('Email', 'email'),
        field('Phone', 'phone'),
        field('Title', 'string', { length: 128 }),
        field('Partner_Contact_Status__c', 'string', { length: 40 }),
        externalKey(),
      ],
      { mergeable: true },
    ),
    object(
      'Lead',
      '00Q',
      [
        field('FirstName', 'string', { length: 40 }),
        field('LastName', 'string', { length: 80, ...required }),
        field('Name', 'string', readOnly),
        field('Company', 'string', { ...required }),
        lookup('PartnerAccountId', 'Account', readOnly),
        merged('Lead'),
        owner(),
        ...currency(),
        field('Email', 'email'),
        field('Phone', 'phone'),
        field('Country', 'string', { length: 80 }),
        field('Description', 'textarea'),
        field('Website', 'url'),
        field('Status', 'picklist', {
          values: ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted', 'Closed - Not Converted'],
          defaultValue: 'Open - Not Contacted',
        }),
        field('LeadSource', 'picklist', { values: ['Web', 'Partner Referral', 'Other'] }),
        field('IsConverted', 'boolean', readOnly),
        field('ConvertedDate', 'date', readOnly),
        lookup('ConvertedAccountId', 'Account', { ...readOnly, relationshipName: 'ConvertedAccount' }),
        lookup('ConvertedContactId', 'Contact', { ...readOnly, relationshipName: 'ConvertedContact' }),
        lookup('ConvertedOpportunityId', 'Opportunity', { ...readOnly, relationshipName: 'ConvertedOpportunity' }),
        lookup('Partner_Account__c', 'Account'),
        externalKey(),
      ],
      { mergeable: true },
    ),
    object('Opportunity', '006', [
      field('Name', 'string', { length: 120, ...required }),
      lookup('AccountId', 'Account'),
      lookup('PartnerAccountId', 'Account', readOnly),
      owner(),
      ...currency(),
      field('StageName', 'picklist', { values: stages, ...required }),
      field('CloseDate', 'date', required),
      field('Amount', 'currency'),
      field('Probability', 'percent', { precision: 3 }),
      field('Type', 'picklist', { values: ['New Business', 'Existing Business'] }),
      field('LeadSource', 'picklist', { values: ['Web', 'Partner Referral', 'Other'] }),
      field('NextStep', 'string'),
      field('Description', 'textarea'),
      field('IsClosed', 'boolean', readOnly),
      field('IsWon', 'boolean', readOnly),
      externalKey(),
      lookup('Partner_Account__c', 'Account'),
      field('Partner_Source__c', 'picklist', {
        values: ['Direct', 'Partner-Sourced', 'Partner-Influenced'],
        restricted: true,
      }),
      field('Registered_By__c', 'string'),
      field('Registered_At__c', 'datetime'),
      field('Registration_Status__c', 'string', { length: 40 }),
      field('Protected_Until__c', 'datetime'),
      field('Registered_Price__c', 'currency'),
      field('Discount_Reference__c', 'string', { length: 80 }),
      field('Extension_Requested__c', 'boolean', { defaultValue: false }),
      field('Registration_Note__c', 'string', { length: 255 }),
      field('Registration_Id__c', 'string', { length: 80 }),
      lookup('Partner_Account_Manager__c', 'User'),
      field('Home_System__c', 'string', { length: 80 }),
      field('Deal_Under_Review__c', 'boolean', { defaultValue: false }),
    ]),
    // An object of the org's own, as administrators make them.
    object('Deal_Registration__c', 'a0R', [
      field('Name', 'string', { length: 80, ...required }),
      owner(),
      ...currency(),
      lookup('Partner_Account__c', 'Account'),
      field('Company__c', 'string'),
      field('Website__c', 'url'),
      field('Contact_Name__c', 'string', { length: 80 }),
      field('Contact_Email__c', 'email'),
      field('Submitted_At__c', 'datetime'),
      field('Amount__c', 'currency'),
      field('Close_Date__c', 'date'),
      field('Status__c', 'picklist', { values: ['New', 'In Review', 'Approved', 'Declined'], restricted: true }),
      field('Reason__c', 'string'),
      field('Region__c', 'string', { length: 40 }),
      externalKey(),
    ]),
    object(
      'OpportunityStage',
      '01J',
      [
        field('MasterLabel', 'string', readOnly),
        field('ApiName', 'string', readOnly),
        field('IsActive', 'boolean', readOnly),
        field('IsClosed', 'boolean', readOnly),
        field('IsWon', 'boolean', readOnly),
        field('SortOrder', 'int', readOnly),
      ],
      fixed,
    ),
    object(
      'User',
      '005',
      [
        field('Username', 'string', { length: 80, ...required }),
        field('Email', 'email', required),
        field('FirstName', 'string', { length: 40 }),
        field('LastName', 'string', { length: 80, ...required }),
        field('Name', 'string', readOnly),
        field('IsActive', 'boolean', { defaultValue: true }),
        lookup('ManagerId', 'User'),
        field('UserType', 'picklist', { values: ['Standard', 'PowerPartner', 'CsnOnly'], defaultValue: 'Standard' }),
      ],
      { deletable: false },
    ),
    object('Task', '00T', [
      field('Subject', 'string'),
      field('Status', 'picklist', {
        values: ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'],
        defaultValue: 'Not Started',
      }),
      field('IsClosed', 'boolean', readOnly),
      field('Priority', 'picklist', { values: ['High', 'Normal', 'Low'], defaultValue: 'Normal' }),
      field('ActivityDate', 'date'),
      owner(),
      lookup('WhoId', 'Contact', { referenceTo: ['Contact', 'Lead'] }),
      lookup('WhatId', 'Account', { referenceTo: ['Account', 'Opportunity', 'Deal_Registration__c'] }),
      field('Description', 'textarea'),
      externalKey(),
      field('Causeway_Decision__c', 'picklist', { values: taskOutcomes, restricted: true }),
      field('Causeway_Reason__c', 'string'),
    ]),
    // What the platform makes of submissions for approval, to be read only.
    object('ProcessDefinition', '04a', [field('DeveloperName', 'string', readOnly)], fixed),
    object(
      'ProcessInstance',
      '04g',
      [
        lookup('ProcessDefinitionId', 'ProcessDefinition', readOnly),
        lookup('TargetObjectId', 'Opportunity', { ...readOnly, referenceTo: ['Opportunity', 'Deal_Registration__c'] }),
        field('Status', 'picklist', { ...readOnly, values: ['Pending', 'Approved', 'Rejected', 'Removed'] }),
        lookup('LastActorId', 'User', readOnly),
      ],
      fixed,
    ),
    object(
      'ProcessInstanceStep',
      '04h',
      [
        lookup('ProcessInstanceId', 'ProcessInstance', readOnly),
        field('StepStatus', 'picklist', { ...readOnly, values: ['Started', 'Approved', 'Rejected', 'Removed'] }),
        lookup('ActorId', 'User', readOnly),
        field('Comments', 'string', { ...readOnly, length: 4000 }),
      ],
      fixed,
    ),
    object(
      'ProcessInstanceWorkitem',
      '04i',
      [lookup('ProcessInstanceId', 'ProcessInstance', readOnly), lookup('ActorId', 'User', readOnly)],
      fixed,
    ),
    object(
      'Partner',
      '00I',
      [
        lookup('AccountToId', 'Account', required),
        lookup('AccountFromId', 'Account'),
        lookup('OpportunityId', 'Opportunity'),
        field('IsPrimary', 'boolean'),
        partnerRole(),
        lookup('ReversePartnerId', 'Partner', readOnly),
      ],
      { updateable: false },
    ),
    // What the platform makes of Partner rows, to be read only.
    object(
      'OpportunityPartner',
      '00J',
      [
        lookup('OpportunityId', 'Opportunity', readOnly),
        lookup('AccountToId', 'Account', readOnly),
        { ...partnerRole(), ...readOnly },
        field('IsPrimary', 'boolean', readOnly),
      ],
      fixed,
    ),
    object(
      'AccountPartner',
      '0AP',
      [
        lookup('AccountFromId', 'Account', readOnly),
        lookup('AccountToId', 'Account', readOnly),
        { ...partnerRole(), ...readOnly },
      ],
      fixed,
    ),
    object(
      'Organization',
      '00D',
      [
        field('Name', 'string', readOnly),
        field('OrganizationType', 'string', readOnly),
        field('IsSandbox', 'boolean', readOnly),
        field('DefaultLocaleSidKey', 'string', readOnly),
        field('TimeZoneSidKey', 'string', readOnly),
      ],
      fixed,
    ),
    object('PermissionSet', '0PS', [
      field('Name', 'string', { ...required, length: 80 }),
      field('Label', 'string', { length: 80 }),
      field('Description', 'string'),
      field('IsOwnedByProfile', 'boolean', readOnly),
      ...permissionFields(systemPermissions),
    ]),
    object('PermissionSetAssignment', '0Pa', [
      lookup('AssigneeId', 'User', required),
      lookup('PermissionSetId', 'PermissionSet', required),
    ]),
    object('ObjectPermissions', '110', [
      lookup('ParentId', 'PermissionSet', { ...required, relationshipName: 'Parent' }),
      field('SobjectType', 'string', required),
      ...permissionFields(objectRights),
    ]),
    // What the running user may do, whatever gives it.
    object('UserPermissionAccess', '0Ua', permissionFields(systemPermissions, readOnly), fixed),
    object(
      'ListView',
      '00B',
      ['Name', 'DeveloperName', 'SobjectType'].map((name) => field(name, 'string', readOnly)),
      fixed,
    ),
    object('FieldPermissions', '01k', [
      lookup('ParentId', 'PermissionSet', { ...required, relationshipName: 'Parent' }),
      field('SobjectType', 'string', required),
      field('Field', 'string', required),
      field('PermissionsRead', 'boolean'),
      field('PermissionsEdit', 'boolean'),
    ]),
  ]
}

/** Which stages end a deal; the default for a stage that is not named here is open. */
export const closedStages: Record<string, { won: boolean }> = {
  'Closed Won': { won: true },
  'Closed Lost': { won: false },
}
export const stageNames = stages
