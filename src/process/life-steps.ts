/** What happens to a claim after its approval, and to one that goes on in another. */
import { eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { accounts, deals } from '../db/schema/index.ts'
import { remindersOf } from '../domain/protection.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import { askConfirm } from './confirm-claim.ts'
import { confirmTask } from './confirm-task.ts'
import { partnerOf, type Registration } from './facts.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { endPending, noDeadlines } from './ended.ts'
import { merge } from './merge-claim.ts'
import { withCitation } from './reasons.ts'
import { close, decline } from './registration-outcomes.ts'
import { lapseNote } from './registration-note.ts'
import { change, record, type Take } from './step.ts'

type LifeStep = Extract<
  RegistrationStep,
  | 'win'
  | 'lose'
  | 'reopen'
  | 'winLate'
  | 'creditLate'
  | 'refuseLate'
  | 'follow'
  | 'confirm'
  | 'offboard'
  | 'askOffboard'
  | 'merge'
>

export const lifeSteps: Record<LifeStep, Take> = {
  win: (tx, programme, { row }) => close(tx, programme, row, 'won'),
  lose: (tx, programme, { row }) => close(tx, programme, row, 'lost'),

  /** The deal is open again. While its protection lasts the claim is what it was, and a person says whether that is right. */
  reopen: async (tx, programme, { row, now }) => {
    const isProtected = row.protectedUntil !== null && row.protectedUntil > now
    const event = await record(tx, programme, row, {
      what: 'registration.reopened',
      stepKey: `reopen:${String(row.version)}`,
      actor: row.home ?? 'system',
      detail: { was: row.state, protected: isProtected },
    })
    if (!isProtected) {
      const note = lapseNote(programme.policy, row, await partnerOf(tx, row))
      await change(tx, row, { state: 'lapsed', lateWin: null }, note)
    } else {
      const confirmTaskId = await askConfirm(tx, programme, { row, now }, 'deal-reopened')
      const [next, ...later] = remindersOf(row.protectedUntil ?? now, programme.policy.exclusivity.reminders, now)
      await change(tx, row, {
        state: 'approved',
        confirmTaskId,
        expiryRemindAt: next ?? null,
        expiryReminders: later,
      })
    }
    await tell(tx, programme, row, event, 'registration.reopened', ['partner', 'manager'])
  },

  /** Won after the end: the policy says whose it is. What the CRM won before the end, and we heard of later, was won in time. */
  winLate: async (tx, programme, situation) => {
    const { row, facts } = situation
    const wonAt = facts.dealClosedAt
    if (wonAt !== null && row.protectedUntil !== null && wonAt < row.protectedUntil)
      return close(tx, programme, row, 'won')
    switch (programme.policy.exclusivity.wonAfterLapse) {
      case 'credit':
        return credit(tx, programme, row, { rule: 'won-after-lapse', actor: 'system' })
      case 'no-credit':
        return refuse(tx, programme, row, { rule: 'won-after-lapse', actor: 'system' })
      case 'ask': {
        const confirmTaskId = await askConfirm(tx, programme, situation, 'won-after-lapse')
        return change(tx, row, { lateWin: 'asked', confirmTaskId })
      }
    }
  },

  creditLate: async (tx, programme, { row }) =>
    credit(tx, programme, row, { rule: 'decision', actor: await confirmedBy(tx, row) }),

  refuseLate: async (tx, programme, { row }) =>
    refuse(tx, programme, row, { rule: 'decision', actor: await confirmedBy(tx, row) }),

  /** The CRM's people gave the deal to another account. Where that is the same company still, nobody is asked. */
  follow: async (tx, programme, situation) => {
    const { row } = situation
    const [moved] =
      row.dealId === null
        ? []
        : await tx
            .select({ accountId: deals.accountId, domain: accounts.domain, nameKey: accounts.nameKey })
            .from(deals)
            .innerJoin(accounts, eq(accounts.id, deals.accountId))
            .where(eq(deals.id, row.dealId))
    if (moved === undefined) throw new Error(`the deal of ${row.id} has no account`)
    const isSame =
      (moved.domain !== null && moved.domain === row.domain) ||
      (moved.nameKey !== null && moved.nameKey === row.nameKey)
    await record(tx, programme, row, {
      what: 'account.moved',
      stepKey: `account:${String(row.version)}`,
      actor: row.home ?? 'system',
      detail: { from: row.accountId, to: moved.accountId, sameCompany: isSame },
    })
    const asked = isSame ? {} : { confirmTaskId: await askConfirm(tx, programme, situation, 'account-moved') }
    await change(tx, row, { accountId: moved.accountId, ...asked })
  },

  confirm: async (tx, programme, { row }) => {
    await record(tx, programme, row, {
      what: 'claim.confirmed',
      stepKey: `confirm:${String(row.version)}`,
      rule: 'decision',
      actor: await confirmedBy(tx, row),
    })
    await change(tx, row, { confirmTaskId: null })
  },

  askOffboard: async (tx, programme, situation) => {
    const confirmTaskId = await askConfirm(tx, programme, situation, 'partner-offboarded')
    await change(tx, situation.row, { confirmTaskId, offboardAsked: true })
  },

  offboard: async (tx, programme, { row }) => {
    const by = { rule: 'partner-offboarded', actor: 'system' }
    const reason = withCitation('The partnership has ended.', by.rule, programme.policy)
    await endPending(tx, row)
    if (row.state !== 'approved') return decline(tx, programme, row, { ...by, reason })
    const event = await record(tx, programme, row, { what: 'registration.revoked', stepKey: 'revoke', ...by })
    await change(tx, row, { state: 'revoked', reason, ...noDeadlines })
    await tell(tx, programme, row, event, 'registration.revoked', ['partner', 'manager'])
  },

  merge: async (tx, programme, { row, facts }) => {
    if (facts.mergeInto === null) throw new Error(`${row.id} goes into nothing`)
    await merge(tx, programme, row, facts.mergeInto)
  },
}

async function credit(
  tx: Tx,
  programme: Programme,
  row: Registration,
  by: { rule: string; actor: string },
): Promise<void> {
  const event = await record(tx, programme, row, {
    what: 'registration.won',
    stepKey: `close:${String(row.version)}`,
    ...by,
    detail: { late: true },
  })
  await change(tx, row, { state: 'won', lateWin: 'credited', confirmTaskId: null })
  await tell(tx, programme, row, event, 'registration.won', ['partner', 'manager'])
}

async function refuse(
  tx: Tx,
  programme: Programme,
  row: Registration,
  by: { rule: string; actor: string },
): Promise<void> {
  const event = await record(tx, programme, row, {
    what: 'registration.not-credited',
    stepKey: `late:${String(row.version)}`,
    ...by,
    ...(row.confirmTaskId === null ? {} : { detail: { taskId: row.confirmTaskId } }),
  })
  await change(tx, row, { lateWin: 'refused', confirmTaskId: null })
  await tell(tx, programme, row, event, 'registration.not-credited', ['partner', 'manager'])
}

async function confirmedBy(tx: Tx, row: Registration): Promise<string> {
  const task = row.confirmTaskId === null ? undefined : await confirmTask(tx, row.confirmTaskId)
  return task?.decidedBy ?? 'system'
}
