/** What a draft of the policy would have ruled: the recorded rulings judged again, by the same code. */
import { and, asc, eq, gt, gte, type SQL } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { judgements, partners, registrations } from '../db/schema/index.ts'
import type { Policy } from '../domain/policy/policy.ts'
import { rule, sinceOf, type Finding, type FindingKind, type Ruling } from '../domain/ruling.ts'
import type { Instant } from '../domain/time.ts'

export interface Ruled {
  ruling: Ruling['ruling']
  rule: string
}

export interface Because {
  kind: FindingKind
  otherId: string
  since: Instant | null
}

export interface ChangedRuling {
  registrationId: string
  company: string | null
  partner: string | null
  at: Instant
  /** What became of the registration by now. */
  state: string
  was: Ruled & { policyVersion: string }
  /** `because`: what would stand before it, and since when. */
  would: Ruled & { why: string[]; because: Because | null }
}

export interface Simulation {
  /** How many recorded rulings were judged again. */
  judged: number
  same: number
  /** The same ruling by another rule. */
  otherRule: number
  /** Changed rulings, by what they were and would be; the most frequent first. */
  changes: { was: Ruling['ruling']; would: Ruling['ruling']; count: number }[]
  /** Of each change the first ones. */
  examples: ChangedRuling[]
}

/** Rulings a reading: enough for few round trips, little in memory. */
const PAGE = 500

/**
 * @param since only rulings from then on; null: all that are kept
 * @param examplesEach how many examples of each change are listed
 */
export async function simulate(
  db: Db,
  draft: Policy,
  { since, examplesEach }: { since: Instant | null; examplesEach: number },
): Promise<Simulation> {
  const counts = new Map<string, { was: Ruling['ruling']; would: Ruling['ruling']; count: number }>()
  const examples: ChangedRuling[] = []
  let [judged, same, otherRule] = [0, 0, 0]
  for await (const row of recorded(db, since === null ? undefined : gte(judgements.at, since))) {
    const ruling = rule(row.claim, row.findings, { covered: row.covered, today: row.today }, draft)
    judged += 1
    if (ruling.ruling === row.ruling) {
      if (ruling.rule === row.rule) same += 1
      else otherRule += 1
      continue
    }
    const key = `${row.ruling} ${ruling.ruling}`
    const change = counts.get(key) ?? { was: row.ruling, would: ruling.ruling, count: 0 }
    change.count += 1
    counts.set(key, change)
    if (change.count > examplesEach) continue
    const { registrationId, company, partner, at, state } = row
    examples.push({
      registrationId,
      company,
      partner,
      at,
      state,
      was: { ruling: row.ruling, rule: row.rule, policyVersion: row.policyVersion },
      would: {
        ruling: ruling.ruling,
        rule: ruling.rule,
        why: ruling.ruling === 'ask' ? ruling.why : [],
        because: becauseOf(ruling, row.findings),
      },
    })
  }
  const changes = [...counts.values()].toSorted((a, b) => b.count - a.count || a.was.localeCompare(b.was))
  const placeOf = (one: ChangedRuling) =>
    changes.findIndex(({ was, would }) => was === one.was.ruling && would === one.would.ruling)
  return { judged, same, otherRule, changes, examples: examples.toSorted((a, b) => placeOf(a) - placeOf(b)) }
}

function becauseOf(ruling: Ruling, findings: readonly Finding[]): Because | null {
  if (ruling.ruling !== 'decline' || ruling.because === null) return null
  const { kind, otherId } = ruling.because
  const found = findings.find((one) => one.kind === kind && one.otherId === otherId)
  return { kind, otherId, since: found === undefined ? null : sinceOf(found) }
}

async function* recorded(db: Db, wanted: SQL | undefined) {
  let last: string | null = null
  for (;;) {
    const rows = await read(db, wanted, last)
    yield* rows
    last = rows.at(-1)?.id ?? null
    if (rows.length < PAGE || last === null) return
  }
}

/** In the order of their ids, which is the order in which they were made. */
function read(db: Db, wanted: SQL | undefined, last: string | null) {
  const { id, registrationId, policyVersion, ruling, rule: by, covered, today, claim, findings, at } = judgements
  return db
    .select({
      id,
      registrationId,
      policyVersion,
      ruling,
      rule: by,
      covered,
      today,
      claim,
      findings,
      at,
      company: registrations.company,
      partner: partners.name,
      state: registrations.state,
    })
    .from(judgements)
    .innerJoin(registrations, eq(registrations.id, judgements.registrationId))
    .leftJoin(partners, eq(partners.id, registrations.partnerId))
    .where(and(wanted, last === null ? undefined : gt(judgements.id, last)))
    .orderBy(asc(judgements.id))
    .limit(PAGE)
}
