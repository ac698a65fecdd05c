/** The partner's pages but that of one registration: the list, the forms, and the question before what is not taken back. */
import { html } from 'hono/html'
import type { RegistrationState } from '../../domain/records.ts'
import type { FileType } from '../../domain/file-types.ts'
import { clipped } from '../../domain/direction.ts'
import { page, problems, table, type Html } from '../pages/layout.ts'
import { claimInputs, type Typed, type Wrong } from './claim-form.ts'
import { LABELS, STATES } from './words.ts'

/** What every page of a link knows. */
export interface Setting {
  /** Path of the link's pages; it holds the token. */
  base: string
  partner: string
  /** Until when the link holds. */
  until: string
  /** Whether a new registration may be submitted by it. */
  mayAdd: boolean
  time(at: string): string
  limits: { maxSize: number; types: readonly FileType[] }
}

export interface Listed {
  id: string
  state: RegistrationState
  company: string | null
  createdAt: string
  submittedAt: string | null
  protectedUntil: string | null
}

export function framed(s: Setting, title: string, body: Html): Html {
  return page({
    title,
    body: html`${body}
      <p class="soft">
        <small
          >This page is for <bdi>${s.partner}</bdi> and whoever has its address: do not pass the address on. It works
          until ${s.time(s.until)}.</small
        >
      </p>`,
  })
}

/** A company's name in a heading or a list; a very long one is shortened. */
export function nameOf(company: string | null): string {
  return company === null ? 'A company' : clipped(company, LONGEST_NAME)
}

export const LONGEST_NAME = 120

export function said(done: string | null, wrong: string | null = null): Html {
  return html`${done === null ? '' : html`<div class="panel" role="status"><p>${done}</p></div>`}
  ${wrong === null ? '' : html`<div class="panel bad" role="alert"><p>${wrong}</p></div>`}`
}

export function listPage(s: Setting, rows: Listed[], isCut: boolean): Html {
  return framed(
    s,
    'Your registrations',
    html`<h1>Your registrations</h1>
      ${s.mayAdd ? html`<p><a href="${s.base}/new">Register a deal</a></p>` : ''}
      ${
        rows.length === 0
          ? html`<p>You have no registration yet.</p>`
          : table(
              ['Company', 'State', 'Submitted', 'Protected until'],
              rows.map((row) => [
                html`<a href="${s.base}/registrations/${row.id}"><bdi>${nameOf(row.company)}</bdi></a>`,
                STATES[row.state],
                s.time(row.submittedAt ?? row.createdAt),
                row.state === 'approved' && row.protectedUntil !== null ? s.time(row.protectedUntil) : '',
              ]),
            )
      }
      ${isCut ? html`<p class="soft">These are the newest.</p>` : ''}`,
  )
}

export function newPage(s: Setting, once: string, typed: Typed, wrong: Wrong, why: string | null): Html {
  return framed(
    s,
    `${why === null ? '' : 'Not sent yet: '}Register a deal`,
    html`<h1>Register a deal</h1>
      ${why === null ? '' : problems(why, inWords(wrong))}
      <form method="post" action="${s.base}/new">
        <input type="hidden" name="once" value="${once}" />
        ${claimInputs(typed, wrong)}
        <button type="submit">Submit</button>
      </form>
      <p><a href="${s.base}">Back to your registrations</a></p>`,
  )
}

export function editPage(
  s: Setting,
  id: string,
  typed: Typed,
  wrong: Wrong,
  about: { why: string | null; locked: readonly string[] },
): Html {
  const names = about.locked.map((field) => LABELS[field] ?? field).join(', ')
  return framed(
    s,
    `${about.why === null ? '' : 'Not saved yet: '}Change a registration`,
    html`<h1>Change your registration</h1>
      ${about.why === null ? '' : problems(about.why, inWords(wrong))}
      ${names === '' ? '' : html`<p>It is approved, so a change of these is looked at before it is in force: ${names}.</p>`}
      <form method="post" action="${s.base}/registrations/${id}/edit">
        ${claimInputs(typed, wrong, EDITABLE)}
        <button type="submit">Save</button>
      </form>
      <p><a href="${s.base}/registrations/${id}">Back without a change</a></p>`,
  )
}

function inWords(wrong: Wrong): [string, string, string][] {
  // In the order of the form, which is that of the labels.
  return Object.entries(LABELS).flatMap(([field, label]): [string, string, string][] =>
    wrong[field] === undefined ? [] : [[field, label, wrong[field]]],
  )
}

const EDITABLE = ['company', 'domain', 'contactName', 'contactEmail', 'amount', 'currency', 'closeDate', 'products']

export function withdrawPage(s: Setting, id: string, company: string | null): Html {
  return framed(
    s,
    'Withdraw a registration',
    html`<h1>Withdraw this registration?</h1>
      <p>
        Your registration of <bdi>${company === null ? 'a company' : nameOf(company)}</bdi> ends, and with it any
        protection. This cannot be undone; you may register the company again.
      </p>
      <form method="post" action="${s.base}/registrations/${id}/withdraw">
        <button type="submit" class="grave">Withdraw it</button>
      </form>
      <p><a href="${s.base}/registrations/${id}">Keep it</a></p>`,
  )
}

/** The link opens nothing, or what was asked for is not there. */
export function closedPage(title: string, text: string): Html {
  return page({
    title,
    body: html`<h1>${title}</h1>
      <p>${text}</p>`,
  })
}
