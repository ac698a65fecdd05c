/** Writes the files of `deploy/access` anew: what each vendor's integration is to be granted. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { accessFiles } from '../connectors/hubspot/access-files.ts'

for (const [name, text] of Object.entries(accessFiles())) {
  const file = new URL(`../deploy/access/hubspot/${name}`, import.meta.url)
  mkdirSync(new URL('.', file), { recursive: true })
  const style = await resolveConfig(file)
  writeFileSync(file, await format(text, { ...style, filepath: file.pathname }))
}
