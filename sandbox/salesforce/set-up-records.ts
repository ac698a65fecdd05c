/** What the platform checks of permission sets and what hangs on them. */
import { objectNamed, tableOf } from './org.ts'
import type { Org, Row } from './org.ts'
import { refuse } from './problem.ts'
import { isGoverned } from './rights.ts'

/** The fields that no two rows share, and how a second one is refused. */
const unique: Record<string, { fields: string[]; code: string }> = {
  PermissionSet: { fields: ['Name'], code: 'DUPLICATE_DEVELOPER_NAME' },
  PermissionSetAssignment: { fields: ['AssigneeId', 'PermissionSetId'], code: 'DUPLICATE_VALUE' },
  ObjectPermissions: { fields: ['ParentId', 'SobjectType'], code: 'DUPLICATE_VALUE' },
  FieldPermissions: { fields: ['ParentId', 'Field'], code: 'DUPLICATE_VALUE' },
}

export function refuseSetUp(org: Org, row: Row): void {
  const rule = unique[row.type]
  if (rule === undefined) return
  const print = ({ values }: Row): string =>
    rule.fields.map((name) => String(values[name]).toLowerCase()).join('\u0000')
  const others = [...tableOf(org, row.type).values()].filter((one) => one.id !== row.id && one.deletedMs === null)
  const other = others.find((one) => print(one) === print(row))
  if (other !== undefined)
    throw refuse(
      400,
      rule.code,
      `duplicate value found: ${rule.fields.join(', ')} duplicates value on record with id: ${other.id}`,
      [],
    )
  if (row.type === 'ObjectPermissions') refuseObject(others, row)
  if (row.type === 'FieldPermissions') refuseField(org, row)
}

function refuseObject(others: Row[], { values }: Row): void {
  const object = String(values.SobjectType)
  if (!isGoverned(object)) throw badValue('Sobject Type Name', object, 'SobjectType')
  const wishes: [boolean, string, boolean][] = [
    [values.PermissionsCreate === true || values.PermissionsEdit === true, 'Read', values.PermissionsRead === true],
    [values.PermissionsDelete === true, 'Edit', values.PermissionsEdit === true],
    [values.PermissionsViewAllRecords === true, 'Read', values.PermissionsRead === true],
    [
      object === 'Contact' || object === 'Opportunity',
      'Read Account',
      others.some(
        (one) =>
          one.values.ParentId === values.ParentId &&
          one.values.SobjectType === 'Account' &&
          one.values.PermissionsRead === true,
      ),
    ],
  ]
  for (const [isWished, needed, isThere] of wishes)
    if (isWished && !isThere)
      throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', `Permission on ${object} depends on permission(s): ${needed}`, [])
}

/** Fields of several parts are granted whole, under a name that is no field here. */
const compounds = new Set(['Account.BillingAddress', 'Lead.Address'])

function refuseField(org: Org, { values }: Row): void {
  if (compounds.has(String(values.Field))) return
  const [object = '', name = ''] = String(values.Field).split('.')
  const field = org.schema.has(object) ? objectNamed(org, object).fields.find((f) => f.name === name) : undefined
  if (object !== values.SobjectType || field === undefined || (!field.nillable && field.type !== 'boolean'))
    throw badValue('Field Name', String(values.Field), 'Field')
  if (values.PermissionsEdit === true && values.PermissionsRead !== true)
    throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'A field that may be edited must be readable', [])
}

function badValue(label: string, value: string, field: string) {
  return refuse(
    400,
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${label}: bad value for restricted picklist field: ${value}`,
    [field],
  )
}
