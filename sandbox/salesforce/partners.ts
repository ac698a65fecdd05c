/** Partner rows: made and deleted, never changed; the platform keeps a row of its own beside each. */
import { nextId, objectNamed, place, putRow, stamp, tableOf } from './org.ts'
import type { Org, Row, Value } from './org.ts'
import { refuse } from './problem.ts'
import type { ObjectDef } from './schema.ts'

/** A Partner row hangs on an account or on a deal, never on both; a deal has one primary partner. */
export function refusePartner(org: Org, def: ObjectDef, values: Record<string, Value>): void {
  if (def.name !== 'Partner') return
  const { AccountFromId: from, OpportunityId: deal, IsPrimary: isPrimary } = values
  if ([from, deal].filter((v) => typeof v === 'string').length !== 1)
    throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'Specify either AccountFromId or OpportunityId', [
      'AccountFromId',
      'OpportunityId',
    ])
  if (isPrimary !== true) return
  if (typeof deal !== 'string')
    throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'Only a partner of an opportunity can be primary', ['IsPrimary'])
  for (const row of tableOf(org, 'Partner').values())
    if (row.values.OpportunityId === deal && row.values.IsPrimary === true && row.deletedMs === null)
      throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'An opportunity has one primary partner', ['IsPrimary'])
}

/** Makes the platform's row of a new partner: OpportunityPartner, or AccountPartner in both directions. */
export function bindPartner(org: Org, row: Row, nowMs: number): void {
  if (row.type !== 'Partner') return
  const {
    AccountToId: to = null,
    AccountFromId: from = null,
    OpportunityId: deal = null,
    Role: role = null,
  } = row.values
  if (typeof deal === 'string') {
    const isPrimary = row.values.IsPrimary === true
    place(
      org,
      'OpportunityPartner',
      { OpportunityId: deal, AccountToId: to, Role: role, IsPrimary: isPrimary, boundTo: row.id },
      nowMs,
    )
    return
  }
  const reverse: Row = {
    ...row,
    id: nextId(org, objectNamed(org, 'Partner')),
    values: {
      ...row.values,
      AccountFromId: to,
      AccountToId: from,
      Role: null,
      ReversePartnerId: row.id,
      SystemModstamp: stamp(org, nowMs),
    },
  }
  putRow(org, reverse)
  place(org, 'AccountPartner', { AccountFromId: from, AccountToId: to, Role: role, boundTo: row.id }, nowMs)
  place(org, 'AccountPartner', { AccountFromId: to, AccountToId: from, Role: null, boundTo: reverse.id }, nowMs)
}

/** The live rows that go with a deleted record. */
export function unbindPartners(org: Org, gone: Row): Row[] {
  const named = ['OpportunityId', 'AccountToId', 'AccountFromId', 'boundTo']
  return ['Partner', 'OpportunityPartner', 'AccountPartner'].flatMap((type) =>
    [...tableOf(org, type).values()].filter(
      (row) => row.deletedMs === null && row.id !== gone.id && named.some((name) => row.values[name] === gone.id),
    ),
  )
}
