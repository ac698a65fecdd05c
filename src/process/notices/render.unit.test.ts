import { describe, expect, it } from 'vitest'
import { audiences, type Facts } from '../../domain/notice.ts'
import { catalogue } from './catalogue.ts'
import { isFact, mayBeShown, render } from './render.ts'

const texts = Object.entries(catalogue).flatMap(([template, { texts: byAudience }]) =>
  Object.entries(byAudience).map(([audience, text]) => ({
    template,
    audience: audiences.find((a) => a === audience),
    text,
  })),
)

describe('every template', () => {
  it.each(texts)(
    '$template for the $audience names facts that they may see, and nothing unknown',
    ({ audience, text }) => {
      if (audience === undefined) throw new Error('no such audience')
      const names = [...`${text.subject}\n${text.body}`.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name)
      expect(names.filter((name) => !isFact(name) || !mayBeShown(name, audience))).toEqual([])
    },
  )
})

describe('a text', () => {
  const facts: Facts = { company: 'Werft', partner: 'Nordwind', protectedUntil: '2027-02-03T04:05:06.000Z' }

  it('says what is known', () => {
    expect(render('registration.approved', 'partner', facts)).toEqual({
      subject: 'Approved: Werft',
      text: 'Your registration of Werft is approved.\n\nThe company is reserved for you until 2027-02-03 04:05:06 UTC.\n',
    })
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
