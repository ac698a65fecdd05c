/** The pages behind the link of a task's message: what is asked with its evidence, the form that decides, and how it ended. */
import { html } from 'hono/html'
import { taskDecisions, taskKinds, type TaskDecision, type TaskKindRow } from '../../domain/task-kinds.ts'
import type { readTask } from '../../reports/tasks.ts'
import { page, type Html } from './layout.ts'

type Task = NonNullable<Awaited<ReturnType<typeof readTask>>>

/** What a person chose before, with what is wrong about it. */
export interface Refused {
  decision: TaskDecision | null
  reason: string
  message: string
}

const labels: Record<TaskDecision, string> = {
  approve: 'Approve',
  decline: 'Decline',
  'ask-info': 'Ask the partner for information',
  grant: 'Grant',
  refuse: 'Refuse',
  release: 'Release',
  reassign: 'Reassign to the partner',
  'co-sell': 'Sell it together',
  ours: 'Ours',
  partner: 'The partner’s',
  split: 'Split',
  'no-conflict': 'No conflict',
  accept: 'Accept',
  keep: 'Keep',
  revoke: 'Revoke',
}

/** The form. Nothing is decided until it is sent. */
export function decisionPage(task: Task, refused: Refused | null): Html {
  const kind = taskKinds[task.kind]
  const rules: TaskKindRow['decisions'] = kind.decisions
  const choices = taskDecisions.filter((one) => rules[one] !== undefined)
  const needsReason = choices.filter((one) => rules[one] === 'needed').map((one) => labels[one])
  const isWrong = refused !== null
  return page({
    title: 'A decision is asked of you',
    body: html`<h1>${kind.asks}</h1>
      ${
        isWrong
          ? html`<div class="panel bad" role="alert">
              <p>Nothing was decided: <bdi>${refused.message}</bdi></p>
            </div>`
          : ''
      }
      ${facts(task)} ${evidence(task)}
      <form method="post">
        <fieldset class="field">
          <legend>Your decision</legend>
          ${choices.map(
            (one) =>
              html`<label
                ><input
                  type="radio"
                  name="decision"
                  value="${one}"
                  required
                  ${refused?.decision === one ? 'checked' : ''}
                />${labels[one]}</label
              >`,
          )}
        </fieldset>
        <div class="field">
          <label for="reason">Reason</label>
          <span class="hint" id="reason-hint"
            >${needsReason.length === 0 ? 'Kept with the decision.' : `Needed for: ${needsReason.join(', ')}. The partner is shown it.`}</span
          >
          <textarea
            id="reason"
            name="reason"
            maxlength="2000"
            aria-describedby="reason-hint"
            ${isWrong ? html`aria-invalid="true"` : ''}
          >
${refused?.reason ?? ''}</textarea>
        </div>
        <button type="submit">Decide</button>
      </form>
      <p class="soft">Opening this page decided nothing. The link is for you alone and decides once.</p>`,
  })
}

/** How it ended: by whom, when and by which door. */
export function endedPage(words: string, task: Task | null): Html {
  return page({
    title: 'The task is over',
    body: html`<h1>This task is over</h1>
      <div class="panel">
        <p><bdi>${words}</bdi></p>
      </div>
      ${task === null ? '' : facts(task)}`,
  })
}

/** A link that opens nothing: forged, expired, revoked, or of somebody who may not decide. */
export function closedPage(title: string, words: string): Html {
  return page({
    title,
    body: html`<h1>${title}</h1>
      <div class="panel bad"><p>${words}</p></div>
      <p>
        The task itself is not changed. It can be decided by every other door: the command line, the CRM, or a new
        message.
      </p>`,
  })
}

function facts(task: Task): Html {
  const claim = task.registration
  const rows: [string, string | null][] = [
    ['Partner', claim.partner],
    ['Company', claim.company],
    ['Domain', claim.domain],
    ['Contact', [claim.contactName, claim.contactEmail].filter((part) => part !== null).join(', ') || null],
    ['Amount', claim.amount === null ? null : [claim.amount, claim.currency].filter((part) => part !== null).join(' ')],
    ['Products', claim.products],
    ['Close date', claim.closeDate],
    ['Submitted', claim.submittedAt === null ? null : instant(claim.submittedAt)],
    ['Due', instant(task.dueAt)],
    ['Why you are asked', task.why.join(', ') || null],
  ]
  return html`<dl>
    ${rows.flatMap(([name, value]) =>
      value === null
        ? []
        : [
            html`<dt>${name}</dt>
              <dd><bdi>${value}</bdi></dd>`,
          ],
    )}
  </dl>`
}

function evidence({ conflicts }: Task): Html {
  if (conflicts.length === 0) return html`<p>Nothing stands against it.</p>`
  return html`<h2>What stands beside it</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Score</th>
          <th scope="col">Company</th>
          <th scope="col">Whose</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        ${conflicts.map(
          ({ kind, score, other }) =>
            html`<tr>
              <td>${kind}</td>
              <td>${String(score)}</td>
              <td><bdi>${other.company ?? other.deal ?? ''}</bdi></td>
              <td><bdi>${other.partner ?? other.home ?? ''}</bdi></td>
              <td>${other.stage ?? other.state ?? ''}</td>
            </tr>`,
        )}
      </tbody>
    </table>`
}

function instant(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`
}
