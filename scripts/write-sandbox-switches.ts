/** Writes the switch tables of docs/reference/sandbox.md anew; run it after a change to a sandbox's switches. */
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { withSwitchTables } from '../sandbox/switch-tables.ts'

const page = new URL('../docs/reference/sandbox.md', import.meta.url)
const style = await resolveConfig(page)
writeFileSync(page, await format(withSwitchTables(readFileSync(page, 'utf8')), { ...style, parser: 'markdown' }))
