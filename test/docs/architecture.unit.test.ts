import { is } from 'drizzle-orm'
import { getTableName, Table } from 'drizzle-orm/table'
import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as schema from '../../src/db/schema/index.ts'
import { read, root } from './fences.ts'

const page = read('docs/architecture.md')

describe('the architecture page', () => {
  it('lists every table, and no other', () => {
    const tables = Object.values(schema).flatMap((value) => (is(value, Table) ? [getTableName(value)] : []))
    expect(firstColumn('Tables').toSorted()).toEqual(tables.toSorted())
  })

  it('lists every workflow, and no other', () => {
    const exported = [...read('workflows/index.ts').matchAll(/export \{ (\w+) \}/g)].map(([, name = '']) => name)
    expect(firstColumn('Workflows').toSorted()).toEqual(exported.toSorted())
  })

  it('proves each of the seven promises by tests', () => {
    const rows = section('Seven promises')
      .split('\n')
      .filter((line) => /^\|\s*\d\./.test(line))
    expect(rows.map((row) => Number(/\d/.exec(row)?.[0]))).toEqual([1, 2, 3, 4, 5, 6, 7])
    const without = rows.filter((row) => !/`[\w/.-]+\.test\.ts`/.test(row))
    expect(without).toEqual([])
  })

  it('has every page of a decision in the index', () => {
    const pages = globSync('docs/decisions/[0-9]*.md', { cwd: root }).map((path) => path.split('/').at(-1) ?? '')
    const index = [...read('docs/decisions/README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name = '']) => name)
    expect(index.toSorted()).toEqual(pages.toSorted())
  })
})

function section(heading: string): string {
  const [, found = ''] = new RegExp(`^## ${heading}\\n([\\s\\S]*?)(?=^## |$(?![\\s\\S]))`, 'm').exec(page) ?? []
  return found
}

/** The names in code style of a table's first column. */
function firstColumn(heading: string): string[] {
  return section(heading)
    .split('\n')
    .flatMap((line) => {
      const [, cell = ''] = /^\|([^|]+)\|/.exec(line) ?? []
      return [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
    })
}
