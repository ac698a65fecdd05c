/**
 * CSV for bulk jobs, written and read strictly. jsforce's own is not used: it knows the columns of the first record only, and on
 * reading takes six signs for separators.
 */

/** Every value in quotes, lines ended by LF. */
export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`).join('')
}

/** Rows as objects by the header's names, or null for what is no CSV with rows of one length. */
export function readCsv(text: string): Record<string, string>[] | null {
  const lines = readLines(text)
  if (lines === null) return null
  const [header, ...rows] = lines
  if (header === undefined) return []
  if (new Set(header).size !== header.length || rows.some((row) => row.length !== header.length)) return null
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])))
}

/** A value, in quotes or without, and what ends it. */
const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/y

function readLines(text: string): string[][] | null {
  const lines: string[][] = []
  let line: string[] = []
  cell.lastIndex = 0
  while (cell.lastIndex < text.length || line.length > 0) {
    const match = cell.exec(text)
    if (match === null) return null
    line.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
    if (match[3] === ',') continue
    lines.push(line)
    line = []
  }
  return lines
}
