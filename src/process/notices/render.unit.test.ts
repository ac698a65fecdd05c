import { describe, expect, it } from 'vitest'
import { plainText } from '../../../connectors/channels/contract.ts'
import { audiences, type Facts } from '../../domain/notice.ts'
import { catalogue } from './catalogue.ts'
import { render as renderIn } from './render.ts'
import { plainSettings } from './settings.ts'
import { flawsOf } from './text.ts'
import type { Locale } from './written.ts'

const utc: Locale = { language: 'en-GB', timeZone: 'UTC' }
const render = (template: string, audience: (typeof audiences)[number], facts: Facts, locale = utc) => {
  const message = renderIn(template, audience, facts, locale, plainSettings)
  return message === null ? null : { subject: message.subject, text: plainText(message) }
}

const texts = Object.entries(catalogue).flatMap(([template, { texts: byAudience }]) =>
  Object.entries(byAudience).flatMap(([name, text]) =>
    audiences.filter((audience) => audience === name).map((audience) => ({ template, audience, text })),
  ),
)

describe('every template', () => {
  it.each(texts)('$template for the $audience names facts that they may see, and nothing unknown', (one) => {
    expect(flawsOf(one.text, one.audience)).toEqual([])
  })
})

const facts: Facts = { company: 'Werft', partner: 'Nordwind', protectedUntil: '2027-02-03T04:05:06.000Z' }
const at = (locale: Locale) => render('registration.approved', 'partner', facts, locale)?.text

describe('a text', () => {
  it('says what is known', () => {
    expect(render('registration.approved', 'partner', facts)).toEqual({
      subject: 'Approved: Werft',
      text: 'Your registration of Werft is approved.\n\nThe company is reserved for you until 3 February 2027 at 04:05 UTC.\n',
    })
  })

  it('states dates in the reader’s time zone and language', () => {
    expect(at({ language: 'en-GB', timeZone: 'Europe/Berlin' })).toContain('until 3 February 2027 at 05:05 CET.')
    expect(at({ language: 'en', timeZone: 'America/New_York' })).toContain('until February 2, 2027 at 11:05 PM EST.')
  })

  it('has words for what everybody expects, and leaves out a paragraph for what may be missing', () => {
    expect(render('registration.declined', 'manager', {})?.text).toBe(
      'The registration of a company by a partner is declined.\n',
    )
    expect(render('registration.declined', 'partner', { company: 'Werft', reason: 'Too late.' })?.text).toContain(
      '\n\nReason: Too late.\n',
    )
  })

  it('is never given what its audience may not see', () => {
    const text = { why: ['tier'], decideBy: '2027-02-03T04:05:06.000Z', commands: ['causeway tasks approve 1'] }
    const partner = render('registration.approved', 'partner', { ...facts, ...text })
    expect(partner).toEqual(render('registration.approved', 'partner', facts))
  })

  it('of a row that does not say whom it is for goes to the only ones whom the template is written for', () => {
    expect(render('task.opened', 'partner', facts)?.subject).toBe('Decision needed: Nordwind registered Werft')
    expect(render('of.another.release', 'partner', facts)).toBeNull()
  })
})
