/** A text in lower-case Latin letters and digits, whatever its script, so that one name written in two scripts can be compared. */
import anyAscii from 'any-ascii'

/**
 * Words of a text in plain Latin letters: accents fall away, other scripts are transliterated, signs and emoji end a word. Dots and
 * apostrophes within a word stay, for they mark abbreviations.
 */
export function plain(text: string): string {
  const letters = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’`´]/g, "'")
    .replace(/[^\p{L}\p{N}\p{M}.'&+]+/gu, ' ')
    // Script by script, so that what a script's letters become does not run into a neighbour of another one.
    .replace(
      /\p{Script=Han}+|\p{Script=Hangul}+|\p{Script=Katakana}[\p{Script=Katakana}ー]*|\p{Script=Hiragana}+/gu,
      ' $& ',
    )
  return anyAscii(letters.normalize('NFC'))
    .toLowerCase()
    .replace(/[^a-z0-9.'&+ ]+/g, '')
    .replace(/ +/g, ' ')
    .trim()
}

/** `ae` and the like as the letters that they were before somebody wrote them without dots: Mueller is Müller. */
export function folded(word: string): string {
  const shorter = word.replaceAll('ae', 'a').replaceAll('oe', 'o').replaceAll('ue', 'u')
  return shorter === word ? word : folded(shorter)
}
