import { heartbeat } from '@temporalio/activity'
import { sendDue, untilDue, type SendMail } from '../src/process/mail.ts'
import type { ActivityDeps } from './deps.ts'

export interface MailerActivities {
  /** Sends what is due. Answers when to come back; null: when woken. */
  sendNotices(): Promise<{ waitMs: number | null }>
}

export function mailerActivities({ db }: ActivityDeps, send: SendMail, domain: string): MailerActivities {
  return {
    async sendNotices() {
      while ((await sendDue(db, send, domain, heartbeat)) > 0);
      return { waitMs: await untilDue(db) }
    },
  }
}
