/**
 * Names among words that run the other way (Unicode Standard Annex 9): a name from outside keeps its own direction and moves nothing around
 * it, and no name carries controls that could.
 */

/** Explicit embeddings, overrides and isolates: in a name they serve nothing but to turn what stands around it. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/gu
/** Blocks of scripts that run from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and those of the supplementary plane. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

const FIRST_STRONG_ISOLATE = '\u2068'
const POP_ISOLATE = '\u2069'

export type Direction = 'ltr' | 'rtl'

/** The text with no control of direction in it. */
export function uncontrolled(text: string): string {
  return text.replaceAll(CONTROLS, '')
}

/** The text apart from the words around it, which run in `direction`. One that runs as they do stays as it is, so that it can be searched for. */
export function isolated(text: string, direction: Direction = 'ltr'): string {
  const clean = uncontrolled(text)
  return direction === 'rtl' || RIGHT_TO_LEFT.test(clean) ? `${FIRST_STRONG_ISOLATE}${clean}${POP_ISOLATE}` : clean
}

/** Marks what `isolated` set apart in a text by markup of its own. */
export function isolatesMarked(text: string, open: string, close: string): string {
  return text.replaceAll(FIRST_STRONG_ISOLATE, open).replaceAll(POP_ISOLATE, close)
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** At most so many UTF-16 units, with an ellipsis where something was cut off: no letter and no emoji is halved, and no isolate stays open. */
export function clipped(text: string, longest: number): string {
  if (text.length <= longest) return text
  // Room for the ellipsis and the end of an isolate.
  const room = Math.max(0, longest - 2)
  const kept = text.slice(0, graphemes.segment(text).containing(room)?.index ?? room)
  const isOpen = kept.lastIndexOf(FIRST_STRONG_ISOLATE) > kept.lastIndexOf(POP_ISOLATE)
  return `${kept.trimEnd()}…${isOpen ? POP_ISOLATE : ''}`
}
