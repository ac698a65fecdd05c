/** The form of a claim: what it asks, how what was typed is read, and what is wrong with it, in words at the field. */
import { html } from 'hono/html'
import type { z } from '@hono/zod-openapi'
import { dealTypes } from '../../domain/policy/conditions.ts'
import { claimFields } from '../registration-form.ts'
import type { Html } from '../pages/layout.ts'

/** As a person typed it. */
export type Typed = Readonly<Record<string, string>>
/** What is wrong, by field. */
export type Wrong = Readonly<Record<string, string>>

export type Claim = z.output<typeof claimFields>

const FIELDS = [
  { name: 'company', label: 'Company', hint: 'The customer, by its full name.', required: true, type: 'text' },
  { name: 'domain', label: 'Web address', hint: 'Such as example.com', required: false, type: 'text' },
  { name: 'country', label: 'Country', hint: '', required: false, type: 'text' },
  { name: 'contactName', label: 'Contact at the company', hint: '', required: false, type: 'text' },
  { name: 'contactEmail', label: 'E-mail of the contact', hint: '', required: false, type: 'email' },
  { name: 'amount', label: 'Amount', hint: 'With a point for cents: 48000.00', required: false, type: 'text' },
  { name: 'currency', label: 'Currency', hint: 'Three letters, such as EUR', required: false, type: 'text' },
  {
    name: 'closeDate',
    label: 'Expected close date',
    hint: 'Year-month-day: 2027-03-31',
    required: false,
    type: 'date',
  },
  { name: 'products', label: 'Products', hint: 'What you want to sell.', required: false, type: 'long' },
] as const

/** The fields with what was typed and what is wrong with it. Nothing needs a script, and everything typed stays. */
export function claimInputs(typed: Typed, wrong: Wrong, only?: readonly string[]): Html {
  const shown = FIELDS.filter(({ name }) => only === undefined || only.includes(name))
  return html`${shown.map((field) => input(field, typed[field.name] ?? '', wrong[field.name]))}
  ${only === undefined || only.includes('dealType') ? kindOfDeal(typed['dealType'] ?? '', wrong['dealType']) : ''}`
}

function input(
  { name, label, hint, required, type }: (typeof FIELDS)[number],
  value: string,
  wrong: string | undefined,
): Html {
  const about = [...(hint === '' ? [] : [`${name}-hint`]), ...(wrong === undefined ? [] : [`${name}-wrong`])].join(' ')
  const described = about === '' ? '' : html`aria-describedby="${about}"`
  const isWrong = wrong === undefined ? 'false' : 'true'
  return html`<div class="field">
    <label for="${name}">${label}${required ? '' : html` <span class="soft">(optional)</span>`}</label>
    ${hint === '' ? '' : html`<span class="hint" id="${name}-hint">${hint}</span>`}
    ${wrong === undefined ? '' : html`<span class="wrong" id="${name}-wrong">${wrong}</span>`}
    ${
      type === 'long'
        ? html`<textarea id="${name}" name="${name}" dir="auto" ${described} aria-invalid="${isWrong}">
${value}</textarea>`
        : html`<input
            id="${name}"
            name="${name}"
            type="${type}"
            value="${value}"
            dir="auto"
            autocomplete="off"
            ${described}
            aria-invalid="${isWrong}"
            ${required ? html`aria-required="true"` : ''}
          />`
    }
  </div>`
}

const KINDS = { new: 'New business', renewal: 'Renewal', expansion: 'More for a customer of yours' } as const

function kindOfDeal(value: string, wrong: string | undefined): Html {
  return html`<div class="field">
    <label for="dealType">Kind of deal <span class="soft">(optional)</span></label>
    ${wrong === undefined ? '' : html`<span class="wrong" id="dealType-wrong">${wrong}</span>`}
    <select
      id="dealType"
      name="dealType"
      ${wrong === undefined ? '' : html`aria-describedby="dealType-wrong"`}
      aria-invalid="${wrong === undefined ? 'false' : 'true'}"
    >
      <option value="">Not said</option>
      ${dealTypes.map((kind) => html`<option value="${kind}" ${kind === value ? html`selected` : ''}>${KINDS[kind]}</option>`)}
    </select>
  </div>`
}

/** Reads what was typed. An empty field says nothing. */
export function readClaim(typed: Typed): { ok: true; claim: Claim } | { ok: false; wrong: Wrong } {
  const given = Object.fromEntries(
    Object.keys(claimFields.shape).map((name) => {
      const value = (typed[name] ?? '').trim()
      return [name, value === '' ? (name === 'company' ? '' : null) : name === 'currency' ? value.toUpperCase() : value]
    }),
  )
  const parsed = claimFields.safeParse(given)
  const wrong: Record<string, string> = {}
  if (!parsed.success)
    for (const issue of parsed.error.issues) wrong[String(issue.path[0] ?? 'company')] ??= sentenceFor(issue)
  const { amount, currency } = given
  if ((amount === null) !== (currency === null))
    wrong[amount === null ? 'amount' : 'currency'] ??= 'An amount and its currency belong together.'
  if (typeof currency === 'string' && wrong['currency'] === undefined && !CURRENCIES.has(currency))
    wrong['currency'] = `“${currency}” is no currency that we know. Write three letters such as EUR or USD.`
  if (parsed.success && Object.keys(wrong).length === 0) return { ok: true, claim: parsed.data }
  return { ok: false, wrong }
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

function sentenceFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return 'Please fill this in.'
  if (issue.code === 'too_big') return `Please use at most ${String(issue.maximum)} letters.`
  switch (issue.path[0]) {
    case 'contactEmail':
      return 'This is no e-mail address. Write it as name@example.com.'
    case 'amount':
      return 'This is no amount. Write digits, with a point for cents: 48000.00'
    case 'currency':
      return 'Write the three letters of the currency, such as EUR.'
    case 'closeDate':
      return 'This is no date. Write it as year-month-day: 2027-03-31'
    case 'dealType':
      return 'Please choose one of these.'
    default:
      return 'This cannot be taken as it is.'
  }
}

/** What stands in the form of a claim that is known. */
export function typedOf(claim: Readonly<Record<string, unknown>>): Typed {
  return Object.fromEntries(
    Object.keys(claimFields.shape).map((name) => [name, typeof claim[name] === 'string' ? claim[name] : '']),
  )
}
