/** Which companies are partners: asked of HubSpot for those not asked for lately. */
import type { Ctx } from '../contract.ts'
import { batchRead } from './batch-read.ts'
import type { BatchDeps } from './batch-read.ts'
import { batchSize, partnerType } from './objects.ts'

export interface PartnerCompanies {
  /** Those of the ids whose company is of the partners' type. */
  among(ids: Iterable<string>, ctx: Ctx): Promise<Set<string>>
}

/** As long as an answer is believed: about one pull of a stream, whose pages name the same companies again and again. */
const believedMs = 30_000
const kept = 20_000

export function partnerCompanies(deps: BatchDeps, nowMs: () => number): PartnerCompanies {
  const known = new Map<string, { isPartner: boolean; untilMs: number }>()
  return {
    async among(ids, ctx) {
      const all = [...new Set(ids)]
      const now = nowMs()
      const unknown = all.filter((id) => (known.get(id)?.untilMs ?? 0) <= now)
      if (known.size + unknown.length > kept) known.clear()
      for (let start = 0; start < unknown.length; start += batchSize) {
        const asked = unknown.slice(start, start + batchSize)
        const refs = asked.map((value) => ({ value }))
        const { rows } = await batchRead(deps, 'companies', 'id', refs, ['type'], false, ctx)
        const partners = new Set(rows.filter((r) => r.properties['type'] === partnerType).map((r) => r.id))
        for (const id of asked) known.set(id, { isPartner: partners.has(id), untilMs: now + believedMs })
      }
      return new Set(all.filter((id) => known.get(id)?.isPartner === true))
    },
  }
}
