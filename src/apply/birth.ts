/** What a new record knows of its birth besides its mapped fields. */
import type { RecordKind } from '../domain/records.ts'
import type { System } from '../mapping/systems.ts'
import type { CanonicalRecord } from '../mapping/translate.ts'

export function birth(kind: RecordKind, system: System): CanonicalRecord {
  if (kind === 'registration') return { portal: system.name }
  if (kind === 'partner') return { state: 'active' }
  if (kind === 'deal') return { home: system.name }
  // One of ours that this database knows nothing of.
  if (kind === 'task') return { connection: system.name }
  return {}
}
