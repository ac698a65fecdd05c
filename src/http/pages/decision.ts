/** The pages behind the link of a task's message: what is asked with its evidence, the form that decides, and how it ended. */
import { html } from 'hono/html'
import { clipped } from '../../domain/direction.ts'
import { taskDecisions, taskKinds, type Actor, type TaskDecision, type TaskKindRow } from '../../domain/task-kinds.ts'
import { english } from '../../process/notices/languages/en.ts'
import type { TaskMatter } from '../../reports/task-matter.ts'
import type { readTask, taskRow } from '../../reports/tasks.ts'
import { LABELS } from '../partner-door/words.ts'
import { page, problems, table, type Html } from './layout.ts'
import { day, fieldText, money, type Clock } from './written.ts'

type Task = NonNullable<Awaited<ReturnType<typeof readTask>>>
type Row = NonNullable<Awaited<ReturnType<typeof taskRow>>>

/** What a person chose before, with what is wrong about it. */
export interface Refused {
  decision: TaskDecision | null
  reason: string
  field: 'decision' | 'reason'
}

const labels = english.words.decisions

/**
 * The form. Nothing is decided until it is sent.
 *
 * @param matter null: the task is about a person, and not about a claim
 */
export function decisionPage(task: Task, matter: TaskMatter | null, time: Clock, refused: Refused | null): Html {
  const kind = taskKinds[task.kind]
  const rules: TaskKindRow['decisions'] = kind.decisions
  // In the order of the kind: what was asked for comes first.
  const choices = Object.keys(rules).flatMap((name) => taskDecisions.filter((one) => one === name))
  const needsReason = choices.filter((one) => rules[one] === 'needed').map((one) => labels[one])
  const wrong = refused === null ? null : wrongWords(refused)
  const isWrong = (field: Refused['field']) => refused?.field === field
  return page({
    title: `${wrong === null ? '' : 'Not decided yet: '}${kind.asks}`,
    body: html`<h1>${kind.asks}</h1>
      ${
        refused === null || wrong === null
          ? ''
          : problems('Nothing was decided.', [
              refused.field === 'reason'
                ? ['reason', 'Reason', wrong]
                : [`decision-${choices[0] ?? ''}`, 'Your decision', wrong],
            ])
      }
      ${facts(task, time)} ${matter === null ? '' : matterOf(matter, task.registration?.currency ?? null, time)}
      ${evidence(task)}
      <form method="post">
        <fieldset
          class="field"
          ${isWrong('decision') ? html`aria-describedby="decision-wrong" aria-invalid="true"` : ''}
        >
          <legend>Your decision</legend>
          ${isWrong('decision') ? html`<span class="wrong" id="decision-wrong">${wrong}</span>` : ''}
          ${choices.map(
            (one) =>
              html`<label
                ><input
                  type="radio"
                  id="decision-${one}"
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
          ${isWrong('reason') ? html`<span class="wrong" id="reason-wrong">${wrong}</span>` : ''}
          <textarea
            id="reason"
            name="reason"
            dir="auto"
            maxlength="2000"
            aria-describedby="reason-hint${isWrong('reason') ? ' reason-wrong' : ''}"
            aria-invalid="${isWrong('reason') ? 'true' : 'false'}"
          >
${refused?.reason ?? ''}</textarea>
        </div>
        <button type="submit">Decide</button>
      </form>
      <p class="soft">Opening this page decided nothing. The link is for you alone and decides once.</p>`,
  })
}

function wrongWords({ field, decision }: Refused): string {
  if (field === 'decision') return 'Choose one of these.'
  return decision === null
    ? 'Write at most 2000 letters.'
    : `“${labels[decision]}” needs a reason, which the partner is shown.`
}

const DOORS: Record<Actor['door'], string> = {
  api: 'by the API',
  cli: 'by the command line',
  crm: 'in the CRM',
  mail: 'by the link in a mail',
  chat: 'in the chat',
  portal: 'in the portal',
  system: 'by rule',
}

/** How it ended: by whom, when and by which door. */
export function endedPage(row: Row | undefined, time: Clock): Html {
  return page({
    title: 'This task is over',
    body: html`<h1>This task is over</h1>
      ${row === undefined ? html`<p>It was decided.</p>` : ended(row, time)}`,
  })
}

function ended({ kind, state, decision, decidedBy, decidedAt, decidedDoor, reason }: Row, time: Clock): Html {
  if (state !== 'decided' || decision === null)
    return html`<p>${taskKinds[kind].asks}</p>
      <div class="panel">
        <p>${state === 'expired' ? 'Nobody decided in time.' : 'There is nothing left to decide.'}</p>
      </div>`
  return html`<p>${taskKinds[kind].asks}</p>
    <dl>
      ${term('Decided', labels[decision])} ${term('By', decidedBy)}
      ${term('When', decidedAt === null ? null : time(decidedAt))} ${term('How', DOORS[decidedDoor ?? 'system'])}
      ${term('Reason', reason)}
    </dl>`
}

/** A link that opens nothing: forged, expired, revoked, or of somebody who may not decide. */
export function closedPage(title: string, words: string): Html {
  return page({
    title,
    body: html`<h1>${title}</h1>
      <div class="panel bad"><p>${words}</p></div>
      <p>
        Nothing about the task has changed. It can also be decided in the CRM, in the chat, or by the command line.
      </p>`,
  })
}

function term(name: string, value: string | null): Html {
  return value === null || value === ''
    ? html``
    : html`<dt>${name}</dt>
        <dd class="lines" dir="auto"><bdi>${value}</bdi></dd>`
}

function facts(task: Task, time: Clock): Html {
  const { registration: claim } = task
  if (claim === null) return html`${factsOfPerson(task, time)} ${why(task.why)}`
  const contact = [claim.contactName, claim.contactEmail].filter((part) => part !== null).join(', ')
  return html`<dl>
      ${term('Partner', claim.tier === null ? claim.partner : `${claim.partner ?? ''} (${claim.tier})`)}
      ${term('Company', claim.company)} ${term('Web address', claim.domain)} ${term('Contact', contact)}
      ${term('Amount', money(claim.amount, claim.currency))} ${term('Products', claim.products)}
      ${term('Close date', day(claim.closeDate))}
      ${term('Submitted', claim.submittedAt === null ? null : time(claim.submittedAt))}
      ${term('Decide by', time(task.dueAt))}
    </dl>
    ${task.why.length === 0 ? '' : why(task.why)}`
}

function factsOfPerson({ contact, connection, externalId, partner, dueAt }: Task, time: Clock): Html {
  return html`<dl>
    ${term('Person', [contact?.name ?? null, contact?.email ?? null].filter((part) => part !== null).join(', '))}
    ${term('Partner', partner)} ${term('System', connection)} ${term('Record there', externalId)}
    ${term('Decide by', time(dueAt))}
  </dl>`
}

function why(codes: readonly string[]): Html {
  return html`<h2>Why you are asked</h2>
    <ul>
      ${codes.map((code) => html`<li>${english.words.codes[code] ?? code.replaceAll('-', ' ')}</li>`)}
    </ul>`
}

function matterOf({ proposed, extension, deal, exchange }: TaskMatter, currency: string | null, time: Clock): Html {
  return html`${
    proposed === null
      ? ''
      : html`<h2>What the partner proposes</h2>
          ${table(
            ['Field', 'As approved', 'Proposed'],
            Object.entries(proposed).map(([field, { from, to }]) => [
              LABELS[field] ?? field,
              html`<bdi>${fieldText(field, from, currency)}</bdi>`,
              html`<bdi>${fieldText(field, to, proposed['currency']?.to ?? currency)}</bdi>`,
            ]),
          )}`
  }
  ${
    extension === null
      ? ''
      : html`<h2>What is asked for</h2>
          <dl>${term('Protected until', time(extension.until))} ${term('Because', extension.reason)}</dl>`
  }
  ${
    deal === null
      ? ''
      : html`<h2>The direct deal</h2>
          <dl>
            ${term('Deal', deal.name)} ${term('Owner', deal.owner)} ${term('Amount', money(deal.amount, deal.currency))}
          </dl>`
  }
  ${
    exchange === null
      ? ''
      : html`<h2>What the partner was asked</h2>
          <dl>${term('Question', exchange.question)} ${term('Answer', exchange.answer ?? 'Not answered')}</dl>`
  }`
}

function evidence({ kind, conflicts }: Task): Html {
  if (conflicts.length === 0)
    return kind === 'approve-registration' ? html`<p>Nothing was found that stands against it.</p>` : html``
  return html`<h2>What stands beside it</h2>
    ${table(
      ['What', 'Company', 'Whose', 'Stands', 'Likeness'],
      conflicts.map(({ kind: found, score, other }) => [
        KINDS[found] ?? found.replaceAll('-', ' '),
        named(other.company ?? other.deal),
        named(other.partner ?? other.home),
        (other.stage ?? other.state ?? '').replaceAll('-', ' '),
        `${String(score)} of 100`,
      ]),
    )}`
}

function named(name: string | null | undefined): Html | string {
  return name == null ? '' : html`<bdi>${clipped(name, 120)}</bdi>`
}

const KINDS: Record<string, string> = {
  'direct-deal': 'A deal of our own sales',
  registration: 'Another partner’s registration',
  customer: 'A customer of ours',
  'named-account': 'An account that our sales keeps',
  lead: 'A lead that a partner holds',
  overlap: 'A partner is known to work there',
}
