const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/**
 * The 18-character form of a record id, or null for what is no id. The API returns 18 and takes both; users and reports give 15,
 * whose letters' case matters. The suffix tells that case, so a form whose case was lost is mended.
 */
export function longId(id: string): string | null {
  if (!/^[0-9A-Za-z]+$/.test(id)) return null
  if (id.length === 15) return id + suffixOf(id)
  if (id.length !== 18) return null
  if (suffixOf(id) === id.slice(15)) return id
  const suffix = id.slice(15).toUpperCase()
  const first = Array.from(id.slice(0, 15), (c, i) => {
    const bits = alphabet.indexOf(suffix.charAt(Math.floor(i / 5)))
    return bits & (1 << (i % 5)) ? c.toUpperCase() : c.toLowerCase()
  }).join('')
  return suffixOf(first) === suffix ? first + suffix : null
}

const isCapital = (code: number) => code >= 65 && code <= 90

/** Of an id's first 15 characters. */
function suffixOf(id15: string): string {
  return [0, 5, 10]
    .map((start) => {
      let bits = 0
      for (let i = 0; i < 5; i += 1) if (isCapital(id15.charCodeAt(start + i))) bits |= 1 << i
      return alphabet.charAt(bits)
    })
    .join('')
}
