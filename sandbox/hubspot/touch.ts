import { findStage } from './pipelines.ts'
import type { Portal, StoredRecord } from './portal.ts'

/** Moves the modification date, derives the calculated values and remembers the version for the search index. */
export function touch(portal: Portal, record: StoredRecord): void {
  const now = portal.nowMs()
  record.updatedAt = now
  const at = new Date(now).toISOString()
  record.properties['hs_lastmodifieddate'] = at
  if (record.type === 'contacts') record.properties['lastmodifieddate'] = at
  if (record.type === 'deals') {
    const stage = findStage(
      portal.pipelines.get('deals') ?? [],
      record.properties['pipeline'] ?? null,
      record.properties['dealstage'] ?? null,
    )
    record.properties['hs_is_closed'] = stage?.metadata['isClosed'] ?? 'false'
    record.properties['hs_is_closed_won'] = String(Number(stage?.metadata['probability'] ?? '0') === 1)
  }
  record.versions.push({ at: now, properties: { ...record.properties }, archived: record.archivedAt !== null })
  const keepFrom = now - Math.max(portal.switches.searchLagMs, 120_000)
  while (record.versions.length > 1 && (record.versions[1]?.at ?? now) < keepFrom) record.versions.shift()
}
