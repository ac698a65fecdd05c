import { describe, expect, it } from 'vitest'
import { ITSELF, meets, type Met } from './met.ts'

const aliases = [['hafen-ag.com', 'hafen-logistics.com']]
const company = (name: string | null, domain: string | null = null, accountId: string | null = null) => ({
  name,
  domain,
  country: null,
  email: null,
  accountId,
})

const sought = (accounts: [string, Met][]) => ({ ...company('Hafen'), accounts: new Map(accounts) })

describe('two companies meet', () => {
  it.each([
    ['a legal form', company('Brennhaus GmbH & Co. KG'), company('Brennhaus'), 'name'],
    ['a transliteration', company('Müller Werft'), company('Mueller Werft'), 'name'],
    ['a sub-domain', company('One', 'portal.brennhaus.de'), company('Two', 'brennhaus.de'), 'domain'],
    ['an alias of the policy', company('One', 'hafen-ag.com'), company('Two', 'hafen-logistics.com'), 'alias'],
    ['a slip of the pen', company('Stonebridge Optik'), company('Stonebrigde Optik'), 'similar-name'],
  ])('by %s', (_, a, b, reason) => {
    expect(meets(a, b, aliases)?.matchedOn[0]).toBe(reason)
    expect(meets(b, a, aliases)?.matchedOn[0]).toBe(reason)
  })

  it.each([
    ['another company', company('Marten'), company('Martin')],
    ['one trade in two places', company('Summit Foods', 'summit-foods.com'), company('Summit Foods', 'summit.fr')],
    ['two aliases of two companies', company('One', 'hafen-ag.com'), company('Two', 'hafen.de')],
  ])('not where it is %s', (_, a, b) => {
    expect(meets(a, b, aliases)).toBeNull()
  })
})

describe('what stands for an account of the company', () => {
  const certain: Met = { matchedOn: ['domain'], against: [], score: 100 }
  const likely: Met = { matchedOn: ['similar-name'], against: ['other-country'], score: 88 }

  it('is the company, whatever it is called by now', () => {
    expect(meets(sought([['a', ITSELF]]), company('Kontor', 'kontor.de', 'a'), [])).toEqual(ITSELF)
    expect(meets(sought([['a', certain]]), company('Kontor', null, 'a'), [])).toEqual({
      matchedOn: ['id', 'domain'],
      against: [],
      score: 100,
    })
  })

  it('is it as surely as the account is, and no more', () => {
    expect(meets(sought([['a', likely]]), company('Kontor', null, 'a'), [])).toEqual(likely)
  })

  it('is another company, where it stands for another account', () => {
    expect(meets(sought([['a', ITSELF]]), company('Kontor', null, 'b'), [])).toBeNull()
    expect(meets(sought([['a', ITSELF]]), company('Kontor'), [])).toBeNull()
  })
})
