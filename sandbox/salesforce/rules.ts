/** The rules that refuse a save: validation, duplicates and row locks. */
import { putRow, rowById, tableOf, typeOfId, visibleField } from './org.ts'
import type { Org, Row } from './org.ts'
import { Refusal, refuse } from './problem.ts'
import type { Save } from './save.ts'
import type { ObjectDef } from './schema.ts'
import { parseCondition } from './soql-parse.ts'
import { predicate } from './soql-run.ts'

/** FIELD_CUSTOM_VALIDATION_EXCEPTION, one problem for each rule that holds. */
export function refuseInvalid(org: Org, def: ObjectDef, before: Row | null, row: Row, nowMs: number): void {
  const saving = { now: row.values, before: before?.values ?? null }
  const broken = [
    ...org.validationRules.filter(
      (rule) => rule.object === def.name && predicate(org, def, parseCondition(rule.when), nowMs)(row),
    ),
    ...org.formulaRules.filter((rule) => rule.object === def.name && rule.isActive && rule.holds(saving)),
  ]
  if (broken.length === 0) return
  throw new Refusal(
    400,
    ...broken.map((rule) => ({
      errorCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: rule.message,
      fields: rule.fields,
    })),
  )
}

/** DUPLICATES_DETECTED with the matches under the API's own misspelt key, or as the switch says. */
export function refuseDuplicates(org: Org, def: ObjectDef, before: Row | null, row: Row): void {
  for (const rule of org.duplicateRules) {
    if (rule.object !== def.name) continue
    const fields = rule.match.map((name) => visibleField(org, def, name)).filter((f) => f !== null)
    const print = (r: Row): string => fields.map((f) => String(r.values[f.name] ?? '').toLowerCase()).join('\u0000')
    if (fields.some((f) => (row.values[f.name] ?? null) === null) || (before !== null && print(before) === print(row)))
      continue
    const found = [...tableOf(org, def.name).values()].filter(
      (r) => r.deletedMs === null && r.id !== row.id && print(r) === print(row),
    )
    if (found.length > 0) throw duplicates(org, def, rule.name, found)
  }
}

function duplicates(org: Org, def: ObjectDef, ruleName: string, found: Row[]): Refusal {
  const details = {
    allowSave: false,
    duplicateRule: ruleName,
    duplicateRuleEntityType: def.name,
    errorMessage: 'Use one of these records?',
    matchResults: [
      {
        entityType: def.name,
        errors: [],
        matchEngine: 'ExactMatchEngine',
        rule: `${ruleName}_match`,
        size: found.length,
        success: true,
        matchRecords: found.map((r) => ({
          additionalInformation: [],
          fieldDiffs: [],
          matchConfidence: 100,
          record: {
            attributes: { type: def.name, url: `/services/data/v67.0/sobjects/${def.name}/${r.id}` },
            Id: r.id,
          },
        })),
      },
    ],
  }
  const key = org.positions.duplicateDetails === 'none' ? null : org.positions.duplicateDetails
  return new Refusal(400, {
    errorCode: 'DUPLICATES_DETECTED',
    message: 'Use one of these records?',
    fields: [],
    ...(key === null ? {} : { extra: { [key]: details } }),
  })
}

/** UNABLE_TO_LOCK_ROW when another call wrote a child of the same parent a moment ago. */
export function refuseLockedParent(org: Org, before: Row | null, row: Row, by: Save): void {
  const windowMs = org.positions.rowLockWindowMs
  if (windowMs === 0) return
  const parents = [before?.values.AccountId, row.values.AccountId].filter((id) => typeof id === 'string')
  for (const parent of new Set(parents)) {
    const held = org.parentLocks.get(parent)
    if (held !== undefined && held.call !== org.call && by.nowMs - held.atMs < windowMs) {
      throw refuse(
        400,
        'UNABLE_TO_LOCK_ROW',
        'unable to obtain exclusive access to this record or 1 records: ' + parent,
        [],
      )
    }
  }
  for (const parent of parents) org.parentLocks.set(parent, { atMs: by.nowMs, call: org.call })
}

/** Locks or frees a record, as an approval process does. */
export function setLock(org: Org, id: string, locked: boolean): void {
  const type = typeOfId(org, id)
  const row = type === null ? null : rowById(org, type, id)
  if (row === null) throw refuse(404, 'NOT_FOUND', `no record ${id}`)
  putRow(org, { ...row, locked })
}
