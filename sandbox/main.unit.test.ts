import { afterEach, describe, expect, it } from 'vitest'
import { startSandboxes, type RunningSandboxes } from './main.ts'

const anyPorts = { partnerstack: 0, salesforce: 0, hubspot: 0, mailbox: 0, smtp: 0 }
let running: RunningSandboxes | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

describe('the sandboxes', () => {
  it('run beside each other', async () => {
    running = await startSandboxes({ ports: anyPorts })
    const health = await Promise.all(running.all.map(({ control }) => control.health()))
    expect(health.map(({ vendor }) => vendor)).toEqual(['partnerstack', 'salesforce', 'hubspot', 'mailbox'])
    expect(running.mailbox?.smtpPort).toBeGreaterThan(0)
  })

  it('start only those that are asked for', async () => {
    running = await startSandboxes({ ports: anyPorts, only: ['mailbox'] })
    expect(running.all).toHaveLength(1)
    expect(running.partnerstack).toBeUndefined()
  })

  it('leave nothing running when a port is taken', async () => {
    running = await startSandboxes({ ports: anyPorts, only: ['partnerstack'] })
    const taken = Number(new URL(running.partnerstack?.url ?? '').port)
    await expect(startSandboxes({ ports: { ...anyPorts, mailbox: taken } })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })
})
