/** Keeps a ruling with what it depended on, so that the same code can judge it again. */
import type { Tx } from '../db/connection.ts'
import { judgements } from '../db/schema/index.ts'
import type { Circumstances, Claim, Finding, Ruling, Split } from '../domain/ruling.ts'
import type { Registration } from './facts.ts'
import type { Programme } from './programme.ts'

export async function keepJudgement(
  tx: Tx,
  { policy }: Programme,
  row: Registration,
  judged: Circumstances & { claim: Claim; findings: Finding[]; ruling: Ruling; split: Split | null },
): Promise<void> {
  const { ruling, ...inputs } = judged
  await tx.insert(judgements).values({
    ...inputs,
    registrationId: row.id,
    round: row.round,
    policyVersion: policy.version,
    ruling: ruling.ruling,
    rule: ruling.rule,
  })
}
