/** Writes the files of `deploy/access` anew: what each vendor's integration is to be granted. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { accessFiles as hubspot } from '../connectors/hubspot/access-files.ts'
import { accessFiles as salesforce } from '../connectors/salesforce/access-files.ts'

for (const [vendor, files] of Object.entries({ hubspot: hubspot(), salesforce: salesforce() }))
  for (const [name, text] of Object.entries(files)) {
    const file = new URL(`../deploy/access/${vendor}/${name}`, import.meta.url)
    mkdirSync(new URL('.', file), { recursive: true })
    const style = await resolveConfig(file)
    // What the formatter has no rules for is written as it is.
    writeFileSync(file, name.endsWith('.xml') ? text : await format(text, { ...style, filepath: file.pathname }))
  }
