/** Every table, by the room it serves. */
export * from './doubts.ts'
export * from './ledger.ts'
export * from './mappings.ts'
export * from './partner-door.ts'
export * from './matching.ts'
export * from './road.ts'
export * from './runs.ts'
export * from './signed-links.ts'
