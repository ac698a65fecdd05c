/** The policy as a document that is read and printed: HTML that stands by itself, or Markdown. */
import { sectionsOf, type Audience, type Section } from './paragraphs.ts'
import type { Policy } from './policy.ts'

export const pageForms = ['html', 'markdown'] as const
export type PageForm = (typeof pageForms)[number]

export interface PageOptions {
  audience: Audience
  form: PageForm
  /** Since when it is in force, as a civil day; null: it is a draft, or not said. */
  since: string | null
}

export function policyPage(policy: Policy, options: PageOptions): string {
  const sections = sectionsOf(policy, options.audience)
  return options.form === 'html' ? html(policy, options, sections) : markdown(policy, options, sections)
}

function edition({ version }: Policy, { since, audience }: PageOptions): string {
  const from = since === null ? '' : `, in force since ${since}`
  return `Version ${version}${from}. ${audience === 'partner' ? 'For partners.' : 'For staff: not to be passed on to partners.'}`
}

const ABOUT =
  'Every decision names the paragraph that it follows and the version that was in force. The name behind a paragraph stays the same when its number changes.'

function markdown(policy: Policy, options: PageOptions, sections: Section[]): string {
  const parts = sections.map(({ number, title, lead, paragraphs }) =>
    [
      `## ${number}. ${plain(title)}`,
      ...(lead === null ? [] : [plain(lead)]),
      paragraphs.map((one) => `**${one.number}** ${plain(one.text)} (\`${one.id}\`)`).join('\n\n'),
    ].join('\n\n'),
  )
  return `${[`# ${plain(policy.title)}`, plain(edition(policy, options)), ABOUT, ...parts].join('\n\n')}\n`
}

/** Text that is no markup, whatever stands in it. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#|]/g, (sign) => `\\${sign}`)
}

function html(policy: Policy, options: PageOptions, sections: Section[]): string {
  const contents = sections
    .map(({ number, title }) => `<li value="${number}"><a href="#section-${number}">${escaped(title)}</a></li>`)
    .join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(policy.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escaped(policy.title)}</h1>
<p class="edition">${escaped(edition(policy, options))}</p>
<p>${ABOUT}</p>
</header>
<nav aria-label="Contents"><ol>
${contents}
</ol></nav>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`
}

function sectionHtml({ number, title, lead, paragraphs }: Section): string {
  const items = paragraphs
    .map(
      (one) =>
        `<div class="paragraph" id="${escaped(one.id)}"><a class="number" href="#${escaped(one.id)}">${one.number}</a><p>${escaped(one.text)} <span class="name">${escaped(one.id)}</span></p></div>`,
    )
    .join('\n')
  const said = lead === null ? '' : `<p class="lead">${escaped(lead)}</p>\n`
  return `<section id="section-${number}">
<h2><span class="number">${number}</span> ${escaped(title)}</h2>
${said}${items}
</section>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** No script, no font and no picture from elsewhere: the page may be mailed, kept and printed. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --quiet: #5b6675; --line: #d9dee5; --paper: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --quiet: #9aa5b3; --line: #333b46; --paper: #14181e } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.5rem 5rem }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.5rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line) }
h2 .number { color: var(--quiet); margin-right: .5rem }
.edition, .lead { color: var(--quiet) }
nav ol { padding-left: 1.5rem; margin: 1.5rem 0 0 }
a { color: inherit }
nav a { text-decoration-color: var(--line); text-underline-offset: .2em }
.paragraph { display: grid; grid-template-columns: 3rem 1fr; margin: .75rem 0 }
.paragraph:target { outline: 2px solid currentcolor; outline-offset: .4rem }
.paragraph p { margin: 0 }
.paragraph .number { color: var(--quiet); text-decoration: none; font-variant-numeric: tabular-nums }
.name { color: var(--quiet); font: .8em ui-monospace, monospace; white-space: nowrap }
@page { margin: 2cm }
@media print {
  :root { color-scheme: light; --ink: #000; --quiet: #555; --line: #bbb; --paper: #fff }
  body { font-size: 11pt }
  main { max-width: none; padding: 0 }
  nav { display: none }
  h2 { break-after: avoid }
  .paragraph { break-inside: avoid }
}
`
