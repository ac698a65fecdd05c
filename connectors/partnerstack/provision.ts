/**
 * What the portal lacks for the settings. PartnerStack lets no program edit forms or switch deals on, so all of it is made by hand; each
 * is looked for, and gone from the plan once a person made it.
 */
import { faultOf, type Access, type Ctx, type Provisioner, type ProvisionStep } from '../contract.ts'
import type { Client } from './client.ts'
import { formsOf, type Form } from './forms.ts'
import { isObject, objectsOf, textOf, type JsonObject } from './json.ts'
import type { Settings } from './settings.ts'

type Kind = 'deals' | 'leads'

/** What each field of the settings is, as a person makes it. */
const dealFields: Record<keyof Settings['fields'], string> = {
  country: 'the prospect’s country, a text that the partner fills in',
  dealType: 'the kind of deal, a choice that the partner makes',
  domain: 'the prospect’s domain, a text that the partner fills in',
  contactEmail: 'the contact’s e-mail, a text that the partner fills in',
  products: 'the products, a text or a choice of several that the partner fills in',
  status: 'what became of the registration, a text that Causeway writes',
  reason: 'why it was declined, a text that Causeway writes',
  protectedUntil: 'until when the deal is protected, a text that Causeway writes',
  crmReference: 'the deal’s id in the CRM, a text that Causeway writes',
}
const leadFields: Record<keyof Settings['leadFields'], string> = {
  company: 'the company, a text',
  domain: 'the company’s domain, a text',
  phone: 'the phone, a text',
  note: 'a note, a text',
  reason: 'why it was declined, a text that Causeway writes',
  crmReference: 'the lead’s id in the CRM, a text that Causeway writes',
}

export function provisioner(settings: Settings, client: Client): Provisioner {
  return {
    async plan(ctx) {
      return [...(await groupSteps(settings, client, ctx)), ...(await formSteps(settings, client, ctx))]
    },
    make: ({ id }) =>
      Promise.resolve(faultOf('CW_REQUEST_INVALID', `${id} is made by hand: PartnerStack lets no program make it`)),
  }
}

/** A key pair may do everything that its environment allows; that it is taken at all is all that can be found out. */
export async function access(client: Client, ctx: Ctx): Promise<Access> {
  await client.demand({ method: 'GET', path: '/groups', route: '/groups', query: { limit: 1 } }, ctx)
  const unknown =
    'PartnerStack’s keys have no scopes: whoever has the pair may read and change everything of its environment, so keep it for Causeway alone'
  return { missing: [], excessive: [], unknown: [unknown] }
}

/** Deals are switched on for each group of partners. */
async function groupSteps(settings: Settings, client: Client, ctx: Ctx): Promise<ProvisionStep[]> {
  const data = await client.demand({ method: 'GET', path: '/groups', route: '/groups', query: { limit: 250 } }, ctx)
  const live = objectsOf(isObject(data) ? data['items'] : data).filter((group) => group['archived'] !== true)
  if (settings.groups.length === 0)
    return [groupStep('any', 'A group of partners that registers deals', live.some(takesDeals))]
  return settings.groups.map((slug) => {
    const group = live.find((candidate) => textOf(candidate['slug']) === slug)
    return groupStep(slug, `The group ${slug} registers deals`, group !== undefined && takesDeals(group))
  })
}

export function takesDeals(group: JsonObject): boolean {
  return isObject(group['features']) && group['features']['deals_enabled'] !== false
}

function groupStep(slug: string, label: string, isThere: boolean): ProvisionStep {
  const how = 'In PartnerStack’s screens: the group’s settings, switch deals on; make the group first if there is none'
  return step(
    { id: `rule:groups.${slug}.deals`, what: 'rule', object: 'groups', label },
    isThere ? { state: 'made' } : by(how),
  )
}

async function formSteps(settings: Settings, client: Client, ctx: Ctx): Promise<ProvisionStep[]> {
  const deals = named(settings.fields, dealFields)
  const leads = named(settings.leadFields, leadFields)
  return [
    ...(settings.objects.includes('deals') ? ofForms('deals', await formsOf(client, 'deals', ctx), deals) : []),
    // Without a lead form nobody submits leads, which is no lack.
    ...(settings.objects.includes('leads') ? ofForms('leads', await formsOf(client, 'leads', ctx), leads) : []),
  ]
}

/** The fields that the settings name, with what each is. */
function named<K extends string>(
  names: { [Key in K]?: string | undefined },
  meanings: Record<K, string>,
): Map<string, string> {
  return new Map(
    objectKeys(meanings).flatMap((key) => {
      const name = names[key]
      return name === undefined ? [] : [[name, meanings[key]] as const]
    }),
  )
}

function objectKeys<K extends string>(record: Record<K, string>): K[] {
  return Object.keys(record).filter((key): key is K => Object.hasOwn(record, key))
}

function ofForms(kind: Kind, forms: Form[], wished: Map<string, string>): ProvisionStep[] {
  const one = kind.slice(0, -1)
  const noForm = { id: `rule:${kind}.form`, what: 'rule', object: kind, label: `A ${one} form` } as const
  if (forms.length === 0)
    return kind === 'leads' ? [] : [step(noForm, by(`In PartnerStack’s screens: make a form for ${kind}`))]
  return forms.flatMap((form) =>
    [...wished].map(([name, meaning]) => {
      const field = form.fields.find((candidate) => candidate.name === `fields.${name}`)
      const label = `Field ${name} of the ${one} form “${form.name}”: ${meaning}`
      const about = { id: `field:${kind}.${form.name}.${name}`, what: 'field', object: kind, label } as const
      if (field === undefined)
        return step(
          about,
          by(`In PartnerStack’s screens: edit the form “${form.name}”, add a custom field with the API name ${name}`),
        )
      return step(about, { state: 'made' })
    }),
  )
}

type About = Pick<ProvisionStep, 'id' | 'what' | 'object' | 'label'>

function step(about: About, found: Pick<ProvisionStep, 'state' | 'byHand'>): ProvisionStep {
  return { ...about, permission: 'an admin of the programme in PartnerStack', granted: null, after: [], ...found }
}

const by = (byHand: string) => ({ state: 'missing' as const, byHand })
