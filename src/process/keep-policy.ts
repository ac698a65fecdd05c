/** The policies that were ever in force, with their texts: what a ruling cites can be read for ever. */
import { isDeepStrictEqual } from 'node:util'
import { eq, sql } from 'drizzle-orm'
import { parse } from 'yaml'
import type { Tx } from '../db/connection.ts'
import { policyVersions } from '../db/schema/index.ts'
import type { Policy } from '../domain/policy/policy.ts'
import { CausewayError } from '../errors.ts'

/**
 * Keeps a policy under its version. The same version cannot mean two policies: comments and the order of keys may differ, nothing else.
 *
 * @throws CW_POLICY_VERSION_USED
 */
export async function keepPolicy(tx: Tx, policy: Policy, source: string): Promise<void> {
  const { version } = policy
  const kept = await tx
    .insert(policyVersions)
    .values({ version, document: policy, source })
    .onConflictDoNothing()
    .returning({ version: policyVersions.version })
  if (kept.length > 0) return
  const [held] = await tx.select().from(policyVersions).where(eq(policyVersions.version, version))
  // Of a version from before texts were kept nothing is known to compare.
  if (held === undefined || held.source === null) {
    await tx.update(policyVersions).set({ document: policy, source }).where(eq(policyVersions.version, version))
    return
  }
  if (!isDeepStrictEqual(parse(held.source), parse(source)))
    throw new CausewayError(
      'CW_POLICY_VERSION_USED',
      `Version "${version}" of the policy is in force since ${held.since} with another text, and rulings cite it`,
      { version, since: held.since },
    )
  await tx
    .update(policyVersions)
    .set({ source })
    .where(sql`${policyVersions.version} = ${version} and ${policyVersions.source} <> ${source}`)
}
