import { expect, it } from 'vitest'
import { toldToPartners } from '../../reports/partner-view.ts'
import { stepWords } from './words.ts'

it('has words of its own for every step that a partner is shown', () => {
  const asCodes = toldToPartners.filter((what) => stepWords(what) === what.replaceAll(/[-.]/g, ' '))
  expect(asCodes).toEqual([])
})

it('says how each registration of a partner can end or go on after its end', () => {
  for (const end of ['won', 'lost', 'lapsed', 'withdrawn', 'revoked', 'declined', 'merged', 'reopened', 'not-credited'])
    expect(toldToPartners).toContain(`registration.${end}`)
})
