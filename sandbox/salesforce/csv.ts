/** CSV as the bulk API takes and gives it. Throws `SyntaxError` for what is no CSV of equally long rows. */
export function readCsv(text: string, delimiter = ','): { header: string[]; rows: string[][] } {
  const lines: string[][] = []
  let line: string[] = []
  let at = 0
  while (at < text.length) {
    const [value, next] = text.charAt(at) === '"' ? quotedValue(text, at) : plainValue(text, at, delimiter)
    line.push(value)
    at = next
    if (text.charAt(at) === delimiter) {
      at += 1
      if (at === text.length || /[\r\n]/.test(text.charAt(at))) line.push('')
      else continue
    }
    if (text.startsWith('\r\n', at)) at += 2
    else if (text.charAt(at) === '\n') at += 1
    else if (at < text.length) throw new SyntaxError('a value ends with a delimiter or a line end')
    lines.push(line)
    line = []
  }
  const [header = [], ...rows] = lines
  const full = rows.filter((row) => row.length > 1 || row[0] !== '')
  if (full.some((row) => row.length !== header.length)) throw new SyntaxError('rows differ in length')
  return { header, rows: full }
}

function quotedValue(text: string, start: number): [string, number] {
  let at = start + 1
  for (;;) {
    const end = text.indexOf('"', at)
    if (end < 0) throw new SyntaxError('a quoted value does not end')
    if (text.charAt(end + 1) !== '"') return [text.slice(start + 1, end).replaceAll('""', '"'), end + 1]
    at = end + 2
  }
}

function plainValue(text: string, start: number, delimiter: string): [string, number] {
  let at = start
  while (at < text.length && text.charAt(at) !== delimiter && !/[\r\n"]/.test(text.charAt(at))) at += 1
  if (text.charAt(at) === '"') throw new SyntaxError('a quote inside a value that is not quoted')
  return [text.slice(start, at), at]
}

export function writeCsv(rows: string[][], quotes: 'always' | 'needed'): string {
  const cell = (value: string): string =>
    quotes === 'always' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
  return rows.map((row) => `${row.map(cell).join(',')}\n`).join('')
}
