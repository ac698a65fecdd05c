/** What the check of a claim costs beside a million accounts and a hundred thousand live registrations, in a real PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { rm } from 'node:fs/promises'
import { Client } from 'pg'
import { openDatabase } from '../src/db/connection.ts'
import { migrate } from '../src/db/migrate.ts'
import { registrations } from '../src/db/schema/index.ts'
import { companyKeys } from '../src/domain/identity.ts'
import { findRivals } from '../src/process/findings.ts'
import { postgresHomes } from '../src/runtime/embedded/postgres-home.ts'
import { startPostgres, stopLeftPostgres } from '../src/runtime/embedded/postgres.ts'
import { spreadOf, type Section } from './report.ts'

const LIVE_SHARE = 10
const DEAL_SHARE = 20
const CHECKS = 300

/** Names as companies have them: a made-up word of three syllables, a trade, a legal form. Many share the word, and more the trade. */
const SYLLABLES =
  'bra dor fen gal hin jor kel lam mir nor pal quin ros sel tor ul vin wes yar zol dra gri klo sta'.split(' ')
const TRADES = 'logistik foods robotics werkzeug consulting textil dental marine optik solar'.split(' ')
const FORMS = ['GmbH', 'Inc.', 'Ltd', 'S.A.', 'B.V.']

const unheard = () => undefined

export async function matchSection(wish: {
  dataDir: string
  records: number
  say: (line: string) => void
}): Promise<Section> {
  const { dataDir, records, say } = wish
  await stopLeftPostgres(dataDir, unheard)
  for (const { data } of postgresHomes(dataDir)) await rm(data, { recursive: true, force: true })
  const postgres = await startPostgres({ dataDir, port: { preferred: 0 }, log: unheard })
  const database = openDatabase(postgres.url, 2)
  try {
    await migrate(postgres.url)
    const loading = await load(postgres.url, records, say)
    const [blank] = await database.db.insert(registrations).values({ state: 'screening' }).returning()
    if (blank === undefined) throw new Error('no claim to check')
    const rows = []
    for (const kind of kinds) {
      const times: number[] = []
      let met = 0
      let asked = 0
      let cpu = 0
      for (let n = -20; n < CHECKS; n += 1) {
        const claim = { ...blank, id: randomUUID(), ...kind.claim(pick(n, records)) }
        const requests = countRequests()
        const [began, before] = [performance.now(), process.cpuUsage()]
        const findings = await database.db.transaction((tx) =>
          findRivals(tx, { ...claim, ...companyKeys(claim.company) }, { aliases: [] }),
        )
        const sent = requests()
        // The first ones warm the caches of the database and of the program.
        if (n < 0) continue
        times.push(performance.now() - began)
        met += findings.length
        asked += sent
        const { user, system } = process.cpuUsage(before)
        cpu += (user + system) / 1000
      }
      const { n, p50, p95, max } = spreadOf(times)
      rows.push([
        kind.what,
        n,
        ...[p50, p95, max].map((ms) => `${ms.toFixed(1)} ms`),
        `${(cpu / n).toFixed(1)} ms`,
        (met / n).toFixed(2),
        (asked / n).toFixed(2),
      ])
      say(`${kind.what}: p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`)
    }
    return {
      name: 'match',
      title: 'The check of a claim',
      notes: [
        `${String(records)} accounts (each twentieth with an open direct deal) and ${String(Math.ceil(records / LIVE_SHARE))} live registrations of other partners stand in PostgreSQL, and ${String(records)} that are over; they were made in ${String(Math.round(loading / 1000))} s.`,
        'One claim after another is checked against all that it may meet: accounts with their deals, named accounts, registrations, leads and overlaps; until its findings are there.',
        'Its statements are planned once by each connection of the program, and again when PostgreSQL has gathered new statistics.',
        'The check reads the ledger and asks no vendor: every request that Node’s two HTTP clients send meanwhile is counted. A claim waits until every CRM was read after it was heard of (less `policy.screening.crmMaxAge`), by the streams that run anyway.',
      ],
      tables: [
        {
          caption: 'One check',
          head: [
            'claim',
            'n',
            'p50',
            'p95',
            'max',
            'processor time of the program, each',
            'findings each',
            'requests to vendors each',
          ],
          rows,
        },
      ],
    }
  } finally {
    await database.close()
    await postgres.stop(5_000)
  }
}

/** Node's own client, and the one behind `fetch`. */
const CHANNELS = ['http.client.request.created', 'undici:request:create']

/** Counts the HTTP requests that the program sends from now on; called again it says how many, and counts no more. */
function countRequests(): () => number {
  let sent = 0
  const one = () => {
    sent += 1
  }
  for (const channel of CHANNELS) subscribe(channel, one)
  return () => {
    for (const channel of CHANNELS) unsubscribe(channel, one)
    return sent
  }
}

/** Some record of the whole, another one for each check. */
function pick(n: number, records: number): Named {
  const at = ((n + 100) * 7_919) % records
  const digits = [Math.floor(at / TRADES.length), Math.floor(at / TRADES.length / SYLLABLES.length)]
  const syllable = (i: number) => SYLLABLES[i % SYLLABLES.length] ?? ''
  const [a = 0, b = 0] = digits
  const word = syllable(a) + syllable(b) + syllable(Math.floor(b / SYLLABLES.length))
  const trade = TRADES[at % TRADES.length] ?? ''
  return { word, trade, domain: `${word}-${trade}${String(at)}.com`, at }
}

interface Named {
  word: string
  trade: string
  domain: string
  at: number
}

/** Claims that partners make, and what they say of the company. */
const kinds: {
  what: string
  claim: (of: Named) => { company: string; domain: string | null; contactEmail: string | null }
}[] = [
  {
    what: 'name and domain as they are known',
    claim: ({ word, trade, domain, at }) => ({
      company: `${word} ${trade} GmbH`,
      domain,
      contactEmail: `kai${String(at)}@${domain}`,
    }),
  },
  {
    what: 'a name alone, with a slip of the pen',
    claim: ({ word, trade }) => ({
      company: `${word.slice(0, -2)}${word.at(-1) ?? ''}${word.at(-2) ?? ''} ${trade}`,
      domain: null,
      contactEmail: null,
    }),
  },
  {
    what: 'a company that nobody knows',
    claim: ({ at }) => ({
      company: `Xylograph ${String(at)} Atelier`,
      domain: `xylograph${String(at)}.fr`,
      contactEmail: null,
    }),
  },
]

/** @returns how long it took, in milliseconds */
async function load(url: string, records: number, say: (line: string) => void): Promise<number> {
  const began = performance.now()
  const owner = new Client({ connectionString: url })
  await owner.connect()
  const S = String(SYLLABLES.length)
  const syllable = (i: string) => `(${list(SYLLABLES)})[(${i}) % ${S} + 1]`
  const named = (count: number) => `
    select k.*, initcap(k.word) || ' ' || initcap(k.trade) || ' ' || (${list(FORMS)})[n % ${String(FORMS.length)} + 1] as name,
      k.word || ' ' || k.trade as name_key,
      (select string_agg(distinct c collate "C", '' order by c collate "C") from unnest(string_to_array(k.word || k.trade, null)) c) as letters,
      k.word || '-' || k.trade || n || '.com' as domain
    from (select n, (${list(TRADES)})[n % ${String(TRADES.length)} + 1] as trade,
        ${syllable(`n / ${String(TRADES.length)}`)} || ${syllable(`n / ${String(TRADES.length)} / ${S}`)} || ${syllable(`n / ${String(TRADES.length)} / ${S} / ${S}`)} as word
      from generate_series(0, ${String(count - 1)}) n) k`
  try {
    await owner.query('set synchronous_commit = off')
    await owner.query(`insert into partners (name) values ('Bench partner')`)
    await owner.query(`insert into accounts (name, name_key, letters, domain, country)
      select name, name_key, letters, case when n % 5 = 0 then null else domain end, 'DE' from (${named(records)}) r`)
    say(`${String(records)} accounts`)
    await owner.query(`insert into deals (name, account_id, status, source)
      select 'Direct', id, 'open', 'direct' from (select id, row_number() over () as place from accounts) a where place % ${String(DEAL_SHARE)} = 0`)
    await owner.query(`insert into registrations (company, name_key, letters, domain, partner_id, state, contact_email, submitted_at)
      select name, name_key, letters, domain, (select id from partners), 'in-review', 'kai' || n || '@' || domain, now()
      from (${named(Math.ceil(records / LIVE_SHARE))}) r`)
    say(`${String(Math.ceil(records / LIVE_SHARE))} registrations`)
    await owner.query(`insert into registrations (company, name_key, letters, domain, partner_id, state, submitted_at)
      select name, name_key, letters, domain, (select id from partners), case when n % 2 = 0 then 'declined' else 'lapsed' end, now()
      from (${named(records)}) r`)
    say(`${String(records)} that are over`)
    await owner.query('vacuum analyze')
  } finally {
    await owner.end()
  }
  return performance.now() - began
}

function list(words: readonly string[]): string {
  return `'{${words.join()}}'::text[]`
}
