/**
 * Counts the licences of the packages that the product runs with (`--list` names each package), and fails on one that
 * is unknown or asks for our source.
 */
import { join } from 'node:path'
import { type ModuleInfos, init } from 'license-checker-rseidelsohn'

/** Licences that allow use in a product under Apache-2.0 with no more than a notice. */
const accepted = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0', // data: caniuse-lite
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Public Domain',
  'Python-2.0',
  'Unlicense',
])

const found = await new Promise<ModuleInfos>((resolve, reject) => {
  init(
    { start: join(import.meta.dirname, '..'), production: true, excludePrivatePackages: true },
    (error, packages) => {
      // The callback's type promises an error always; it is null when all went well.
      if (error instanceof Error) reject(error)
      else resolve(packages)
    },
  )
})

const rows = Object.entries(found)
  .map(([name, { licenses }]) => ({ name, licence: [licenses ?? 'unknown'].flat().join(' AND ') }))
  .toSorted((a, b) => a.licence.localeCompare(b.licence, 'en') || a.name.localeCompare(b.name, 'en'))

if (process.argv.includes('--list')) {
  for (const { name, licence } of rows) console.log(`${licence.padEnd(24)} ${name}`)
} else {
  const byLicence = Map.groupBy(rows, ({ licence }) => licence)
  for (const [licence, { length }] of byLicence) console.log(`${String(length).padStart(4)} ${licence}`)
}
const refused = rows.filter(({ licence }) => !isAccepted(licence))
for (const { name, licence } of refused) console.error(`not accepted: ${name} (${licence})`)
console.log(`${rows.length} packages, ${refused.length} with a licence that is unknown or not accepted`)
if (refused.length > 0 || rows.length === 0) process.exitCode = 1

/** Reads the two forms that occur: a choice "(A OR B)" and a sum "A AND B". A guess ("MIT*") is not an answer. */
function isAccepted(expression: string): boolean {
  const bare = expression.replaceAll(/[()]/g, '')
  if (bare.includes(' OR ')) return bare.split(' OR ').some((choice) => accepted.has(choice.trim()))
  return bare.split(' AND ').every((part) => accepted.has(part.trim()))
}
