/** The policy as one HTML file that partners and staff read, print and keep. Every paragraph has an address: the name that rulings cite. */
import { html } from 'hono/html'
import { ABOUT, edition, type PageOptions } from '../../domain/policy/page.ts'
import { sectionsOf, type Section } from '../../domain/policy/paragraphs.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import { page, type Html } from './layout.ts'

export function policyPage(policy: Policy, options: PageOptions): Html {
  const sections = sectionsOf(policy, options.audience)
  return page({
    title: policy.title,
    body: html`<h1>${policy.title}</h1>
      <p class="soft">${edition(policy, options)}</p>
      <p>${ABOUT}</p>
      <nav aria-label="Contents">
        <dl class="rules">${sections.map(contents)}</dl>
      </nav>
      ${sections.map(section)}`,
  })
}

function contents({ number, title }: Section): Html {
  return html`<dt>${number}</dt>
    <dd><a href="#section-${number}">${title}</a></dd>`
}

function section({ number, title, lead, paragraphs }: Section): Html {
  return html`<section id="section-${number}">
    <h2>${number}. ${title}</h2>
    ${lead === null ? '' : html`<p class="soft">${lead}</p>`}
    <dl class="rules">
      ${paragraphs.map(
        (one) =>
          html`<dt>${one.number}</dt>
            <dd id="${one.id}">${one.text} <code>${one.id}</code></dd>`,
      )}
    </dl>
  </section>`
}
