import { expect, it } from 'vitest'
import { outsideServers } from './outside.ts'

it('names no outside server when the environment names none', () => {
  expect(outsideServers({})).toEqual({ databaseUrl: null, temporal: null })
})

it('takes DATABASE_URL and TEMPORAL_ADDRESS', () => {
  const env = {
    DATABASE_URL: 'postgres://db/causeway',
    TEMPORAL_ADDRESS: 'temporal:7233',
    TEMPORAL_NAMESPACE: 'partners',
  }
  expect(outsideServers(env)).toEqual({
    databaseUrl: 'postgres://db/causeway',
    temporal: { address: 'temporal:7233', namespace: 'partners' },
  })
})
