import { heartbeat } from '@temporalio/activity'
import { planConflictAudit } from '../src/process/conflict-audit.ts'
import { untilDue } from '../src/process/notices/claim.ts'
import { sendDue, type Channels } from '../src/process/notices/send.ts'
import { planSourceDigest } from '../src/process/source-digest.ts'
import type { ActivityDeps } from './deps.ts'

export interface MailerActivities {
  /** Plans what is told daily and sends what is due. Answers when to come back; null: when woken. */
  sendNotices(): Promise<{ waitMs: number | null }>
}

export function mailerActivities({ db, programme }: ActivityDeps, channels: Channels): MailerActivities {
  return {
    async sendNotices() {
      const nextDayMs = await planSourceDigest(db, programme)
      const { notices: settings, policy, doors } = programme
      const due = { db, channels, settings, policy, doors, onSent: heartbeat }
      while ((await sendDue(due)) > 0);
      // Once a period, and it reads much: what is due does not wait for it.
      await planConflictAudit(db, programme)
      while ((await sendDue(due)) > 0);
      return { waitMs: Math.min(nextDayMs, (await untilDue(db)) ?? Infinity) }
    },
  }
}
