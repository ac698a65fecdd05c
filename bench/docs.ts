/** Puts a report into docs/reference/limits.md, between its marks; what stands around them is written by hand. */
import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { markdown, type Report } from './report.ts'

const page = new URL('../docs/reference/limits.md', import.meta.url)
const marks = { begin: '<!-- bench: begin -->', end: '<!-- bench: end -->' }

/** @throws when the page has lost its marks */
export async function writeDocs(report: Report): Promise<void> {
  const text = await readFile(page, 'utf8')
  const from = text.indexOf(marks.begin)
  const to = text.indexOf(marks.end)
  if (from === -1 || to < from) throw new Error(`docs/reference/limits.md lacks ${marks.begin} or ${marks.end}`)
  const renewed = `${text.slice(0, from + marks.begin.length)}\n\n${markdown(report)}\n\n${text.slice(to)}`
  await writeFile(page, await format(renewed, { ...(await resolveConfig(page)), parser: 'markdown' }))
}
