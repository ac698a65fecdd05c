import { Connection } from '@temporalio/client'
import { expect, inject, it } from 'vitest'
import { createEmptyDatabase } from './database.ts'
import { Client } from 'pg'

it('gives every test file a PostgreSQL and a Temporal server', async () => {
  const database = await createEmptyDatabase()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query('show server_version')
  expect(rows).toEqual([{ server_version: '18.4' }])
  await client.end()
  await database.drop()

  const connection = await Connection.connect({ address: inject('temporalAddress') })
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' })
  expect(namespaceInfo?.name).toBe('default')
  await connection.close()
})
