/** What every page and document owes its reader. */
import { describe, expect, it } from 'vitest'
import type { Step, TimelineDocument } from '../../reports/timeline/document.ts'
import { page, problems, table } from './layout.ts'
import { timelinePage } from './timeline.ts'
import { clockIn, day, fieldText, money } from './written.ts'

const inOneLine = async (html: unknown) => String(await html).replaceAll(/\s+/g, ' ')

describe('a page', () => {
  it('says its language and direction, and escapes what is put into it', async () => {
    const body = table(['Company'], [['<b>Werft</b>']])
    expect(await inOneLine(page({ title: 'T', body, language: 'he', direction: 'rtl' }))).toContain(
      '<html lang="he" dir="rtl">',
    )
    expect(await inOneLine(page({ title: '<T>', body }))).toMatch(
      /<html lang="en" dir="ltr">.*<title>&lt;T&gt;<\/title>/,
    )
    expect(await inOneLine(body)).toContain('<td role="cell" data-label="Company">&lt;b&gt;Werft&lt;/b&gt;</td>')
  })

  it('leads from what is wrong to its field', async () => {
    const said = await inOneLine(problems('Not yet.', [['amount', 'Amount', 'No <number>.']]))
    expect(said).toContain('role="alert"')
    expect(said).toContain('<a href="#amount">Amount: No &lt;number&gt;.</a>')
  })

  it('writes amounts, days and instants whole, and leaves what is none of them as it is', () => {
    expect(money('48000.5', 'EUR')).toBe('€48,000.50')
    expect([day('2027-03-31'), day('soon'), day(null)]).toEqual(['31 March 2027', 'soon', null])
    expect(clockIn('Europe/Berlin')('2027-03-28T01:30:00.000Z')).toBe('28 March 2027 at 03:30 CEST')
    expect(fieldText('amount', '1000000', 'JPY')).toBe('JP¥1,000,000')
    expect([fieldText('closeDate', '2027-01-02', null), fieldText('company', null, null)]).toEqual([
      '2 January 2027',
      '–',
    ])
  })
})

const step = (place: number): Step => ({
  day: `Day ${String(place)}`,
  at: 'then',
  title: 'Something',
  by: null,
  rule: null,
  reason: null,
  reference: `event ${String(place)}`,
  facts: [],
  under: [],
})
const document = (days: number): TimelineDocument => ({
  title: 'T',
  madeAt: 'now',
  timeZone: 'UTC',
  notes: [],
  claim: [],
  clocks: [],
  steps: Array.from({ length: days }, (_, place) => step(place)),
})

describe('the document of a timeline', () => {
  it('lists its days where they are many, each with its place', async () => {
    expect(await inOneLine(timelinePage(document(4)))).not.toContain('<nav')
    const long = await inOneLine(timelinePage(document(6)))
    expect(long).toMatch(/<nav aria-label="Days">.*<a href="#day-6">Day 5<\/a> <span class="soft">1 step<\/span>/)
    expect(long).toContain('<h3 id="day-6">Day 5</h3>')
  })
})
