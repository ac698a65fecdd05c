/** The reference page is true: its examples run, and its tables are those of the code. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { format } from 'prettier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defaultPorts, startSandboxes, type RunningSandboxes } from './main.ts'
import { withSwitchTables } from './switch-tables.ts'

const page = readFileSync(new URL('../docs/reference/sandbox.md', import.meta.url), 'utf8')
const run = promisify(execFile)

/** Each command block, with the answer block that stands right below it. */
const examples = [...page.matchAll(/```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?/gs)].map(([, commands = '', answer]) => ({
  commands,
  answer: answer === undefined ? null : z.looseObject({}).parse(JSON.parse(answer)),
  title: commands.split('\n')[0] ?? '',
}))

let sandboxes: RunningSandboxes
beforeAll(async () => {
  sandboxes = await startSandboxes({ ports: { partnerstack: 0, salesforce: 0, hubspot: 0, mailbox: 0, smtp: 0 } })
})
afterAll(() => sandboxes.close())

/** The page names the usual ports; the test has its own. */
function onOwnPorts(commands: string): string {
  const own = {
    [defaultPorts.partnerstack]: sandboxes.partnerstack?.url,
    [defaultPorts.salesforce]: sandboxes.salesforce?.url,
    [defaultPorts.hubspot]: sandboxes.hubspot?.url,
    [defaultPorts.mailbox]: sandboxes.mailbox?.url,
    [defaultPorts.smtp]: sandboxes.mailbox?.smtpUrl,
  }
  return Object.entries(own).reduce(
    (text, [usual, url]) => text.replaceAll(`:${usual}`, `:${new URL(url ?? '').port}`),
    commands,
  )
}

describe('the reference page of the sandbox', () => {
  it.each(examples)('$title', async ({ commands, answer }) => {
    const { stdout } = await run('bash', ['-e', '-c', onOwnPorts(commands)])
    if (answer === null) return
    // Of several commands the last one's answer is shown; each answer is one line of JSON.
    const printed: unknown = JSON.parse(stdout.slice(stdout.lastIndexOf('}{') + 1))
    expect(printed).toMatchObject(answer)
  })

  it('names every example with an answer', () => {
    expect(examples.length).toBeGreaterThan(10)
  })

  it('has the switches of the code; scripts/write-sandbox-switches.ts writes them', async () => {
    expect(await format(withSwitchTables(page), { parser: 'markdown' })).toBe(
      await format(page, { parser: 'markdown' }),
    )
  })
})
