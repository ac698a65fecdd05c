/** A mapping document in a file, and the object that it says it is for. */
import { readFile } from 'node:fs/promises'
import { text as streamText } from 'node:stream/consumers'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { findingLines } from './findings.ts'

/**
 * @param file a path; `-` is the standard input
 * @param otherwise the command that takes a connection and an object where this one takes a file
 */
export async function readText(file: string, otherwise?: string): Promise<string> {
  try {
    return file === '-' ? await streamText(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const isAbsent = z.object({ code: z.literal('ENOENT') }).safeParse(error).success
    const why = isAbsent ? 'there is no such file' : error instanceof Error ? error.message : String(error)
    const hint = otherwise === undefined ? '' : `; for what is kept of an object: \`causeway ${otherwise} <object>\``
    throw new CausewayError('CW_REQUEST_INVALID', `${file} cannot be read: ${why}${hint}`, { file }, { cause: error })
  }
}

/** @throws the code of the first finding where the document cannot be understood */
export async function placeOf(file: string, source: string): Promise<{ connection: string; object: string }> {
  const { readDocument } = await import('../mapping/document/read.ts')
  const { document, findings } = readDocument(source)
  if (document !== null) return document
  const [first] = findings
  const told = `${file} cannot be understood\n${findingLines(file, findings, false)}`
  throw new CausewayError(first?.code ?? 'CW_MAPPING_INVALID', told, { findings })
}

export function mappingPath(connection: string, object: string): string {
  return `/connections/${encodeURIComponent(connection)}/mappings/${encodeURIComponent(object)}`
}
