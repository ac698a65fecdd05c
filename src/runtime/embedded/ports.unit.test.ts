import { once } from 'node:events'
import { type Server, createServer } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { choosePort } from './ports.ts'

let holder: Server
let taken: number

beforeEach(async () => {
  holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const address = holder.address()
  taken = typeof address === 'object' && address !== null ? address.port : 0
})
afterEach(() => new Promise((closed) => holder.close(closed)))

it('takes another port when the preferred one is taken', async () => {
  const port = await choosePort({ preferred: taken }, 'PostgreSQL')
  expect(port).toBeGreaterThan(0)
  expect(port).not.toBe(taken)
})

it('refuses when the demanded one is taken, naming it', async () => {
  await expect(choosePort({ exact: taken }, 'PostgreSQL')).rejects.toMatchObject({
    code: 'CW_PORT_IN_USE',
    detail: { port: taken },
  })
})

it('takes the demanded one again once it is free', async () => {
  await new Promise((closed) => holder.close(closed))
  expect(await choosePort({ exact: taken }, 'PostgreSQL')).toBe(taken)
  holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
})
