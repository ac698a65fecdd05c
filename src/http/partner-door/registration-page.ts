/** The page of one registration, with all that its partner can do there. */
import { html } from 'hono/html'
import { sizeOf } from '../../attachments/attach.ts'
import { fileTypes } from '../../domain/file-types.ts'
import { isLegal, isOpen } from '../../domain/registration-states.ts'
import type { Door } from '../../reports/partner-door.ts'
import { isolated } from '../../domain/direction.ts'
import { problems, type Html } from '../pages/layout.ts'
import { day, fieldText, money } from '../pages/written.ts'
import type { Typed } from './claim-form.ts'
import { framed, LONGEST_NAME, nameOf, said, type Setting } from './pages.ts'
import { DEALS, LABELS, STATES, stepWords } from './words.ts'

/** What a form of the page was refused for, and what was typed into it. */
export interface Refused {
  form: 'answer' | 'files' | 'extension' | 'withdraw'
  why: string
  typed: Typed
}

export function registrationPage(s: Setting, door: Door, done: string | null, refused: Refused | null): Html {
  const { registration: r, questions, files, proposal, extension } = door
  const own = `${s.base}/registrations/${r.id}`
  const open = questions.find(({ answeredAt }) => answeredAt === null)
  const wrongAt = (form: Refused['form']) => (refused?.form === form ? refused.why : null)
  return framed(
    s,
    `${refused === null ? '' : 'Not done: '}Registration of ${r.company === null ? 'a company' : isolated(nameOf(r.company))}`,
    html`<h1 dir="auto"><bdi>${nameOf(r.company)}</bdi></h1>
      ${said(done)} ${refused === null ? '' : notDone(refused)}
      <dl>
        ${r.company !== null && r.company.length > LONGEST_NAME ? term('Company', r.company) : ''}
        ${term('State', STATES[r.state])} ${r.reason === null ? '' : term('Reason', r.reason)}
        ${term('Submitted', s.time(r.submittedAt ?? r.createdAt))}
        ${r.state === 'approved' && r.protectedUntil !== null ? term('Protected until', s.time(r.protectedUntil)) : ''}
        ${r.dealStatus === null ? '' : term('Deal', [DEALS[r.dealStatus], r.dealStage].filter((part) => part !== null).join(', '))}
        ${r.domain === null ? '' : term('Web address', r.domain)}
        ${r.contactName === null && r.contactEmail === null ? '' : term('Contact', [r.contactName, r.contactEmail].filter((part) => part !== null).join(', '))}
        ${r.amount === null ? '' : term('Amount', money(r.amount, r.currency) ?? '')}
        ${r.closeDate === null ? '' : term('Close date', day(r.closeDate) ?? '')}
        ${r.products === null ? '' : term('Products', r.products)}
      </dl>
      ${isOpen(r.state) && r.withdrawnAt === null ? html`<p><a href="${own}/edit">Change this</a></p>` : ''}
      ${proposal === null ? '' : proposed(proposal.fields, r.currency)}
      ${open !== undefined && r.state === 'info-requested' ? questionForm(own, open.question, wrongAt('answer'), refused?.typed ?? {}) : ''}
      ${answered(s, questions)} ${fileList(own, files)} ${isOpen(r.state) ? fileForm(s, own, wrongAt('files')) : ''}
      ${
        extension === null
          ? r.state === 'approved'
            ? extensionForm(own, wrongAt('extension'), refused?.typed ?? {})
            : ''
          : html`<h2>Longer protection</h2>
              <p>Asked for until ${s.time(extension.until)}; it is being decided.</p>`
      }
      <h2>What happened</h2>
      <ol class="time">
        ${r.timeline.map(({ at, what }) => html`<li><strong>${stepWords(what)}</strong><br /><span class="soft">${s.time(at)}</span></li>`)}
      </ol>
      ${isLegal(r.state, 'withdraw') && r.withdrawnAt === null ? html`<p><a href="${own}/withdraw">Withdraw this registration</a></p>` : ''}
      <p><a href="${s.base}">All your registrations</a></p>`,
  )
}

function term(label: string, value: string): Html {
  return html`<dt>${label}</dt>
    <dd class="lines" dir="auto"><bdi>${value}</bdi></dd>`
}

/** Where what was refused stands, for who lands at the top of the page. */
function notDone({ form, why }: Refused): Html {
  return form === 'withdraw' ? said(null, why) : problems('This was not done.', [[...AT[form], why]])
}

const AT = {
  answer: ['answer', 'Your answer'],
  files: ['file', 'File'],
  extension: ['reason', 'Why you need longer'],
} as const

function proposed(fields: Record<string, { from: string | null; to: string | null }>, currency: string | null): Html {
  return html`<div class="panel">
    <p>This change is being looked at:</p>
    <dl>
      ${Object.entries(fields).map(([field, { from, to }]) =>
        term(
          LABELS[field] ?? field,
          `${isolated(fieldText(field, from, currency))} → ${isolated(fieldText(field, to, fields['currency']?.to ?? currency))}`,
        ),
      )}
    </dl>
  </div>`
}

function questionForm(own: string, question: string | null, wrong: string | null, typed: Typed): Html {
  return html`<h2>We have a question</h2>
    <blockquote class="lines" dir="auto">${question ?? ''}</blockquote>
    <form method="post" action="${own}/answer">
      <div class="field">
        <label for="answer">Your answer</label>
        ${wrong === null ? '' : html`<span class="wrong" id="answer-wrong">${wrong}</span>`}
        <textarea
          id="answer"
          name="answer"
          dir="auto"
          maxlength="5000"
          ${wrong === null ? '' : html`aria-describedby="answer-wrong"`}
          aria-invalid="${wrong === null ? 'false' : 'true'}"
        >
${typed['answer'] ?? ''}</textarea>
      </div>
      <button type="submit">Send the answer</button>
    </form>`
}

function answered(s: Setting, questions: Door['questions']): Html {
  const over = questions.filter(({ answeredAt }) => answeredAt !== null)
  if (over.length === 0) return html``
  return html`<h2>Questions and answers</h2>
    ${over.map(
      ({ question, answer, answeredAt }) =>
        html`<p class="lines" dir="auto"><strong>${question ?? ''}</strong></p>
          <p class="lines" dir="auto">${answer ?? ''}</p>
          <p class="soft">${answeredAt === null ? '' : s.time(answeredAt)}</p>`,
    )}`
}

function fileList(own: string, files: Door['files']): Html {
  if (files.length === 0) return html``
  return html`<h2>Files</h2>
    <ul>
      ${files.map(
        ({ id, name, size }) =>
          html`<li>
            <a href="${own}/files/${id}"><bdi>${name}</bdi></a> <span class="soft">${sizeOf(size)}</span>
          </li>`,
      )}
    </ul>`
}

function fileForm(s: Setting, own: string, wrong: string | null): Html {
  const accept = s.limits.types.flatMap((type) => fileTypes[type].extensions.map((end) => `.${end}`)).join(',')
  return html`<h2>Add a file</h2>
    <form method="post" action="${own}/files" enctype="multipart/form-data">
      <div class="field">
        <label for="file">File</label>
        <span class="hint" id="file-hint">At most ${sizeOf(s.limits.maxSize)}: ${s.limits.types.join(', ')}</span>
        ${wrong === null ? '' : html`<span class="wrong" id="file-wrong">${wrong}</span>`}
        <input
          type="file"
          id="file"
          name="file"
          accept="${accept}"
          aria-describedby="file-hint${wrong === null ? '' : ' file-wrong'}"
          aria-invalid="${wrong === null ? 'false' : 'true'}"
        />
      </div>
      <button type="submit" class="plain">Add it</button>
    </form>`
}

function extensionForm(own: string, wrong: string | null, typed: Typed): Html {
  return html`<h2>Longer protection</h2>
    <form method="post" action="${own}/extension">
      <div class="field">
        <label for="reason">Why you need longer</label>
        ${wrong === null ? '' : html`<span class="wrong" id="reason-wrong">${wrong}</span>`}
        <textarea
          id="reason"
          name="reason"
          dir="auto"
          maxlength="2000"
          ${wrong === null ? '' : html`aria-describedby="reason-wrong"`}
          aria-invalid="${wrong === null ? 'false' : 'true'}"
        >
${typed['reason'] ?? ''}</textarea>
      </div>
      <button type="submit" class="plain">Ask for it</button>
    </form>`
}
