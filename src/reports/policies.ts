/** The policies that were ever in force, and how often each was cited. */
import { desc, eq, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { judgements, policyVersions } from '../db/schema/index.ts'

const rulings = sql<number>`(select count(*)::int from ${judgements} where ${judgements.policyVersion} = ${policyVersions.version})`

/** The latest first. */
export async function listPolicies(db: Db): Promise<{ version: string; since: string; rulings: number }[]> {
  return db
    .select({ version: policyVersions.version, since: policyVersions.since, rulings })
    .from(policyVersions)
    .orderBy(desc(policyVersions.since), desc(policyVersions.version))
}

/** One of them with its text; undefined: there was no such version. */
export async function policyOf(
  db: Db,
  version: string,
): Promise<{ version: string; since: string; rulings: number; source: string | null; document: unknown } | undefined> {
  const [found] = await db
    .select({
      version: policyVersions.version,
      since: policyVersions.since,
      rulings,
      source: policyVersions.source,
      document: policyVersions.document,
    })
    .from(policyVersions)
    .where(eq(policyVersions.version, version))
  return found
}
