/** Slips of the pen: two letters that changed places, one that is missing or there twice. Another letter is another word. */

/**
 * Whether one word is the other with one slip: a letter that is there twice or once, one that stands elsewhere, or one that is missing
 * in a long word. Short words differ by a letter too often to say (Kraus, Krause); and a letter in another's place (Marten, Martin)
 * makes another name.
 */
export function isSlip(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (long.length < 5 || long.length - short.length > 1 || /\d/.test(a + b)) return false
  if (short.length === long.length) return changedPlaces(short, long)
  return isWithoutOne(short, long) && (long.length >= LONG || once(short) === once(long))
}

const LONG = 8

/** Whether the one is the other without one letter, wherever. */
export function isWithoutOne(short: string, long: string): boolean {
  if (short.length + 1 !== long.length) return false
  let from = 0
  while (from < short.length && short[from] === long[from]) from += 1
  return short.slice(from) === long.slice(from + 1)
}

function once(word: string): string {
  return word.replace(/(.)\1+/g, '$1')
}

/** A letter of a word stands elsewhere than it should, or two are exchanged, at most two places away: `hallgraten`, `ipamena`. */
function changedPlaces(a: string, b: string): boolean {
  if (a.length !== b.length || a === b) return false
  let from = 0
  while (a[from] === b[from]) from += 1
  let to = a.length
  while (a[to - 1] === b[to - 1]) to -= 1
  const [x, y] = [a.slice(from, to), b.slice(from, to)]
  if (x.length > 3) return false
  const turned = x.slice(1) + x.slice(0, 1)
  return turned === y || x === y.slice(1) + y.slice(0, 1) || Array.from(x).toReversed().join('') === y
}
