/** What the process works by: the policy in force, the connected systems and where deals go. */
import type { Policy } from '../domain/policy/policy.ts'
import type { Systems } from '../mapping/systems.ts'
import type { MessageDoors } from './notices/doors.ts'
import type { NoticeSettings } from './notices/settings.ts'

export interface Programme {
  policy: Policy
  systems: Systems
  /** The CRM connection for a deal, by the first routing rule that fits. */
  route(claim: { group: string | null; tier: string | null; country: string | null; currency: string | null }): string
  /** How people are told; absent: everything by mail, in English. */
  notices?: NoticeSettings
  /** By which a reader decides from a message itself; absent: by none. */
  doors?: MessageDoors
}
