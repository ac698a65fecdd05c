/** Puts a report's sections into docs/reference/limits.md, each between its marks; what stands around them is written by hand. */
import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { markdown, type Report } from './report.ts'

const page = new URL('../docs/reference/limits.md', import.meta.url)

/**
 * Sections that the run left out keep what an earlier one wrote, with its command and date.
 *
 * @throws when the page has lost the marks of a section
 */
export async function writeDocs(report: Report): Promise<void> {
  let text = await readFile(page, 'utf8')
  for (const section of report.sections) {
    const marks = { begin: `<!-- bench ${section.name}: begin -->`, end: `<!-- bench ${section.name}: end -->` }
    const from = text.indexOf(marks.begin)
    const to = text.indexOf(marks.end)
    if (from === -1 || to < from) throw new Error(`docs/reference/limits.md lacks ${marks.begin} or ${marks.end}`)
    text = `${text.slice(0, from + marks.begin.length)}\n\n${markdown(report, section)}\n\n${text.slice(to)}`
  }
  await writeFile(page, await format(text, { ...(await resolveConfig(page)), parser: 'markdown' }))
}
