/** What somebody probably meant by a name that does not exist. */

/**
 * The name that comes nearest: the same but for case and marks, or within a third of its letters; null when none does.
 *
 * @example nearest('ammount', ['amount', 'currency']) // 'amount'
 */
export function nearest(word: string, among: Iterable<string>): string | null {
  const wanted = folded(word)
  const most = Math.max(1, Math.floor(wanted.length / 3))
  let best: { name: string; distance: number } | null = null
  for (const name of among) {
    const distance = edits(wanted, folded(name), most)
    if (distance <= most && (best === null || distance < best.distance)) best = { name, distance }
  }
  return best?.name ?? null
}

function folded(text: string): string {
  const letters = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')
  return letters === '' ? text : letters
}

/** Letters to add, drop, change or swap with a neighbour; counted no further than one past `most`. */
function edits(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Infinity
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, changed, swapped))
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
