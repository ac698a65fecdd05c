/** How a wish for a longer protection is asked, granted and refused. */
import { eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { extensions, tasks } from '../db/schema/index.ts'
import { judge } from '../domain/policy/claim.ts'
import { approverFor } from '../domain/policy/terms.ts'
import { remindersOf } from '../domain/protection.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import { plus } from '../domain/time.ts'
import { claimFacts } from './claim-facts.ts'
import { partnerOf, type Registration } from './facts.ts'
import { extensionTask, settleExtension, standingExtension } from './extensions.ts'
import { tell } from './notices/tell.ts'
import { noNote, refusalNote } from './registration-note.ts'
import { change, record, type Take } from './step.ts'

type ExtensionStep = Extract<RegistrationStep, 'askExtension' | 'extend' | 'refuseExtension'>
type Extension = typeof extensions.$inferSelect

export const extensionSteps: Record<ExtensionStep, Take> = {
  askExtension: async (tx, programme, { row, now }) => {
    const wish = await theWish(tx, row)
    const { extension } = programme.policy.exclusivity
    const partner = await partnerOf(tx, row)
    const claim = claimFacts(row, partner)
    const { automaticWhen } = extension
    if (automaticWhen !== null && judge(automaticWhen, claim, programme.policy).holds === 'yes') {
      await tx
        .update(extensions)
        .set({ state: 'granted', decidedBy: 'system', decidedAt: wish.askedAt })
        .where(eq(extensions.id, wish.id))
      return
    }
    const ends = row.protectedUntil ?? now
    const due = plus(now, extension.decideWithin)
    const approver = approverFor(programme.policy, claim, partner?.managerEmail ?? null)
    const assignee = extension.grantedBy ?? approver?.to ?? null
    const [task] = await tx
      .insert(tasks)
      .values({
        kind: 'extend-protection',
        subjectId: row.id,
        round: wish.round,
        why: ['extension-wished'],
        assignee,
        // After the end there is nothing left to extend.
        dueAt: due < ends ? due : ends,
      })
      .returning({ id: tasks.id })
    const event = await record(tx, programme, row, {
      what: 'extension.asked',
      stepKey: `extension:${String(wish.round)}`,
      actor: wish.askedBy,
      detail: {
        until: wish.until,
        door: wish.askedDoor,
        approver: extension.grantedBy === null ? (approver?.rule ?? null) : 'extension',
        taskId: task?.id ?? null,
      },
    })
    await tx.update(extensions).set({ state: 'asked' }).where(eq(extensions.id, wish.id))
    await change(tx, row, {})
    await tell(tx, programme, row, event, 'extension.asked', [{ as: 'manager', to: assignee }])
  },

  extend: async (tx, programme, { row, now }) => {
    const wish = await theWish(tx, row)
    const [task] = await tx.select().from(tasks).where(extensionTask(wish))
    const actor = task?.decidedBy ?? wish.decidedBy ?? 'system'
    // Judged anew by another policy it may be protected longer already: nobody is given less by what they wished for.
    const until = row.protectedUntil !== null && row.protectedUntil > wish.until ? row.protectedUntil : wish.until
    const [next, ...later] = remindersOf(until, programme.policy.exclusivity.reminders, now)
    const event = await record(tx, programme, row, {
      what: 'exclusivity.extended',
      stepKey: `extend:${String(wish.round)}`,
      rule: task === undefined ? 'extension' : 'decision',
      actor,
      detail: { from: row.protectedUntil, until },
    })
    await settleExtension(tx, wish, { state: 'granted', decidedBy: actor, was: row.protectedUntil })
    const values = { protectedUntil: until }
    const reminders = { expiryRemindAt: next ?? null, expiryReminders: later }
    await change(tx, row, { ...values, ...reminders }, { ...values, ...noNote })
    await tell(tx, programme, row, event, 'exclusivity.extended', ['partner', 'manager'])
  },

  refuseExtension: async (tx, programme, { row, now }) => {
    const wish = await theWish(tx, row)
    const [task] = await tx.select().from(tasks).where(extensionTask(wish))
    const actor = task?.decidedBy ?? 'system'
    const event = await record(tx, programme, row, {
      what: 'extension.refused',
      stepKey: `refuse-extension:${String(wish.round)}`,
      rule: 'decision',
      actor,
      detail: { until: wish.until, taskId: task?.id ?? null },
    })
    await settleExtension(tx, wish, { state: 'refused', decidedBy: actor })
    await change(tx, row, {}, refusalNote(programme.policy, now))
    await tell(tx, programme, row, event, 'extension.refused', ['partner'])
  },
}

async function theWish(tx: Tx, row: Registration): Promise<Extension> {
  const wish = await standingExtension(tx, row.id)
  if (wish === undefined) throw new Error(`no extension of ${row.id} stands`)
  return wish
}
