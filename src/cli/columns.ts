/** How many columns of a terminal a text takes: two for a sign of East Asia or an emoji, none for a mark on another. */
import { eastAsianWidth } from 'get-east-asian-width'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

export function columnsOf(text: string): number {
  // Nearly every text is of signs that take one column each.
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length
  let columns = 0
  for (const { segment } of graphemes.segment(text)) columns += columnsOfSign(segment)
  return columns
}

/** At most so many columns, with an ellipsis where something was cut off. */
export function clippedTo(text: string, most: number): string {
  if (columnsOf(text) <= most) return text
  let kept = ''
  let columns = 1
  for (const { segment } of graphemes.segment(text)) {
    columns += columnsOfSign(segment)
    if (columns > most) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

function columnsOfSign(sign: string): number {
  const code = sign.codePointAt(0)
  if (code === undefined || /^[\p{M}\p{Cf}]+$/u.test(sign)) return 0
  // An emoji of several, or one that asks to be shown as such.
  return /\p{Emoji_Presentation}|\ufe0f/u.test(sign) ? 2 : eastAsianWidth(code)
}
