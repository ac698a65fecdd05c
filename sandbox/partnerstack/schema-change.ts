/** What a company does to its forms, and to the stages of its groups, in the dashboard. `object` is `deals` or `leads`. */
import { SchemaRefused } from '../framework/control.ts'
import type { SchemaChange, Traits } from '../framework/schema-change.ts'
import { fieldTypes, type Form, type FormField, type Group, type PortalWorld } from './state.ts'
import { field } from './tenant.ts'

export function changeSchema({ state, clock }: PortalWorld, change: SchemaChange): void {
  const { object } = change
  if (object !== 'deals' && object !== 'leads') throw new SchemaRefused(`there are no forms of ${object}`)
  if (change.field === 'stage') {
    for (const group of state.groups.values()) changeStages(group, object, change)
    return
  }
  const forms = [...state.forms.values()].filter(({ type }) => `${type}s` === object)
  let found = 0
  for (const form of forms) {
    if (changeForm(form, change)) {
      found += 1
      form.updated_at = clock.now()
    }
  }
  if (found === 0) throw new SchemaRefused(`no form of ${object} has a field ${change.field}`)
}

/** Whether the form had such a field, or has it now. */
function changeForm(form: Form, change: SchemaChange): boolean {
  const held = form.fields.find(({ api_name }) => api_name === change.field)
  if (change.do === 'add') {
    if (held !== undefined) throw new SchemaRefused(`${form.name} has a field ${change.field} already`)
    form.fields.push({ ...field(change.field, change.label ?? change.field), ...traitsOf(change) })
    return true
  }
  if (held === undefined) return false
  switch (change.do) {
    case 'alter':
      Object.assign(held, traitsOf(change))
      break
    case 'remove':
      form.fields = form.fields.filter((one) => one !== held)
      break
    case 'rename':
      // What is held stays under the name that never changes.
      held.api_name = change.to
      break
    case 'add-values':
      held.options = [...new Set([...held.options, ...change.values])]
      break
    case 'remove-values':
      held.options = held.options.filter((option) => !change.values.includes(option))
      break
  }
  return true
}

function traitsOf({ type, label, required, readOnly, values, length, computed, unique, refersTo }: Traits) {
  if ([length, computed, unique, refersTo].some((trait) => trait !== undefined))
    throw new SchemaRefused('a field of a form has a type, a label, options, and may be required or protected')
  const traits: Partial<FormField> = {
    ...(type === undefined ? {} : { type: typeOf(type) }),
    ...(label === undefined ? {} : { name: label }),
    ...(required === undefined ? {} : { required }),
    ...(readOnly === undefined ? {} : { protected: readOnly }),
    ...(values === undefined ? {} : { options: values }),
  }
  return traits
}

function typeOf(name: string): FormField['type'] {
  const found = fieldTypes.find((type) => type === name)
  if (found === undefined) throw new SchemaRefused(`${name} is not one of ${fieldTypes.join(', ')}`)
  return found
}

function changeStages({ stages }: Group, object: 'deals' | 'leads', change: SchemaChange): void {
  if (change.do === 'add-values') stages[object] = [...new Set([...stages[object], ...change.values])]
  else if (change.do === 'remove-values')
    stages[object] = stages[object].filter((stage) => !change.values.includes(stage))
  else throw new SchemaRefused('stages come and go by add-values and remove-values')
}
