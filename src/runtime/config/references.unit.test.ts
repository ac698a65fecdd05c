import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { filesIn, resolveReferences, type Missing } from './references.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'causeway-references-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const missing: Missing[] = []
const resolved = (text: string, env: Record<string, string> = {}) => {
  missing.length = 0
  return resolveReferences(text, { configFile: join(folder, 'causeway.yaml'), env }, (what) => missing.push(what))
}

it('takes variables and files, in the middle of a text too', () => {
  writeFileSync(join(folder, 'password'), 'p4ss\n')
  expect(resolved('smtp://${USER}:${file:password}@host', { USER: 'ada' })).toBe('smtp://ada:p4ss@host')
  expect(resolved(`\${file:${folder}/password}`)).toBe('p4ss')
  expect(missing).toEqual([])
})

it('keeps the lines of a key and only loses the last line’s end', () => {
  writeFileSync(join(folder, 'key.pem'), '-----BEGIN\nabc\n-----END\r\n')
  expect(resolved('${file:key.pem}')).toBe('-----BEGIN\nabc\n-----END')
})

it('follows links that are swapped, as mounted secrets are', () => {
  writeFileSync(join(folder, 'one'), '1')
  writeFileSync(join(folder, 'two'), '2')
  symlinkSync('one', join(folder, 'secret'))
  expect(resolved('${file:secret}')).toBe('1')
  unlinkSync(join(folder, 'secret'))
  symlinkSync('two', join(folder, 'secret'))
  expect(resolved('${file:secret}')).toBe('2')
})

it('names what is missing, and what is no secret', () => {
  writeFileSync(join(folder, 'empty'), '\n')
  writeFileSync(join(folder, 'large'), 'x'.repeat(70_000))
  expect(resolved('${file:none} ${file:empty} ${file:.} ${file:large} ${NONE}')).toBe(
    '${file:none} ${file:empty} ${file:.} ${file:large} ${NONE}',
  )
  expect(missing.map(({ message }) => message.replaceAll(folder, ''))).toEqual([
    'the file /none is not there',
    'the file /empty is empty',
    'the file  is no ordinary file',
    'the file /large is larger than 64 KiB',
    'environment variable NONE is not set',
  ])
})

it('knows the files of a document', () => {
  expect(filesIn('a: ${file:one}\nb: ${NAME}\nc: ${file:/run/secrets/two}', '/etc/causeway/causeway.yaml')).toEqual([
    '/etc/causeway/one',
    '/run/secrets/two',
  ])
})
