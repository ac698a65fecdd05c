/**
 * Salesforce record ids: 15 case-sensitive characters, of which three name the object, and a form of 18 that adds a checksum
 * of the letters' case.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** The checksum of a 15-character id: for each five characters, the bits of the upper-case ones as one letter. */
export function checksum(id15: string): string {
  let out = ''
  for (let block = 0; block < 3; block += 1) {
    let bits = 0
    for (let i = 0; i < 5; i += 1) if (/[A-Z]/.test(id15.charAt(block * 5 + i))) bits |= 1 << i
    out += alphabet.charAt(bits)
  }
  return out
}

/** The 18-character form of an id of 15 or 18 characters, or null when it is no id or its checksum is wrong. */
export function normaliseId(id: string): string | null {
  if (!/^[0-9A-Za-z]+$/.test(id)) return null
  if (id.length === 15) return id + checksum(id)
  if (id.length !== 18) return null
  // The suffix restores the case of the first fifteen, so that a form whose case was lost still names the record.
  const suffix = id.slice(15).toUpperCase()
  let restored = ''
  for (let i = 0; i < 15; i += 1) {
    const bits = alphabet.indexOf(suffix.charAt(Math.floor(i / 5)))
    if (bits < 0) return null
    const c = id.charAt(i)
    restored += bits & (1 << (i % 5)) ? c.toUpperCase() : c.toLowerCase()
  }
  const full = restored + suffix
  return checksum(restored) === suffix ? full : null
}

/** The id of the `n`th record with the object's three-character prefix. */
export function idOf(prefix: string, n: number): string {
  let rest = n
  let serial = ''
  for (let i = 0; i < 7; i += 1) {
    serial = digits.charAt(rest % 62) + serial
    rest = Math.floor(rest / 62)
  }
  const id15 = `${prefix}Cw000${serial}`
  return id15 + checksum(id15)
}
