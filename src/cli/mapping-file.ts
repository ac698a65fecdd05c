/** A mapping document in a file, and the object that it says it is for. */
import { readFile } from 'node:fs/promises'
import { text as streamText } from 'node:stream/consumers'
import { CausewayError } from '../errors.ts'
import { findingLines } from './findings.ts'

/** @param file a path; `-` is the standard input */
export async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await streamText(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CausewayError('CW_REQUEST_INVALID', `${file} cannot be read: ${why}`, { file }, { cause: error })
  }
}

/** @throws the code of the first finding where the document cannot be understood */
export async function placeOf(file: string, source: string): Promise<{ connection: string; object: string }> {
  const { readDocument } = await import('../mapping/document/read.ts')
  const { document, findings } = readDocument(source)
  if (document !== null) return document
  const [first] = findings
  throw new CausewayError(first?.code ?? 'CW_MAPPING_INVALID', `\n${findingLines(file, findings, false)}`, { findings })
}

export function mappingPath(connection: string, object: string): string {
  return `/connections/${encodeURIComponent(connection)}/mappings/${encodeURIComponent(object)}`
}
