/** Pairs of companies in a CSV file, as `causeway match` takes them. What cannot be taken is told with its line, all at once. */
import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { readDomain } from '../domain/identity.ts'
import type { Company } from '../domain/matching/company.ts'
import { CausewayError } from '../errors.ts'

export interface Pair {
  line: number
  a: Company
  b: Company
  /** Whether somebody knows that they are one; null: the file does not say. */
  same: boolean | null
}

const NEEDED = ['name_a', 'domain_a', 'country_a', 'name_b', 'domain_b', 'country_b']
/** A file with more is not one that a person tries rules on. */
const MOST = 200_000
/** So many findings are told; the count says of the others. */
const TOLD = 20

/** @throws CW_PAIRS_INVALID naming the lines */
export function readPairs(file: string, text: string): Pair[] {
  const { header, rows } = parsed(file, text)
  const lacking = NEEDED.filter((column) => !header.includes(column))
  const twice = header.filter((column, at) => header.indexOf(column) !== at && column !== '')
  if (lacking.length > 0 || twice.length > 0) {
    const found = twice.length > 0 ? `names ${twice.join(', ')} twice` : `lacks ${lacking.join(', ')}`
    throw invalid(file, [{ line: 1, message: `the heading ${found}; it has ${header.join(', ') || 'nothing'}` }])
  }
  if (rows.length === 0) throw invalid(file, [{ line: 1, message: 'there is no pair under the heading' }])
  if (rows.length > MOST) throw invalid(file, [{ line: MOST + 2, message: `more than ${String(MOST)} pairs` }])
  const hasSame = header.includes('same')
  const flaws: Flaw[] = []
  const pairs = rows.map(({ record, line }) => {
    const cell = (column: string) => record[header.indexOf(column)]?.trim() ?? ''
    const side = (which: 'a' | 'b'): Company => {
      const [name, domain, country] = [cell(`name_${which}`), cell(`domain_${which}`), cell(`country_${which}`)]
      if (name === '' && domain === '')
        flaws.push({ line, message: `side ${which} has no name and no domain; one of them is needed` })
      if (domain !== '' && !readDomain(domain).ok)
        flaws.push({
          line,
          message: `domain_${which} is "${domain.slice(0, 60)}"; expected a domain such as example.com`,
        })
      if (country !== '' && !/^[a-z]{2}$/i.test(country))
        flaws.push({ line, message: `country_${which} is "${country.slice(0, 60)}"; expected two letters such as DE` })
      return { name: orNull(name), domain: orNull(domain), country: orNull(country), email: null }
    }
    const same = hasSame ? cell('same').toLowerCase() : ''
    if (hasSame && same !== 'true' && same !== 'false')
      flaws.push({ line, message: `same is "${same.slice(0, 60)}"; expected true or false` })
    return { line, a: side('a'), b: side('b'), same: hasSame ? same === 'true' : null }
  })
  if (flaws.length > 0) throw invalid(file, flaws)
  return pairs
}

interface Flaw {
  line: number
  message: string
}

const withInfo = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }))

function parsed(file: string, text: string): { header: string[]; rows: { record: string[]; line: number }[] } {
  if (text.includes('\uFFFD')) {
    const line = text.slice(0, text.indexOf('\uFFFD')).split('\n').length
    throw invalid(file, [{ line, message: 'a character is not UTF-8; save the file as UTF-8' }])
  }
  try {
    const read: unknown = parse(text, { bom: true, info: true, skip_empty_lines: true })
    const [head, ...rows] = withInfo.parse(read)
    return {
      header: (head?.record ?? []).map((column) => column.trim().toLowerCase()),
      // A record's line is its last one; a cell may hold line breaks.
      rows: rows.map(({ record, info }) => ({ record, line: info.lines })),
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { lines } = z.object({ lines: z.number().catch(1) }).parse({ lines: error['lines'] })
    throw invalid(file, [{ line: lines, message: words[error.code] ?? 'this is no CSV' }])
  }
}

/** What csv-parse finds, by its codes. */
const words: Partial<Record<CsvError['code'], string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'this line has another number of columns than the heading',
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark is not closed',
  CSV_INVALID_CLOSING_QUOTE: 'a quotation mark within a quoted cell is not doubled',
  INVALID_OPENING_QUOTE: 'a quotation mark stands within a cell that does not begin with one',
}

function invalid(file: string, flaws: Flaw[]): CausewayError {
  const told = flaws.slice(0, TOLD).map(({ line, message }) => `${file}:${String(line)} ${message}`)
  const more = flaws.length > TOLD ? [`and ${String(flaws.length - TOLD)} more`] : []
  return new CausewayError('CW_PAIRS_INVALID', [...told, ...more].join('\n'), {
    file,
    findings: flaws.slice(0, TOLD),
    count: flaws.length,
  })
}

function orNull(text: string): string | null {
  return text === '' ? null : text
}
