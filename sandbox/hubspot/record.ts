import { invalid } from './errors.ts'

/** A JSON object; HubSpot answers 400 where another value stands in its place. */
export function record(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw invalid('Invalid input: an object is expected')
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
