/** Starts the stand-ins of all vendors beside each other, as `causeway sandbox` and the demo do. */
import type { RunningSandbox } from './framework/start.ts'
import { startSandbox } from './framework/start.ts'
import { hubspotSandbox } from './hubspot/index.ts'
import { startMailbox, type RunningMailbox } from './mailbox/index.ts'
import { partnerstackSandbox } from './partnerstack/index.ts'
import { salesforceSandbox } from './salesforce/index.ts'

export const sandboxNames = ['partnerstack', 'salesforce', 'hubspot', 'mailbox'] as const
export type SandboxName = (typeof sandboxNames)[number]

/** Where each listens unless told otherwise; `smtp` is the mailbox's other side. 0 takes any free port. */
export const defaultPorts = { partnerstack: 4801, salesforce: 4802, hubspot: 4803, mailbox: 4804, smtp: 4825 }
export type SandboxPorts = typeof defaultPorts

export interface RunningSandboxes {
  partnerstack?: RunningSandbox
  salesforce?: RunningSandbox
  hubspot?: RunningSandbox
  mailbox?: RunningMailbox
  /** Those that run, in the order of `sandboxNames`. */
  all: RunningSandbox[]
  close(): Promise<void>
}

/**
 * Starts those in `only` (absent: all) and answers when all listen. Rejects with the system's error (`EADDRINUSE`) when a port is
 * taken; those already started are closed again.
 */
export async function startSandboxes(
  options: { ports?: Partial<SandboxPorts>; only?: readonly SandboxName[] } = {},
): Promise<RunningSandboxes> {
  const ports = { ...defaultPorts, ...options.ports }
  const starters: Record<SandboxName, () => Promise<RunningSandbox | RunningMailbox>> = {
    partnerstack: () => startSandbox(partnerstackSandbox, { port: ports.partnerstack }),
    salesforce: () => startSandbox(salesforceSandbox, { port: ports.salesforce }),
    hubspot: () => startSandbox(hubspotSandbox, { port: ports.hubspot }),
    mailbox: () => startMailbox({ httpPort: ports.mailbox, smtpPort: ports.smtp }),
  }
  const running: RunningSandboxes = {
    all: [],
    async close() {
      await Promise.all(running.all.map((sandbox) => sandbox.close()))
    },
  }
  try {
    for (const name of sandboxNames) {
      if (options.only && !options.only.includes(name)) continue
      const sandbox = await starters[name]()
      running.all.push(sandbox)
      Object.assign(running, { [name]: sandbox })
    }
  } catch (error) {
    await running.close()
    throw error
  }
  return running
}
