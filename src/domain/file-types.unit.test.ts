import { describe, expect, it } from 'vitest'
import { fileTypeNames, judgeFile, safeName, type Ends } from './file-types.ts'

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)))

const whole = (content: Uint8Array): Ends => ({ head: content, tail: content })

/** A ZIP file's directory with these names, as far as it is looked at. */
function zip(...names: string[]): Uint8Array {
  const entries = names.flatMap((name) => {
    const letters = [...new TextEncoder().encode(name)]
    return [0x50, 0x4b, 1, 2, ...Array<number>(24).fill(0), letters.length, 0, ...Array<number>(16).fill(0), ...letters]
  })
  const size = [entries.length & 255, entries.length >> 8, 0, 0]
  return bytes(
    'PK\u0003\u0004',
    'content',
    entries,
    'PK\u0005\u0006',
    [0, 0, 0, 0, 1, 0, 1, 0],
    size,
    [0, 0, 0, 0, 0, 0],
  )
}

describe('judgeFile', () => {
  const pdf = bytes('%PDF-1.7\n…')
  it.each([
    ['offer.pdf', pdf, 'pdf'],
    ['OFFER.PDF', pdf, 'pdf'],
    ['photo.jpg', bytes([0xff, 0xd8, 0xff, 0xe0]), 'jpeg'],
    ['photo.jpeg', bytes([0xff, 0xd8, 0xff, 0xe0]), 'jpeg'],
    ['p.png', bytes([0x89], 'PNG\r\n\u001a\n'), 'png'],
    ['p.gif', bytes('GIF89a'), 'gif'],
    ['p.webp', bytes('RIFF', [1, 0, 0, 0], 'WEBP'), 'webp'],
    ['plan.docx', zip('[Content_Types].xml', 'word/document.xml'), 'docx'],
    ['plan.xlsx', zip('[Content_Types].xml', 'xl/workbook.xml'), 'xlsx'],
    ['plan.pptx', zip('[Content_Types].xml', 'ppt/presentation.xml'), 'pptx'],
    ['rows.csv', bytes('company;amount\nMüller & Söhne;1\n'), 'csv'],
    ['note.txt', bytes('\uFEFFשלום 🙂\n'), 'txt'],
  ])('knows %s by its content', (name, content, type) => {
    expect(judgeFile(name, whole(content), fileTypeNames)).toEqual({ ok: true, type })
  })

  it.each([
    ['a program that is called a PDF', 'offer.pdf', bytes('MZ', [0x90, 0, 3, 0]), 'unknown-content'],
    ['a page that is called a text', 'note.txt', bytes('\n <html><script>alert(1)</script>'), 'unknown-content'],
    ['a picture made of markup', 'p.txt', bytes('<?xml version="1.0"?><svg/>'), 'unknown-content'],
    ['a PDF that is called a picture', 'p.png', pdf, 'name-differs'],
    ['a PDF without an extension', 'offer', pdf, 'name-differs'],
    ['a text that is called a PDF', 'offer.pdf', bytes('hello'), 'name-differs'],
    ['an archive that is no document', 'plan.docx', zip('evil.exe'), 'unknown-content'],
    ['a document with macros', 'plan.docx', zip('word/document.xml', 'word/vbaProject.bin'), 'unknown-content'],
    ['a spreadsheet that is called a text document', 'plan.docx', zip('xl/workbook.xml'), 'name-differs'],
    ['a text with control characters', 'note.txt', bytes('a\u0000b'), 'unknown-content'],
    ['what is no UTF-8', 'note.txt', bytes('M', [0xfc], 'ller und so weiter'), 'unknown-content'],
  ])('refuses %s', (_, name, content, why) => {
    expect(judgeFile(name, whole(content), fileTypeNames)).toEqual({ ok: false, why })
  })

  it('refuses a type that is not allowed', () => {
    expect(judgeFile('offer.pdf', whole(pdf), ['png'])).toEqual({ ok: false, why: 'not-allowed' })
  })

  it('forgives letters that the ends of a long text cut in two', () => {
    const letter = new TextEncoder().encode('🙂')
    const ends = { head: bytes('long ', [...letter.subarray(0, 2)]), tail: bytes([...letter.subarray(2)], ' text') }
    expect(judgeFile('note.txt', ends, fileTypeNames)).toEqual({ ok: true, type: 'txt' })
  })

  it('takes an empty file for an empty text', () => {
    expect(judgeFile('note.txt', whole(bytes('')), fileTypeNames)).toEqual({ ok: true, type: 'txt' })
    expect(judgeFile('offer.pdf', whole(bytes('')), fileTypeNames)).toEqual({ ok: false, why: 'name-differs' })
  })
})

describe('safeName', () => {
  it.each([
    ['offer.pdf', 'offer.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\offer.pdf', 'offer.pdf'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\u0000b\r\nc.txt', 'abc.txt'],
    ['…/.htaccess', 'htaccess'],
    ['con"<>|?*.csv', 'con______.csv'],
    ['', 'file'],
    ['.', 'file'],
    ['.pdf', 'pdf'],
    ['Angebot für Müller 🙂.pdf', 'Angebot für Müller 🙂.pdf'],
    ['הצעה.pdf', 'הצעה.pdf'],
  ])('makes %j %j', (given, kept) => {
    expect(safeName(given)).toBe(kept)
  })

  it('shortens a long name and keeps its extension', () => {
    const name = safeName(`${'🙂'.repeat(500)}.docx`)
    expect(Array.from(name)).toHaveLength(150)
    expect(name.endsWith('🙂.docx')).toBe(true)
  })
})
