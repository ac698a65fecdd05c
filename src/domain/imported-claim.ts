/** A row of an import: a registration that was approved before Causeway came, with its true dates. Pure. */
import { email, readDomain } from './identity.ts'
import { decimal } from './money.ts'
import type { Instant } from './time.ts'

/** The columns that an import may have; `reference`, `company`, `submitted_at` and one that names the partner are needed. */
export const importColumns = [
  'reference',
  'partner_id',
  'partner_domain',
  'partner_name',
  'partner_email',
  'company',
  'domain',
  'contact_name',
  'contact_email',
  'amount',
  'currency',
  'products',
  'country',
  'close_date',
  'submitted_by',
  'submitted_at',
  'approved_at',
  'protected_until',
  'crm',
  'crm_deal_id',
] as const
export type ImportColumn = (typeof importColumns)[number]

export type Cells = Partial<Record<ImportColumn, string>>

export interface Flaw {
  column: ImportColumn
  code: 'CW_FIELD_MISSING' | 'CW_FIELD_INVALID'
  message: string
}

export interface ImportedClaim {
  reference: string
  partner: { id: string | null; domain: string | null; name: string | null; email: string | null }
  company: string
  domain: string | null
  contactName: string | null
  contactEmail: string | null
  amount: string | null
  currency: string | null
  products: string | null
  country: string | null
  closeDate: string | null
  submittedBy: string | null
  submittedAt: Instant
  approvedAt: Instant
  /** Null: as long as the policy says, from the approval. */
  protectedUntil: Instant | null
  deal: { crm: string; id: string } | null
}

const LONGEST = 500
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Reads the cells of a row, or says everything that is wrong with them. @param now what lies after it was not approved before */
export function readImported(cells: Cells, now: Instant): { claim: ImportedClaim } | { flaws: Flaw[] } {
  const flaws: Flaw[] = []
  const cell = (column: ImportColumn): string | null => {
    const text = (cells[column] ?? '').trim()
    if (text.length > LONGEST) flaws.push(invalid(column, `at most ${String(LONGEST)} characters`, String(text.length)))
    return text === '' ? null : text
  }
  const needed = (column: ImportColumn): string => {
    const text = cell(column)
    if (text === null) flaws.push({ column, code: 'CW_FIELD_MISSING', message: `${column} is needed` })
    return text ?? ''
  }
  const read = <T>(column: ImportColumn, expected: string, parse: (text: string) => T | null): T | null => {
    const text = cell(column)
    const value = text === null ? null : parse(text)
    if (text !== null && value === null) flaws.push(invalid(column, expected, text))
    return value
  }
  const at = (column: ImportColumn) =>
    read(column, 'a day such as 2026-05-31 or an instant such as 2026-05-31T10:00:00Z', instantOf)
  const past = (column: ImportColumn): Instant | null => {
    const value = at(column)
    if (value !== null && value > now) flaws.push(invalid(column, 'an instant that has passed', value))
    return value
  }

  const partner = {
    id: read('partner_id', 'an id of a partner', (text) => (UUID.test(text) ? text.toLowerCase() : null)),
    domain: read('partner_domain', 'a domain such as example.com', domainOf),
    name: cell('partner_name'),
    email: read('partner_email', 'an e-mail address', email),
  }
  if (Object.values(partner).every((value) => value === null) && flaws.length === 0)
    flaws.push({
      column: 'partner_id',
      code: 'CW_FIELD_MISSING',
      message: 'one of partner_id, partner_domain, partner_email and partner_name is needed',
    })
  if (cell('submitted_at') === null) needed('submitted_at')
  const submittedAt = past('submitted_at') ?? now
  const approvedAt = past('approved_at') ?? submittedAt
  if (approvedAt < submittedAt) flaws.push(invalid('approved_at', 'not before submitted_at', approvedAt))
  const protectedUntil = at('protected_until')
  if (protectedUntil !== null && protectedUntil <= approvedAt)
    flaws.push(invalid('protected_until', 'after approved_at', protectedUntil))
  const [crm, dealId] = [cell('crm'), cell('crm_deal_id')]
  if (dealId !== null && crm === null)
    flaws.push({ column: 'crm', code: 'CW_FIELD_MISSING', message: 'crm is needed where crm_deal_id is given' })
  const amount = read('amount', 'an amount such as 1234.50', (text) => {
    const plain = decimal(text)
    return plain === null || plain.startsWith('-') ? null : plain
  })
  const currency = read('currency', 'a currency such as USD', (text) => (/^[A-Z]{3}$/.test(text) ? text : null))
  if (amount !== null && currency === null && cell('currency') === null)
    flaws.push({ column: 'currency', code: 'CW_FIELD_MISSING', message: 'currency is needed where amount is given' })
  const claim: ImportedClaim = {
    reference: needed('reference'),
    partner,
    company: needed('company'),
    domain:
      read('domain', 'a domain such as example.com', (text) => {
        const parsed = readDomain(text)
        return parsed.ok ? { domain: parsed.domain } : null
      })?.domain ?? null,
    contactName: cell('contact_name'),
    contactEmail: read('contact_email', 'an e-mail address', email),
    amount,
    currency,
    products: cell('products'),
    country: cell('country'),
    closeDate: read('close_date', 'a day such as 2026-05-31', (text) => (isDay(text) ? text : null)),
    submittedBy: cell('submitted_by'),
    submittedAt,
    approvedAt,
    protectedUntil,
    deal: crm === null || dealId === null ? null : { crm, id: dealId },
  }
  return flaws.length === 0 ? { claim } : { flaws }
}

function invalid(column: ImportColumn, expected: string, found: string): Flaw {
  const shown = found.slice(0, 60)
  return { column, code: 'CW_FIELD_INVALID', message: `${column}: expected ${expected}, found "${shown}"` }
}

function domainOf(text: string): string | null {
  const parsed = readDomain(text)
  return parsed.ok ? parsed.domain : null
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && instantOf(text) !== null
}

/** A day is its beginning in UTC; an instant without a zone says none. */
function instantOf(text: string): Instant | null {
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00.000Z` : text
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(whole)) return null
  const ms = Date.parse(whole)
  if (Number.isNaN(ms)) return null
  // A day that no month has would become another one.
  const civil = whole.slice(0, 10)
  if (!new Date(Date.parse(`${civil}T00:00:00.000Z`)).toISOString().startsWith(civil)) return null
  return new Date(ms).toISOString()
}
