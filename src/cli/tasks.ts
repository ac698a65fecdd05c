/** `causeway tasks`: what waits for a decision, and deciding it. */
import type { Command } from 'commander'
import { z } from 'zod'
import { taskKinds, type TaskDecision } from '../domain/task-kinds.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, money, table } from './print.ts'

const text = z.string().nullable()
const task = z.looseObject({
  id: z.string(),
  state: z.string(),
  why: z.array(z.string()),
  company: text,
  partner: text,
  amount: text,
  currency: text,
  assignee: text,
  dueAt: z.string(),
  decision: text,
  decidedBy: text,
  decidedAt: text,
  reason: text,
  registrationId: text,
  contact: z.looseObject({ name: text, email: text }).nullable(),
  connection: text,
  externalId: text,
})
const conflict = z.looseObject({
  kind: z.string(),
  score: z.number(),
  matchedOn: z.array(z.string()),
  blocks: z.string(),
  other: z.looseObject({
    company: text,
    domain: text,
    contactEmail: text,
    amount: text,
    currency: text,
    state: text,
    since: text,
    partner: text,
    deal: text,
    home: text,
    stage: text,
  }),
})
const taskDetail = task.extend({
  registration: z
    .looseObject({
      domain: text,
      contactName: text,
      contactEmail: text,
      products: text,
      closeDate: text,
      submittedBy: text,
      submittedAt: text,
      tier: text,
    })
    .nullable(),
  conflicts: z.array(conflict),
})
type TaskDetail = z.infer<typeof taskDetail>

/** The answers, each with what is said of it afterwards; a question to the partner has a command of its own. */
const answers: Record<Exclude<TaskDecision, 'ask-info'>, string> = {
  approve: 'Approved',
  decline: 'Declined',
  grant: 'Granted',
  refuse: 'Refused',
  accept: 'Accepted',
  keep: 'Kept',
  revoke: 'Revoked',
  release: 'Released',
  reassign: 'Reassigned',
  'co-sell': 'Co-sold',
  ours: 'Ours',
  partner: 'The partner’s',
  split: 'Split',
  'no-conflict': 'No conflict',
}

/** Whether some kind of task wants the answer explained. */
function needsReason(decision: string): boolean {
  return Object.values(taskKinds).some(({ decisions }) =>
    Object.entries(decisions).some(([name, rule]) => name === decision && rule === 'needed'),
  )
}

export function taskCommands(program: Command, context: () => CliContext): void {
  const tasks = program.command('tasks').description('what waits for a decision')

  leaf(tasks, 'list', 'list tasks', [
    'tasks list',
    'tasks list --state decided',
    'tasks list --assignee ada@example.com',
  ])
    .option('--state <state>', 'open, decided, expired, cancelled or all', 'open')
    .option('--assignee <address>', 'only tasks of this person')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (options: CommonOptions & { state: string; assignee?: string; limit: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { state, assignee, limit } = options
      const query = { state: state === 'all' ? undefined : state, assignee, limit }
      const found = await api.get('/tasks', query, z.looseObject({ items: z.array(task) }))
      const short = shortIds(found.items.map(({ id }) => id))
      answer(ctx, options, found, () =>
        table(
          ['ID', 'STATE', 'COMPANY', 'PARTNER', 'AMOUNT', 'WHY', 'DUE', 'ASSIGNEE'],
          found.items.map((t) => [
            short.get(t.id),
            t.decision ?? t.state,
            t.company ?? t.contact?.name,
            t.partner,
            money(t.amount, t.currency),
            t.why.join(', '),
            instant(t.dueAt),
            t.assignee,
          ]),
          ctx.colour,
        ),
      )
    })

  leaf(tasks, 'show <id>', 'show a task with the evidence beside the claim', ['tasks show 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/tasks/${await fullId(api, 'tasks', id)}`, {}, taskDetail)
      answer(ctx, options, found, () => detail(found, ctx.colour))
    },
  )

  for (const [decision, said] of Object.entries(answers)) {
    const reason = needsReason(decision)
      ? 'why, as the partner is told; needed'
      : 'a note that is kept with the decision'
    const example = needsReason(decision) ? ' --reason "We sell there ourselves."' : ''
    leaf(tasks, `${decision} <id>`, `answer a task with "${decision}"`, [`tasks ${decision} 019ab3f2${example}`])
      .option('--reason <text>', reason)
      .action(async (id: string, options: CommonOptions & { reason?: string }) => {
        const ctx = context()
        const api = await openApi(ctx.env)
        const path = `/tasks/${await fullId(api, 'tasks', id)}/decision`
        const decided = await api.send('POST', path, { decision, reason: options.reason ?? null }, taskDetail)
        answer(
          ctx,
          options,
          decided,
          () => `${said}: ${decided.company ?? decided.contact?.name ?? ''} for ${decided.partner ?? ''}`,
        )
      })
  }

  leaf(tasks, 'ask-info <id>', 'ask the partner something before deciding; the clock stops until they answer', [
    'tasks ask-info 019ab3f2 --question "Who is your contact there?"',
  ])
    .requiredOption('--question <text>', 'what you need to know, as the partner is asked')
    .action(async (id: string, options: CommonOptions & { question: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const path = `/tasks/${await fullId(api, 'tasks', id)}/decision`
      const asked = await api.send('POST', path, { decision: 'ask-info', reason: options.question }, taskDetail)
      answer(ctx, options, asked, () => `Asked: ${asked.partner ?? ''} about ${asked.company ?? ''}`)
    })
}

function detail(t: TaskDetail, colour: boolean): string {
  const claim = facts([
    ['Task', t.id],
    [
      'State',
      t.decision === null
        ? t.state
        : `${t.state}: ${t.decision} by ${t.decidedBy ?? ''} at ${instant(t.decidedAt) ?? ''}`,
    ],
    ['Reason', t.reason],
    ['Why', t.why.join(', ')],
    ['Due', instant(t.dueAt)],
    ['Assignee', t.assignee],
    ['Registration', t.registrationId],
    ['Person', [t.contact?.name, t.contact?.email].filter(Boolean).join(', ')],
    ['System', [t.connection, t.externalId].filter(Boolean).join(' ')],
    ['Company', t.company],
    ['Domain', t.registration?.domain],
    ['Contact', [t.registration?.contactName, t.registration?.contactEmail].filter(Boolean).join(', ')],
    ['Amount', money(t.amount, t.currency)],
    ['Products', t.registration?.products],
    ['Close date', t.registration?.closeDate],
    ['Partner', t.partner],
    ['Tier', t.registration?.tier],
    ['Submitted', [instant(t.registration?.submittedAt), t.registration?.submittedBy].filter(Boolean).join(' by ')],
  ])
  if (t.registration === null) return claim
  const against = t.conflicts.map(({ kind, score, matchedOn, blocks, other }) => [
    kind,
    score,
    matchedOn.join(', '),
    blocks,
    other.company ?? other.deal,
    other.partner ?? other.home,
    money(other.amount, other.currency),
    other.stage ?? other.state,
    instant(other.since),
  ])
  const headings = ['AGAINST', 'SCORE', 'MATCHED ON', 'STANDS FIRST', 'COMPANY', 'OF', 'AMOUNT', 'STATE', 'SINCE']
  return `${claim}\n\n${against.length === 0 ? 'Nothing stands against it.' : table(headings, against, colour)}`
}
