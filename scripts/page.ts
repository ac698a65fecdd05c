/** Pages of docs/reference that are made from code, in the form that the formatter leaves alone. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'

/** The page as it stands in the repository. */
export async function formatted(page: string, text: string): Promise<string> {
  const path = pathOf(page)
  return format(text, { ...(await resolveConfig(path)), filepath: path })
}

export async function writePage(page: string, text: string): Promise<void> {
  writeFileSync(pathOf(page), await formatted(page, text))
}

function pathOf(page: string): string {
  return fileURLToPath(new URL(`../docs/reference/${page}`, import.meta.url))
}
