/** Lookups by which records would wait for each other in a circle. */
import type { RecordKind } from '../../domain/records.ts'
import type { ObjectMapping } from '../definition.ts'
import { flowsIn, flowsOut } from '../translate.ts'

export interface Step {
  object: string
  kind: RecordKind
  field: string
  path: string
}

export interface Circle {
  from: Step
  /** The steps that lead back. */
  to: Step[]
  /** Every record takes part; else only those that name each other. */
  isCertain: boolean
}

interface Edge extends Step {
  target: string
  isMandatory: boolean
}

/**
 * Each circle once, from the first of its lookups that the edited object has. A record waits for what it names when it is new: on its
 * way in where the lookup is required, on its way out always. A kind that names itself is a tree, and no circle, unless each record
 * must name another.
 *
 * @param mappings of the object that is edited
 * @param others in force at the connection's other objects
 */
export function circlesOf(mappings: readonly ObjectMapping[], others: readonly ObjectMapping[]): Circle[] {
  const edges = Map.groupBy([...mappings, ...others].flatMap(edgesOf), ({ object, kind }) => key(object, kind))
  const found = new Map<string, Circle>()
  for (const { object, kind } of mappings)
    for (const way of waysBack(key(object, kind), edges)) {
      const isCertain = way.every(({ isMandatory }) => isMandatory)
      const [from, ...to] = way
      if (from === undefined || (to.length === 0 && !isCertain)) continue
      const name = way
        .map((step) => `${step.object} ${step.kind} ${step.field}`)
        .toSorted()
        .join('|')
      if (!found.has(name)) found.set(name, { from, to, isCertain })
    }
  return [...found.values()]
}

function edgesOf({ object, kind, fields }: ObjectMapping): Edge[] {
  return fields.flatMap(({ field, path, conversion, create, required }) => {
    // Users are never written and never waited for.
    if (conversion.as !== 'lookup' || conversion.of === 'user') return []
    const isMandatory = flowsIn(create) && required === true
    if (!isMandatory && !flowsOut(create) && !(flowsIn(create) && required === 'known')) return []
    return [{ object, kind, field, path, target: key(conversion.object, conversion.of), isMandatory }]
  })
}

function key(object: string, kind: RecordKind): string {
  return `${object} ${kind}`
}

/** All ways that lead back to where they began and meet no place twice. */
function waysBack(start: string, edges: ReadonlyMap<string, Edge[]>): Edge[][] {
  const walk = (at: string, way: Edge[]): Edge[][] =>
    (edges.get(at) ?? []).flatMap((edge) => {
      if (edge.target === start) return [[...way, edge]]
      if (way.some(({ target }) => target === edge.target)) return []
      return walk(edge.target, [...way, edge])
    })
  return walk(start, [])
}
