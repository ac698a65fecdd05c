/** What stands around a document: the vendor's default, the object's abilities, and what is in force at the connection's other objects. */
import type { Capability } from '../../../connectors/contract.ts'
import type { ObjectMapping } from '../definition.ts'
import type { System } from '../systems.ts'

export interface Surroundings {
  connection: string
  object: string
  capability: Capability
  /** Of this object. */
  defaults: readonly ObjectMapping[]
  /** In force at the connection's other objects. */
  others: readonly ObjectMapping[]
}

/** Undefined: the connection has no such object. */
export function surroundingsOf(system: System, object: string): Surroundings | undefined {
  const capability = system.capabilities.find((candidate) => candidate.object === object)
  if (capability === undefined) return undefined
  return {
    connection: system.name,
    object,
    capability,
    defaults: defaultsOf(system).filter((mapping) => mapping.object === object),
    others: system.mappings.filter((mapping) => mapping.object !== object),
  }
}

/** What the connector says of an unedited configuration. */
export function defaultsOf({ defaults, mappings }: System): readonly ObjectMapping[] {
  return defaults ?? mappings
}
