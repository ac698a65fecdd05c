/** The property group and the properties that the settings name, with their choices. */
import {
  PropertyCreateFieldTypeEnum as FieldType,
  PropertyCreateTypeEnum as Type,
} from '@hubspot/api-client/lib/codegen/crm/properties/index.js'
import { z } from 'zod'
import { isCustomObject, isSynced, keyOf, partnerType, recordObjects } from '../objects.ts'
import type { RecordObject } from '../objects.ts'
import { schemaScope } from '../scopes.ts'
import type { Settings } from '../settings.ts'
import { accountTypes, contactStates, directions, sources } from '../values.ts'
import type { AccountProperty } from './account.ts'
import { differs, made, missing } from './wanted.ts'
import type { Found, Wanted } from './wanted.ts'

export const group = 'causeway'

type Form = 'text' | 'number' | 'instant' | 'choice' | 'yes-no' | 'key'

interface Wish {
  object: RecordObject
  name: string
  label: string
  form: Form
  values?: string[]
  description: string
}

/** All that Causeway writes and HubSpot does not bring with it. */
function wishes(settings: Settings): Wish[] {
  const p = settings.properties
  const own = settings.customObjects.map(({ object }) => object).filter(isCustomObject)
  const keys = [...recordObjects, ...own].map((object) =>
    wish(object, keyOf(settings, object), 'Causeway ID', 'key', 'Causeway’s own id of the record; not to be edited'),
  )
  const all: Wish[] = [
    ...keys,
    ...decisionWishes(settings),
    wish('companies', p.partnerTier, 'Partner tier', 'text', 'The partner’s tier, as the partner portal says'),
    wish('contacts', p.contactRole, 'Partner role', 'text', 'What the person does at the partner'),
    {
      ...wish('contacts', p.contactState, 'Partner contact status', 'choice', 'Whether the person is still there'),
      values: Object.values(contactStates),
    },
    {
      ...wish('deals', p.source, 'Source', 'choice', 'Where the deal comes from: our own sales or a partner'),
      values: Object.values(sources),
    },
    wish('deals', p.registeredBy, 'Registered by', 'text', 'Who registered the deal at the partner'),
    wish('deals', p.registeredAt, 'Registered at', 'instant', 'When the partner registered the deal'),
    wish('deals', p.registrationStatus, 'Registration status', 'text', 'What became of the partner’s registration'),
    wish('deals', p.protectedUntil, 'Protected until', 'instant', 'Until when the deal is reserved for the partner'),
    wish('deals', p.registeredPrice, 'Registered price', 'number', 'The partner’s price while the deal is protected'),
    wish(
      'deals',
      p.discountReference,
      'Discount reference',
      'text',
      'The partner’s discount while the deal is protected',
    ),
    wish(
      'deals',
      p.extensionRequested,
      'Extension requested',
      'yes-no',
      'Tick it to ask that the partner’s protection last longer',
    ),
    wish('deals', p.registrationNote, 'Registration note', 'text', 'What Causeway says of the registration'),
    wish('deals', p.registrationId, 'Registration ID', 'text', 'Causeway’s id of the partner’s registration'),
    wish('deals', p.manager, 'Partner account manager', 'text', 'The owner id of the partner’s account manager'),
    wish('deals', p.home, 'Deal home', 'text', 'The CRM that the deal lives in; elsewhere it is a mirror'),
    wish('deals', p.review, 'Under review', 'yes-no', 'The channel’s people look into it; it is not to move on'),
    {
      ...wish('leads', p.leadDirection, 'Lead direction', 'choice', 'Whether the lead is for a partner or from one'),
      values: Object.values(directions),
    },
    wish('leads', p.leadPartner, 'Lead partner', 'text', 'HubSpot’s id of the partner’s company'),
    wish('leads', p.leadDomain, 'Lead domain', 'text', 'The domain of the company'),
    wish('leads', p.leadContact, 'Lead contact', 'text', 'The person at the company'),
    wish('leads', p.leadEmail, 'Lead e-mail', 'text', 'The person’s e-mail'),
    wish('leads', p.leadPhone, 'Lead phone', 'text', 'The person’s phone'),
    wish('leads', p.leadStatus, 'Lead status at the partner', 'text', 'How far the partner is with the lead'),
    wish('leads', p.leadReason, 'Lead reason', 'text', 'Why the lead was declined or disqualified'),
    {
      ...wish('tasks', p.decision, 'Causeway decision', 'choice', 'What the task’s owner decides'),
      values: Object.values(settings.outcomes),
    },
    wish('tasks', p.decisionReason, 'Causeway reason', 'text', 'Why it is so decided; the partner is told it'),
    wish('leads', p.leadSubmittedAt, 'Lead submitted at', 'instant', 'When the lead was handed over'),
  ]
  return all.filter(({ object }) => isSynced(settings, object))
}

/** Where people decide on the record itself: on deals, and on what holds registrations. */
function decisionWishes(settings: Settings): Wish[] {
  if (!settings.decisions) return []
  const { decision, decisionReason, decisionAnswer } = settings.properties
  const registered = settings.customObjects.flatMap(({ object, kind }) => (kind === 'registration' ? [object] : []))
  return ['deals' as const, ...registered.filter(isCustomObject)].flatMap((object) => [
    {
      ...wish(object, decision, 'Causeway decision', 'choice', 'What is decided of the partner’s registration'),
      values: Object.values(settings.outcomes),
    },
    wish(object, decisionReason, 'Causeway reason', 'text', 'Why it is so decided; the partner is told it'),
    wish(object, decisionAnswer, 'Causeway answer', 'text', 'What became of the decision'),
  ])
}

function wish(object: RecordObject, name: string, label: string, form: Form, description: string): Wish {
  return { object, name, label, form, description }
}

export const fieldId = (object: RecordObject, name: string): string => `field:${object}.${name}`
const groupId = (object: RecordObject): string => `field-group:${object}.${group}`

export function wantedProperties(settings: Settings): Wanted[] {
  const all = wishes(settings)
  const objects = [...new Set(all.map(({ object }) => object))]
  const choices = all.flatMap((one) => (one.values ?? []).map((value) => wantedChoice(one, value)))
  return [...objects.map(wantedGroup), ...all.map(wantedField), ...choices, ...companyTypes(settings)]
}

function wantedGroup(object: RecordObject): Wanted {
  return {
    id: groupId(object),
    what: 'field-group',
    object,
    label: 'Group “Causeway” that the properties stand in',
    permission: schemaScope(object),
    after: [],
    look: async (account) => ((await account.groups(object)).has(group) ? made : missing),
    async make({ api, ctx }) {
      const route = `POST /crm/v3/properties/${object}/groups`
      await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 201 }, (sdk) =>
        sdk.propertyGroups.create(object, { name: group, label: 'Causeway', displayOrder: -1 }),
      )
      return 'made'
    },
  }
}

function wantedField(one: Wish): Wanted {
  const { object, name, label, form, description, values = [] } = one
  return {
    id: fieldId(object, name),
    what: 'field',
    object,
    label: values.length === 0 ? `${label}: ${said[form]}` : `${label}: ${said[form]} of ${values.join(', ')}`,
    permission: schemaScope(object),
    after: [groupId(object)],
    async look(account) {
      const found = (await account.properties(object)).get(name)
      return found === undefined ? missing : compared(form, found)
    },
    async make({ api, ctx }) {
      const route = `POST /crm/v3/properties/${object}`
      const options = form === 'yes-no' ? yesNo : values.map((value, index) => optionOf(value, value, index))
      await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 201 }, (sdk) =>
        sdk.properties.create(object, {
          name,
          label,
          description,
          groupName: group,
          ...typed[form],
          ...(options.length === 0 ? {} : { options }),
          ...(form === 'key' ? { hasUniqueValue: true } : {}),
        }),
      )
      return 'made'
    },
  }
}

const optionOf = (value: string, label: string, displayOrder: number) => ({ value, label, displayOrder, hidden: false })
const yesNo = [optionOf('true', 'Yes', 0), optionOf('false', 'No', 1)]

const typed = {
  text: { type: Type.String, fieldType: FieldType.Text },
  key: { type: Type.String, fieldType: FieldType.Text },
  number: { type: Type.Number, fieldType: FieldType.Number },
  instant: { type: Type.Datetime, fieldType: FieldType.Date },
  choice: { type: Type.Enumeration, fieldType: FieldType.Select },
  'yes-no': { type: Type.Bool, fieldType: FieldType.Booleancheckbox },
} satisfies Record<Form, { type: Type; fieldType: FieldType }>

const said: Record<Form, string> = {
  text: 'single-line text',
  key: 'single-line text with unique values',
  number: 'number',
  instant: 'date and time',
  choice: 'dropdown',
  'yes-no': 'single checkbox',
}

/** A user picked from a list is an owner id as well as a text is. */
function fits(form: Form, { type, externalOptions }: AccountProperty): boolean {
  switch (form) {
    case 'text':
    case 'key':
      return type === 'string' || (type === 'enumeration' && externalOptions === true)
    case 'number':
      return type === 'number'
    case 'instant':
      return type === 'datetime'
    case 'choice':
      return type === 'enumeration'
    case 'yes-no':
      return type === 'bool' || type === 'enumeration'
  }
}

function compared(form: Form, found: AccountProperty): Found {
  if (!fits(form, found)) return differs(`it is of type ${found.type}; ${said[form]} is wished for`)
  if (found.modificationMetadata?.readOnlyValue === true) return differs('its values cannot be written')
  if (form === 'key' && found.hasUniqueValue !== true)
    return differs(
      'its values are not unique, which is decided when a property is made; name another in `properties.key`',
    )
  return made
}

function wantedChoice({ object, name, label }: Wish, value: string): Wanted {
  return choice(object, name, value, `Choice “${value}” of ${label}`)
}

/** Companies have HubSpot's own types, which a new account's know no customers. */
function companyTypes(settings: Settings): Wanted[] {
  if (!isSynced(settings, 'companies')) return []
  return [...new Set([partnerType, ...Object.values(accountTypes)])].map((value) =>
    choice('companies', 'type', value, `Type of companies “${value}”`, titled(value)),
  )
}

const titled = (value: string) => value.slice(0, 1) + value.slice(1).toLowerCase()

function choice(object: RecordObject, name: string, value: string, label: string, shown = value): Wanted {
  return {
    id: `picklist-value:${object}.${name}.${value}`,
    what: 'picklist-value',
    object,
    label,
    permission: schemaScope(object),
    after: name === 'type' ? [] : [fieldId(object, name)],
    async look(account) {
      const property = (await account.properties(object)).get(name)
      // A new property is made with all of its choices, and one of another type is told of by itself.
      if (property?.type !== 'enumeration') return null
      if (property.options?.some((option) => option.value === value) === true) return made
      return property.modificationMetadata?.readOnlyOptions === true
        ? {
            ...missing,
            byHand: `Settings → Properties → ${name} of ${object}: add an option with internal name ${value}`,
          }
        : missing
    },
    /** The choices are replaced as a whole, so they are read right before. */
    async make(account) {
      const { api, ctx } = account
      const held = (await account.properties(object)).get(name)?.options ?? []
      if (held.some((option) => option.value === value)) return 'there'
      const options = [
        ...held.map((option, index) => ({
          value: option.value,
          label: option.label,
          displayOrder: option.displayOrder ?? index,
          hidden: option.hidden === true,
          ...(typeof option.description === 'string' ? { description: option.description } : {}),
        })),
        optionOf(value, shown, held.length),
      ]
      const route = `PATCH /crm/v3/properties/${object}/{name}`
      await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 200 }, (sdk) =>
        sdk.properties.update(object, name, { options }),
      )
      return 'made'
    },
  }
}
