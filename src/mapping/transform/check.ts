/** What is wrong with a mapping's transformations, found without a record and before it is in force. */
import type { FieldMapping, ObjectMapping } from '../definition.ts'
import type { Finding } from '../finding.ts'
import { flowsIn, flowsOut } from '../translate.ts'
import { parseExpression } from './expression.ts'

/** One finding a fault. Lines are the document's to tell. */
export function checkTransformations({ fields }: ObjectMapping): Finding[] {
  return fields.flatMap((field) => [
    ...(['in', 'out'] as const).flatMap((side) => syntaxOf(field, side)),
    ...waysOf(field),
  ])
}

function syntaxOf(field: FieldMapping, side: 'in' | 'out'): Finding[] {
  const text = field.transform?.[side]
  if (text === undefined) return []
  return parseExpression(text).faults.map(({ at, reason, proposal }) => {
    const place = at === null ? '' : `, character ${String(at)}`
    const mend = proposal ?? 'Mend the expression; `causeway mapping preview` tries it on real records.'
    return findingOf(field, `transform.${side}${place}: ${reason}`, mend)
  })
}

/** What is said for a way that the field does not go, and what could not come back as it went. */
function waysOf(field: FieldMapping): Finding[] {
  const { create, update, path, transform } = field
  if (transform === undefined) return []
  const isIn = flowsIn(create) || flowsIn(update)
  const isOut = flowsOut(create) || flowsOut(update)
  const found: Finding[] = []
  if (transform.in !== undefined && !isIn)
    found.push(findingOf(field, 'transform.in is said of a field that never flows in', 'Take transform.in away.'))
  if (transform.out !== undefined && !isOut)
    found.push(findingOf(field, 'transform.out is said of a field that never flows out', 'Take transform.out away.'))
  const reads = transform.in === undefined ? [] : parseExpression(transform.in).inputs
  if (isIn && isOut && reads !== 'all' && reads.some((name) => name !== path)) {
    const others = reads.filter((name) => name !== path).join(', ')
    const reason = `transform.in reads ${others} besides ${path}, and only ${path} is written: what goes out would not come back`
    found.push(findingOf(field, reason, `Read ${path} alone, or let the field flow in only.`))
  }
  return found
}

function findingOf({ field, path }: FieldMapping, reason: string, proposal: string | null): Finding {
  return { severity: 'error', code: 'CW_TRANSFORM_INVALID', line: null, field, path, reason, proposal }
}
