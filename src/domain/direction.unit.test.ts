import { assert, integer, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipped, isolated, isolatesMarked } from './direction.ts'

const hebrew = 'חברת השילוח'

describe('a name among words', () => {
  it('that runs the other way is set apart, and any is where the words run from right to left', () => {
    expect(isolated(hebrew)).toBe(`\u2068${hebrew}\u2069`)
    expect(isolated('شركة ACME 3')).toBe('\u2068شركة ACME 3\u2069')
    expect(isolated('Werft Ærø 3')).toBe('Werft Ærø 3')
    expect(isolated('船舶 🚢')).toBe('船舶 🚢')
    expect(isolated('Werft', 'rtl')).toBe('\u2068Werft\u2069')
  })

  it('turns nothing around it, whatever controls it brings along', () => {
    expect(isolated('Bank\u202Egro.elpmaxe\u2069')).toBe('Bankgro.elpmaxe')
    expect(isolated(`\u2067${hebrew}\u2069\u2069`)).toBe(`\u2068${hebrew}\u2069`)
    // Joiners and marks are letters' own.
    expect(isolated('می\u200Cخواهم')).toBe('\u2068می\u200Cخواهم\u2069')
  })

  it('is marked by other means where there are some', () => {
    expect(isolatesMarked(`to ${isolated(hebrew)}.`, '<bdi>', '</bdi>')).toBe(`to <bdi>${hebrew}</bdi>.`)
  })
})

describe('a text that is cut', () => {
  it('says so, and halves no letter and no emoji', () => {
    expect(clipped('Northwind', 9)).toBe('Northwind')
    expect(clipped('Northwind Ltd', 11)).toBe('Northwind…')
    expect(clipped('ab👩‍👩‍👧‍👦cd', 8)).toBe('ab…')
    expect(clipped('éé́́éé', 6)).not.toMatch(/^.*\p{M}…$/u)
  })

  it('leaves no isolate open, and is never longer than it may be', () => {
    expect(clipped(`for ${isolated(hebrew.repeat(9))} and more`, 20)).toMatch(/…\u2069$/)
    assert(
      property(string({ unit: 'grapheme', maxLength: 60 }), integer({ min: 2, max: 50 }), (text, longest) => {
        const cut = clipped(isolated(`${text}${hebrew}`), longest)
        expect(cut.length).toBeLessThanOrEqual(longest)
        expect([...cut.matchAll(/\u2068/g)]).toHaveLength([...cut.matchAll(/\u2069/g)].length)
        expect(cut.isWellFormed()).toBe(true)
      }),
    )
  })
})
