/** A vendor’s field by the path that a mapping says. */
import type { FieldSchema } from '../../../connectors/contract.ts'

/** `through`: a path by way of a reference, of whose end nothing is known here. */
export function fieldNamed(schema: readonly FieldSchema[], path: string): FieldSchema | 'through' | undefined {
  const found = schema.find(({ name }) => name === path)
  if (found !== undefined) return found
  const [first, ...rest] = path.split('.')
  return rest.length > 0 && schema.some(({ relation }) => relation === first) ? 'through' : undefined
}
