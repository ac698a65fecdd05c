/** Keeps what was found beside a claim, with what the policy says of it and what both sides said. */
import type { Tx } from '../../db/connection.ts'
import { conflicts } from '../../db/schema/index.ts'
import type { Weighed } from '../../domain/ruling.ts'
import type { Registration } from '../facts.ts'
import { keepFacts } from './facts.ts'

/** Whether what the policy says of a finding bars the claim. */
const BLOCKS = { clear: 'no', split: 'no', ask: 'ask', decline: 'yes', merge: 'yes' } as const

export async function keepFindings(
  tx: Tx,
  row: Registration,
  round: number,
  weighed: readonly Weighed[],
): Promise<void> {
  if (weighed.length === 0) return
  await tx
    .insert(conflicts)
    .values(
      weighed.map(({ finding, says, rule }) => ({
        registrationId: row.id,
        partnerId: row.partnerId,
        round,
        kind: finding.kind,
        otherId: finding.otherId,
        score: finding.score,
        evidence: { matchedOn: finding.matchedOn, against: finding.against ?? [], score: finding.score },
        blocks: BLOCKS[says],
        rule,
      })),
    )
    .onConflictDoNothing()
  await keepFacts(tx, row, round)
}
