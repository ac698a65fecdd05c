/** What an attached file is, by its content: its name and what its sender says of it prove nothing. Pure. */

export const fileTypes = {
  pdf: { mediaType: 'application/pdf', extensions: ['pdf'] },
  png: { mediaType: 'image/png', extensions: ['png'] },
  jpeg: { mediaType: 'image/jpeg', extensions: ['jpg', 'jpeg'] },
  gif: { mediaType: 'image/gif', extensions: ['gif'] },
  webp: { mediaType: 'image/webp', extensions: ['webp'] },
  docx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    extensions: ['docx'],
  },
  xlsx: { mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', extensions: ['xlsx'] },
  pptx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    extensions: ['pptx'],
  },
  csv: { mediaType: 'text/csv', extensions: ['csv'] },
  txt: { mediaType: 'text/plain', extensions: ['txt'] },
} as const satisfies Record<string, { mediaType: string; extensions: readonly string[] }>

export type FileType = keyof typeof fileTypes

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table, which `Object.keys` widens
export const fileTypeNames = Object.keys(fileTypes) as [FileType, ...FileType[]]

/** The first and the last bytes of a file; of a short file both are the whole. */
export interface Ends {
  head: Uint8Array
  tail: Uint8Array
}

/** How many bytes of each end are looked at: the directory of an Office document stands at its end. */
export const END_BYTES = 64 * 1024

/**
 * What the file is, or why it is not taken: content that no type has, a type that is not allowed, or a name that says otherwise than
 * the content. A text is told from other texts by its name alone.
 */
export function judgeFile(
  name: string,
  ends: Ends,
  allowed: readonly FileType[],
): { ok: true; type: FileType } | { ok: false; why: 'unknown-content' | 'not-allowed' | 'name-differs' } {
  const extension = extensionOf(name)
  const content = contentOf(ends)
  const said = fileTypeNames.find((type) => hasExtension(type, extension))
  if (content === null) return { ok: false, why: 'unknown-content' }
  const type = content === 'text' ? (said === 'csv' ? 'csv' : 'txt') : content
  if (!allowed.includes(type)) return { ok: false, why: 'not-allowed' }
  return hasExtension(type, extension) ? { ok: true, type } : { ok: false, why: 'name-differs' }
}

function hasExtension(type: FileType, extension: string): boolean {
  const known: readonly string[] = fileTypes[type].extensions
  return known.includes(extension)
}

function extensionOf(name: string): string {
  return /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** First bytes by which each format is known (their specifications; RFC 9649 for WebP). */
const SIGNATURES: readonly [FileType, at: number, bytes: readonly number[]][] = [
  ['pdf', 0, [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', 0, [0xff, 0xd8, 0xff]],
  ['gif', 0, [0x47, 0x49, 0x46, 0x38]],
  ['webp', 8, [0x57, 0x45, 0x42, 0x50]],
]

/** The part of an Office document (ECMA-376) that says which it is. One with macros is none of them. */
const OFFICE_PARTS: readonly [FileType, string][] = [
  ['docx', 'word/document.xml'],
  ['xlsx', 'xl/workbook.xml'],
  ['pptx', 'ppt/presentation.xml'],
]

function contentOf({ head, tail }: Ends): FileType | 'text' | null {
  const signed = SIGNATURES.find(([, at, bytes]) => bytes.every((byte, n) => head[at + n] === byte))
  if (signed !== undefined) return signed[0]
  if (head[0] === 0x50 && head[1] === 0x4b) {
    const parts = zipEntries(tail)
    if (parts.some((part) => part.endsWith('vbaProject.bin'))) return null
    return OFFICE_PARTS.find(([, part]) => parts.includes(part))?.[0] ?? null
  }
  return isText(head) && isText(tail) && !isMarkup(head) ? 'text' : null
}

/** The names in a ZIP file's directory, as far as it lies within the end of the file. */
function zipEntries(tail: Uint8Array): string[] {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  const end = lastIndexOf(view, 0x06054b50)
  if (end === -1 || end + 16 > tail.length) return []
  const size = view.getUint32(end + 12, true)
  const names: string[] = []
  for (let at = end - size; at >= 0 && at + 46 <= end && view.getUint32(at, true) === 0x02014b50;) {
    const name = view.getUint16(at + 28, true)
    names.push(new TextDecoder().decode(tail.subarray(at + 46, at + 46 + name)))
    at += 46 + name + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return names
}

function lastIndexOf(view: DataView, signature: number): number {
  for (let at = view.byteLength - 4; at >= 0; at -= 1) if (view.getUint32(at, true) === signature) return at
  return -1
}

/** UTF-8 without control characters; a letter that the end cuts in two is forgiven. */
function isText(bytes: Uint8Array): boolean {
  const from = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80)
  if (from > 3) return false
  for (const cut of [0, 1, 2, 3]) {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(
        bytes.subarray(Math.max(0, from), bytes.length - cut),
      )
      return !/[^\P{Cc}\t\n\r\f]/u.test(text)
    } catch {
      // Cut one byte more.
    }
  }
  return false
}

/** A page or a picture made of markup would be run by a browser. */
function isMarkup(head: Uint8Array): boolean {
  return /^\s*<[!?a-z]/i.test(new TextDecoder().decode(head.subarray(0, 1024)).replace(/^\uFEFF/, ''))
}

/** Letters of a file's name at most. */
const LONGEST_NAME = 150

/**
 * A name that can be shown and saved anywhere: no path, no control characters, nothing that turns the direction of reading around
 * (`invoice‮fdp.exe`), and not too long. The extension stays.
 */
export function safeName(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? ''
  const plain = base
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  const [, stem = plain, extension = ''] = /^(.*?)(\.[A-Za-z0-9]{1,10})?$/u.exec(plain) ?? []
  const kept = Array.from(stem)
    .slice(0, LONGEST_NAME - extension.length)
    .join('')
    .trim()
  return kept === '' ? `file${extension}` : `${kept}${extension}`
}
