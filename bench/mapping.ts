/** What it costs to translate records: by paths alone, with expressions in some fields, and with a bad expression beside them. */
import type { Fields } from '../connectors/contract.ts'
import type { FieldMapping, ObjectMapping, Transformation } from '../src/mapping/definition.ts'
import { Runner } from '../src/mapping/transform/runner.ts'
import { Transformations } from '../src/mapping/transform/transformations.ts'
import { difference, toCanonical, type Lookups } from '../src/mapping/translate.ts'
import { megabytes, type Section } from './report.ts'

/** As the road takes them: a page is read, merged and written at once. */
const PAGE = 500
const FIELDS = 30
/** Runs with a bad expression are shorter: what they lose shows in the first minute. */
const SHARE_WITH_POISON = 5

const conversions = ['text', 'decimal', 'date', 'boolean', 'list', 'instant'] as const

const endless = '($f := function($n) { $f($n + 1) }; $f(1))'
const stuck = `$match("${'a'.repeat(40)}b", /(a+)+$/)`

const normal: Record<number, Transformation> = {
  0: { in: '$uppercase(P0)', out: '$lowercase(f0)' },
  1: { in: '$round($number(P1) / 10, 2)', out: '$number(f1) * 10' },
  6: { in: '$trim(P6) & " (" & P0 & ")"', out: '$substringBefore(f6, " (")' },
}

const poisons = [
  { what: 'never ends', transform: { in: endless } },
  { what: 'never ends for one record in 100', transform: { in: `$floor($number(P1)) % 100 = 0 ? ${endless} : P8` } },
  { what: 'cannot be interrupted', transform: { in: stuck } },
] as const

function mappingWith(transforms: Record<number, Transformation>): ObjectMapping {
  const fields = Array.from({ length: FIELDS }, (_, i): FieldMapping => {
    const transform = transforms[i]
    return {
      field: `f${String(i)}`,
      path: `P${String(i)}`,
      conversion: { as: conversions[i % conversions.length] ?? 'text' },
      create: 'both',
      update: i === 8 ? 'in' : 'both',
      wins: 'vendor',
      ...(transform === undefined ? {} : { transform }),
    }
  })
  return { object: 'records', kind: 'deal', fields }
}

/** A record as a vendor tells it; no two are alike. */
function recordOf(n: number): Fields {
  const values = [
    `Name of record ${String(n)}`,
    `${String(n % 100_000)}.25`,
    `2026-${String((n % 12) + 1).padStart(2, '0')}-15`,
    n % 2 === 0,
    ['alpha', `item ${String(n % 50)}`],
    '2026-11-23T10:00:00.000+02:00',
  ]
  return Object.fromEntries(
    Array.from({ length: FIELDS }, (_, i) => [`P${String(i)}`, i % 6 === 1 && i > 6 ? n : (values[i % 6] ?? null)]),
  )
}

interface Run {
  records: number
  seconds: number
  /** Of this process: what others made it wait for is not in it. */
  processorSeconds: number
  /** Fields that were parked, by records. */
  parked: number
  peakBytes: number
}

/** Each page comes in, and what its records lack of it goes out. What makes the records is not timed. */
async function run(mapping: ObjectMapping, records: number): Promise<Run> {
  const runner = new Runner()
  const result: Run = { records, seconds: 0, processorSeconds: 0, parked: 0, peakBytes: 0 }
  try {
    await runner.evaluate([{ text: '1', input: '{}' }])
    for (let from = 0; from < records; from += PAGE) {
      const page = Array.from({ length: Math.min(PAGE, records - from) }, (_, i) => recordOf(from + i))
      const beganMs = performance.now()
      const used = process.cpuUsage()
      result.parked += await translate(mapping, page, runner)
      result.seconds += (performance.now() - beganMs) / 1_000
      const { user, system } = process.cpuUsage(used)
      result.processorSeconds += (user + system) / 1_000_000
      result.peakBytes = Math.max(result.peakBytes, process.memoryUsage().rss)
    }
  } finally {
    runner.close()
  }
  return result
}

async function translate(mapping: ObjectMapping, page: Fields[], runner: Runner): Promise<number> {
  const transformed = new Transformations((requests) => runner.evaluate(requests))
  const lookups: Lookups = { toOurs: () => undefined, toTheirs: () => undefined, transformed }
  await transformed.read([mapping], page)
  const read = page.map((fields) => toCanonical(mapping, fields, 'update', lookups))
  await transformed.write(
    mapping,
    read.map(({ values }) => values),
  )
  for (const [i, { values }] of read.entries()) difference(mapping, values, page[i] ?? null, lookups)
  return read.filter(({ troubles }) => troubles.length > 0).length
}

export async function mappingSection(wish: { records: number; say: (line: string) => void }): Promise<Section> {
  const { records, say } = wish
  // Warm, so that the first figure is not that of the compiler.
  await run(mappingWith(normal), Math.min(5_000, records))
  say(`mapping ${String(records)} records by paths`)
  const plain = await run(mappingWith({}), records)
  say(`mapping ${String(records)} records with expressions in ${String(Object.keys(normal).length)} fields`)
  const expressed = await run(mappingWith(normal), records)
  const some = Math.ceil(records / SHARE_WITH_POISON)
  say(`mapping ${String(some)} records without a bad expression`)
  const clean = await run(mappingWith(normal), some)
  const bad: { what: string; run: Run }[] = []
  for (const { what, transform } of poisons) {
    say(`mapping ${String(some)} records with one that ${what}`)
    bad.push({ what, run: await run(mappingWith({ ...normal, 8: transform }), some) })
  }
  return {
    name: 'mapping',
    title: 'Mapping of records',
    notes: [
      `Records of ${String(FIELDS)} fields in pages of ${String(PAGE)}: each page is read by its mapping, and compared with what the vendor holds, as the road does it, without the database.`,
      'Expressions are evaluated by a process apart, three fields in and three out for each record.',
      'With a bad expression: a fourth field whose expression is stopped at its bound; its records park, and all else of the page goes on. The ratio is its time against that of the same records without it.',
    ],
    tables: [
      {
        caption: 'A whole page in and out',
        head: ['mapping', 'records', 'seconds', 'records/s', 'µs a record', 'of it processor time', 'peak RSS'],
        rows: [rowOf('30 paths', plain), rowOf('27 paths, 3 with JSONata', expressed)],
      },
      {
        caption: 'Beside a bad expression',
        head: ['expression', 'records', 'seconds', 'records/s', 'parked', 'time against none'],
        rows: [
          ['none', some, clean.seconds.toFixed(1), perSecond(clean), clean.parked, ''],
          ...bad.map(({ what, run: one }) => [
            what,
            some,
            one.seconds.toFixed(1),
            perSecond(one),
            one.parked,
            `${(one.seconds / clean.seconds).toFixed(2)} times`,
          ]),
        ],
      },
    ],
  }
}

function rowOf(name: string, one: Run): (string | number)[] {
  const each = (seconds: number) => ((seconds * 1_000_000) / one.records).toFixed(1)
  const [whole, own] = [each(one.seconds), each(one.processorSeconds)]
  return [name, one.records, one.seconds.toFixed(1), perSecond(one), whole, own, megabytes(one.peakBytes)]
}

const perSecond = ({ records, seconds }: Run): number => Math.round(records / seconds)
