/** The document of a timeline as one HTML file: read on a screen, printed, or sent along with a dispute. */
import { html } from 'hono/html'
import type { Fact, Step, TimelineDocument } from '../../reports/timeline/document.ts'
import { page, type Html } from './layout.ts'

export function timelinePage(document: TimelineDocument): Html {
  const days = Map.groupBy(document.steps, ({ day }) => day)
  return page({
    title: document.title,
    body: html`<h1><bdi>${document.title}</bdi></h1>
      <p class="soft">Made ${document.madeAt}. ${document.notes.join(' ')}</p>
      <h2>The claim</h2>
      ${list(document.claim)}
      <h2>Clocks</h2>
      ${list(document.clocks)}
      <h2 id="steps">What happened</h2>
      ${days.size < LONG ? '' : contents([...days].map(([day, steps]) => [day, steps.length]))}
      ${[...days].map(
        ([day, steps], place) =>
          html`<h3 id="day-${String(place + 1)}">${day}</h3>
            ${stepList(steps, true)}`,
      )}`,
  })
}

/** Of so many days a reader wants to see at once which there are. */
const LONG = 5

function contents(days: [day: string, steps: number][]): Html {
  return html`<nav aria-label="Days">
    <ul>
      ${days.map(
        ([day, steps], place) =>
          html`<li>
            <a href="#day-${String(place + 1)}">${day}</a>
            <span class="soft">${String(steps)} ${steps === 1 ? 'step' : 'steps'}</span>
          </li>`,
      )}
    </ul>
  </nav>`
}

function stepList(steps: Step[], isTop: boolean): Html {
  if (steps.length === 0) return html``
  const items = steps.map(
    (step) =>
      html`<li id="${step.reference.replace(' ', '-')}">
        <strong><bdi>${step.title}</bdi></strong> ${line(step)}
        ${step.reason === null ? '' : html`<p>Reason: <bdi>${step.reason}</bdi></p>`} ${list(step.facts)}
        ${stepList(step.under, false)}
      </li>`,
  )
  return isTop
    ? html`<ol class="time">
        ${items}
      </ol>`
    : html`<ol>
        ${items}
      </ol>`
}

function line(step: Step): Html {
  const said = [step.at, step.by, step.rule].filter((part) => part !== null)
  return html`<br /><span class="soft"><bdi>${said.join(' · ')}</bdi></span> <code>${step.reference}</code>`
}

function list(facts: Fact[]): Html {
  if (facts.length === 0) return html``
  return html`<dl>
    ${facts.map(
      ({ label, value }) =>
        html`<dt>${label}</dt>
          <dd><bdi>${value}</bdi></dd>`,
    )}
  </dl>`
}
