/**
 * One look for every page that a person opens by a link, and for documents that are saved: plain HTML that needs no script, reads on a
 * phone and on paper, and takes nothing from elsewhere.
 */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import type { Direction } from '../../domain/direction.ts'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** Values that are put into it are escaped. */
export type Html = ReturnType<typeof html>

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#c9ced6, #4a515c); --soft: light-dark(#56606d, #a9b3c0);
  --back: light-dark(#fff, #16191d); --text: light-dark(#1b1f24, #e8ebef); --accent: light-dark(#0b5cad, #7db8f5);
  --bad: light-dark(#a8161f, #ff9b97); --panel: light-dark(#f4f6f8, #1f242a) }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem }
a { color: var(--accent) } p { margin: .5rem 0 }
.soft, small { color: var(--soft) } small { font-size: .85rem }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1rem; margin: .5rem 0 }
dt { color: var(--soft) } dd { margin: 0 }
dl.rules { grid-template-columns: 2.75rem 1fr; gap: .6rem .5rem } dl.rules dd { break-inside: avoid } dd:target { outline: 2px solid var(--accent); outline-offset: .3rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: start; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line) }
th, td:not(:first-child) { overflow-wrap: break-word } td { max-width: 22rem }
label, legend { font-weight: 600 } .field { margin: 1rem 0 } .hint { display: block; color: var(--soft); font-size: .9rem }
input, select, textarea { display: block; width: 100%; margin-top: .25rem; padding: .5rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: 4px }
textarea { min-height: 6rem } input[type=file] { padding: .35rem } input[type=radio], input[type=checkbox] { display: inline; width: auto; margin: 0 .5rem 0 0 }
fieldset { border: 1px solid var(--soft); border-radius: 4px } fieldset label { display: block; padding: .35rem 0; font-weight: 400 }
.lines { white-space: pre-line } blockquote { margin: .5rem 0; padding-inline-start: 1rem; border-inline-start: .3rem solid var(--line) }
[aria-invalid=true] { border-color: var(--bad); border-width: 2px }
.wrong { display: block; color: var(--bad); font-weight: 600 }
button { margin: .75rem .75rem 0 0; padding: .55rem 1.1rem; font: inherit; font-weight: 600; cursor: pointer; color: #fff; background: #0b5cad; border: 1px solid #0b5cad; border-radius: 4px }
button.plain { color: inherit; background: none; border-color: var(--soft) } button.grave { background: #a8161f; border-color: #a8161f }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.panel { background: var(--panel); border: 1px solid var(--line); border-inline-start: .3rem solid var(--accent); padding: .5rem 1rem; margin: 1rem 0 }
.panel.bad { border-inline-start-color: var(--bad) }
ol.time { list-style: none; margin: 0; padding: 0 } ol.time ol { list-style: none; margin: .4rem 0 0; padding-inline-start: 1rem; border-inline-start: 2px solid var(--line) }
ol.time li { margin: .75rem 0; break-inside: avoid } ol.time dl { font-size: .9rem }
code { font: .78rem/1.3 ui-monospace, monospace; color: var(--soft) }
@media (max-width: 40rem) { table, tbody, tr, td { display: block; max-width: none } thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line) } td { padding: .1rem 0; border: 0; overflow-wrap: anywhere } td:empty { display: none }
  td:not(:first-child)::before { content: attr(data-label) ': '; color: var(--soft) } }
@media (max-width: 30rem) { dl:not(.rules) { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .4rem } }
@page { margin: 18mm 16mm }
@media print { :root { color-scheme: light } p, dd, li { orphans: 3; widows: 3 } nav { break-after: avoid } tr, .panel { break-inside: avoid } body { font-size: 10.5pt } main { max-width: none; padding: 0 } a { color: inherit } h2, h3 { break-after: avoid } }
`

/** The page may hold this one style and nothing else; the policy names it by its hash. */
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`

interface Page {
  /** Stands in the browser's tab and not in the page. */
  title: string
  body: Html
  /** BCP 47; absent: English. */
  language?: string
  direction?: Direction
}

/** A whole page. */
export function page({ title, body, language = 'en', direction = 'ltr' }: Page): Html {
  return html`<!doctype html>
    <html lang="${language}" dir="${direction}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`
}

/** What is wrong with a form, at the top of its page: each leads to its field. */
export function problems(
  lead: string,
  wrong: readonly (readonly [field: string, label: string, what: string])[],
): Html {
  return html`<div class="panel bad" role="alert">
    <p>${lead}</p>
    ${
      wrong.length === 0
        ? ''
        : html`<ul>
            ${wrong.map(([field, label, what]) => html`<li><a href="#${field}">${label}: ${what}</a></li>`)}
          </ul>`
    }
  </div>`
}

/** Rows under headings; on a phone each row stands for itself, with the headings beside its values. */
export function table(headings: readonly string[], rows: readonly (readonly (Html | string)[])[]): Html {
  return html`<table role="table">
    <thead role="rowgroup">
      <tr role="row">
        ${headings.map((heading) => html`<th scope="col" role="columnheader">${heading}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        (row) =>
          html`<tr role="row">
            ${row.map((cell, column) => html`<td role="cell" data-label="${headings[column] ?? ''}">${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`
}

/**
 * Answers a page so that nothing keeps it, frames it, runs in it or learns its address: the address may hold the token of a link.
 */
export async function sendPage(
  c: Pick<Context, 'header' | 'html'>,
  whole: Html,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  c.header('content-security-policy', POLICY)
  c.header('referrer-policy', 'no-referrer')
  c.header('cache-control', 'no-store')
  c.header('x-robots-tag', 'noindex, nofollow')
  return c.html(whole, status)
}
