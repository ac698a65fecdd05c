/** Rows as CSV (RFC 4180), for a spreadsheet. */

/** A text that a spreadsheet would take for a formula is led by an apostrophe: values come from outside. */
export function csv(headings: string[], rows: (string | null)[][]): string {
  return [headings, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')
}

function cell(value: string | null): string {
  if (value === null) return ''
  const safe = /^[=+\-@\t\r]/.test(value) && !/^-?[\d.,]+$/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
