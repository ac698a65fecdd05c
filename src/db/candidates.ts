/** Which companies may be one: found by set-based look-ups on a few keys, scored in memory. Nothing is compared with everything. */
import { sql, type SQL } from 'drizzle-orm'
import { profile, type Company as Described, type Profile } from '../domain/matching/company.ts'
import { match } from '../domain/matching/match.ts'
import { searchKeys } from '../domain/matching/search-keys.ts'
import { askedColumns, askedRows, waysIn } from './company-search.ts'
import type { Tx } from './connection.ts'
import { accounts, links, partners, proposals, type Candidate } from './schema/index.ts'

export type CompanyKind = 'account' | 'partner'

export interface Company extends Described {
  recordId: string
  kind: CompanyKind
}

export interface Place {
  connection: string
  object: string
}

/** A company that is like the one that was asked about. */
export interface Alike {
  asked: Company
  other: Company
  /** The vendor record that stands for the other one, where linked ones were asked for. */
  externalId: string | null
  score: number
  why: Candidate['why']
}

/** A person reads no more. */
const MOST = 5

const tables = { account: accounts, partner: partners }

/**
 * The known companies of some kinds that are like these, the likest first, at most a handful each.
 *
 * @param search.linked whether the others must have a live vendor record at the place, or must have none
 * @param search.from the lowest score
 */
export async function findAlike(
  tx: Tx,
  place: Place,
  asked: Company[],
  search: { kinds: readonly CompanyKind[]; linked: boolean; from: number },
): Promise<Alike[]> {
  const named = asked.filter(({ name, domain, email }) => name !== null || domain !== null || email !== null)
  if (named.length === 0) return []
  const byId = new Map(named.map((company) => [company.recordId, company]))
  const profiles = new Map<string, Profile>()
  const profileOf = ({ recordId, ...company }: Described & { recordId: string }): Profile => {
    const known = profiles.get(recordId) ?? profile(company)
    profiles.set(recordId, known)
    return known
  }
  const found: Alike[] = []
  const keys = askedRows(
    named.map((company) => ({ asked_id: company.recordId, ...searchKeys(profileOf(company), company.name) })),
  )
  for (const kind of search.kinds) {
    const rows = await lookUp(tx, place, kind, keys, search.linked)
    for (const { asked_id, external_id, ...other } of rows) {
      const company = byId.get(asked_id)
      if (company === undefined) continue
      const { score, matchedOn } = match(profileOf(company), profileOf(other))
      if (score < search.from) continue
      found.push({ asked: company, other: { ...other, kind }, externalId: external_id, score, why: matchedOn })
    }
  }
  const open = await withoutDecided(tx, found)
  return [...Map.groupBy(open, ({ asked: { recordId } }) => recordId).values()].flatMap((group) =>
    group.toSorted((a, b) => b.score - a.score || (a.other.recordId < b.other.recordId ? -1 : 1)).slice(0, MOST),
  )
}

interface Row extends Record<string, unknown> {
  asked_id: string
  recordId: string
  name: string | null
  domain: string | null
  email: string | null
  external_id: string | null
}

/**
 * One statement for the whole page: each way in is an index scan for each company asked about. Whether a company has a vendor record
 * at the place is looked up once for each that was met, however many it was met for.
 */
async function lookUp(tx: Tx, place: Place, kind: CompanyKind, keys: string, linked: boolean): Promise<Row[]> {
  const table = tables[kind]
  // Partners are few: their addresses are gone through once for the whole page.
  const byMail =
    kind === 'partner'
      ? sql`union select a.asked_id, c.id from asked a join ${partners} c
          on split_part(lower(c.email), '@', 2) = a.domain and c.id <> a.asked_id`
      : sql``
  const { rows } = await tx.execute<Row>(sql`
    with asked as materialized (select * from jsonb_to_recordset(${keys}::jsonb) as a(${askedColumns})),
    met as materialized (select a.asked_id, c.id from asked a cross join lateral (${waysIn(table)}) c ${byMail}),
    -- A limit of one keeps this a look-up by index for each, whatever the planner thinks of the tables.
    standing as materialized (
      select c.id, (select l.external_id from ${links} l where l.connection = ${place.connection} and l.object = ${place.object}
        and l.record_id = c.id and l.external_id is not null and not l.gone limit 1) as external_id
      from (select distinct id from met) c)
    select distinct m.asked_id::text, c.id::text as "recordId", c.name, c.domain, ${kind === 'partner' ? sql`c.email` : sql`null`} as email,
      s.external_id
    from met m join standing s on s.id = m.id and ${linked ? sql`s.external_id is not null` : sql`s.external_id is null`}
    join ${table} c on c.id = m.id`)
  return rows
}

/** Without the pairs that a person has been asked about already, whichever of the two stood for the vendor's record then. */
async function withoutDecided(tx: Tx, found: Alike[]): Promise<Alike[]> {
  if (found.length === 0) return []
  const pairs = JSON.stringify(
    found.map(({ asked, other }, place) => ({ place, a: asked.recordId, b: other.recordId })),
  )
  const { rows } = await tx.execute<{ place: number }>(sql`
    select r.place from jsonb_to_recordset(${pairs}::jsonb) as r(place int, a uuid, b uuid)
    where exists (${side(sql`r.a`, sql`r.b`)}) or exists (${side(sql`r.b`, sql`r.a`)})`)
  const decided = new Set(rows.map(({ place }) => place))
  return found.filter((_, place) => !decided.has(place))
}

function side(record: SQL, candidate: SQL): SQL {
  return sql`
    select from ${proposals} p where p.record_id = ${record}
      and p.candidates @> jsonb_build_array(jsonb_build_object('recordId', ${candidate}::text))`
}
