/** Forms as programs, browsers and attackers send them: whatever comes, the request ends, and what took the file learns of it. */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { withFile } from './upload.ts'

const LIMIT = 1000

/** A request whose body comes in these pieces; an error in the place of a piece breaks it off there. */
function request(pieces: (string | Error)[], type = 'multipart/form-data; boundary=b'): Request {
  const left = [...pieces]
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await turn()
      const piece = left.shift()
      if (piece === undefined) controller.close()
      else if (piece instanceof Error) controller.error(piece)
      else controller.enqueue(Buffer.from(piece))
    },
  })
  return new Request('http://localhost/', { method: 'POST', body, duplex: 'half', headers: { 'content-type': type } })
}

const part = (name: string | null, content: string) =>
  `--b\r\ncontent-disposition: form-data; name="file"${name === null ? '' : `; filename="${name}"`}\r\n\r\n${content}`

/** Reads the file whole, and says how that ended. */
function reader() {
  const seen = { text: '', ended: 'never' }
  const take = async ({ content }: { content: AsyncIterable<Uint8Array> }) => {
    try {
      for await (const chunk of content) {
        seen.text += Buffer.from(chunk).toString('utf8')
        if (seen.text.length > LIMIT) throw new Error('too large')
      }
      seen.ended = 'whole'
      return seen.text
    } catch (error) {
      seen.ended = 'broken'
      throw error
    }
  }
  return { seen, take }
}

it('hands on the file of a form that comes in pieces', async () => {
  const { take } = reader()
  const pieces = [part('a.txt', 'hel').slice(0, 20), part('a.txt', 'hel').slice(20), 'lo\r\n--', 'b--\r\n']
  expect(await withFile(request(pieces), LIMIT, take)).toBe('hello')
})

it('tells whoever takes the file that its sender went away', async () => {
  const { seen, take } = reader()
  const sent = withFile(request([part('a.txt', 'hel'), new Error('reset')]), LIMIT, take)
  await expect(sent).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  await expect.poll(() => seen.ended).toBe('broken')
})

it.each([
  ['in the middle of its file', [part('a.txt', 'hel')]],
  ['in the middle of a file without a name', [part('', 'hel')]],
  ['in the middle of a field', [part(null, 'hel')]],
  ['before its first part', ['--']],
  ['in the middle of a second file', [`${part('', '')}\r\n${part('b.txt', 'hel')}`]],
])('refuses a form that ends %s', async (_, pieces) => {
  const { take } = reader()
  await expect(withFile(request(pieces), LIMIT, take)).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  await turn()
})

it('tells whoever comes to the file late that the form ended within it', async () => {
  const { seen, take } = reader()
  const sent = withFile(request([part('a.txt', 'hel')]), LIMIT, async (file) => {
    for (let turns = 0; turns < 20; turns += 1) await turn()
    return take(file)
  })
  await expect(sent).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
  await expect.poll(() => seen.ended).toBe('broken')
})

it.each([
  ['that goes on', ['a'.repeat(LIMIT), '\r\n--b--\r\n']],
  ['that breaks off', ['a'.repeat(LIMIT)]],
])('says of a file what its taker says, whatever becomes of a form %s', async (_, rest) => {
  const { take } = reader()
  const sent = withFile(request([part('a.txt', 'a'.repeat(LIMIT)), 'a'.repeat(LIMIT), ...rest]), LIMIT, take)
  await expect(sent).rejects.toThrow('too large')
  for (let turns = 0; turns < 20; turns += 1) await turn()
})

it.each([
  ['that is no form', ['{}'], 'application/json'],
  ['without a boundary', ['--b'], 'multipart/form-data'],
  ['without a file', [`${part(null, 'hello')}\r\n--b--\r\n`], undefined],
])('refuses a request %s', async (_, pieces, type) => {
  const { take } = reader()
  await expect(withFile(request(pieces, type), LIMIT, take)).rejects.toMatchObject({ code: 'CW_REQUEST_INVALID' })
})

it('stops reading a form that never comes to its file', async () => {
  const { take } = reader()
  const much = 'x'.repeat(8 * 1024 * 1024)
  const sent = withFile(request(['--b\r\nx: ', ...Array.from({ length: 10 }, () => much)]), LIMIT, take)
  await expect(sent).rejects.toMatchObject({ code: 'CW_REQUEST_TOO_LARGE' })
})
