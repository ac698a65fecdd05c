import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { exampleSandbox } from './example.ts'
import { startSandbox, type RunningSandbox } from './start.ts'

let sandbox: RunningSandbox
beforeEach(async () => {
  sandbox = await startSandbox(exampleSandbox)
})
afterEach(() => sandbox.close())

const post = (text: string) => fetch(`${sandbox.url}/notes`, { method: 'POST', body: JSON.stringify({ text }) })

describe('a started sandbox', () => {
  it('keeps what it is told', async () => {
    const made = z.object({ id: z.string() }).parse(await (await post('one')).json())
    const read = await fetch(`${sandbox.url}/notes/${made.id}`)
    expect(await read.json()).toMatchObject({ id: made.id, text: 'one' })
  })

  it('answers 501 to what it does not know, and remembers it', async () => {
    const answer = await fetch(`${sandbox.url}/nothing?secret=x&y=1`)
    expect(answer.status).toBe(501)
    expect(await sandbox.control.unknown()).toMatchObject([
      { path: '/nothing', route: null, query: { secret: '[removed]', y: '1' } },
    ])
  })

  it('prefers the exact word over the parameter, and takes tails', async () => {
    await post('last')
    expect(await (await fetch(`${sandbox.url}/notes/latest`)).json()).toMatchObject({ text: 'last' })
    expect(await (await fetch(`${sandbox.url}/files/a/b%20c`)).text()).toBe('a/b c')
  })
})
