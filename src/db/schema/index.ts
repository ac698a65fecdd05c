/** Every table, by the room it serves. */
export * from './ledger.ts'
export * from './road.ts'
