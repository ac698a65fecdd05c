/** Files of a registration: taken in as they come, judged by their content, kept outside the database. */
import { randomUUID } from 'node:crypto'
import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { attachments, events, registrations } from '../db/schema/index.ts'
import { fileTypes, judgeFile, safeName, type FileType } from '../domain/file-types.ts'
import { isOpen } from '../domain/registration-states.ts'
import { CausewayError } from '../errors.ts'
import type { FileStore } from './file-store.ts'

export interface AttachmentRules {
  /** Bytes of one file at most. */
  maxSize: number
  /** Files of one registration at most. */
  perRegistration: number
  types: readonly FileType[]
}

export interface ArrivingFile {
  registrationId: string
  /** As its sender calls it. */
  name: string
  content: AsyncIterable<Uint8Array>
  /** `key:<id>` or `link:<id>`. */
  actor: string
}

export type Attachment = typeof attachments.$inferSelect

/**
 * Takes in a file. The same file under the same name is kept once, however often it is sent.
 *
 * The content is read to the limit and no further. A file whose row was never written, because a process died between the two, is
 * found by `tidy`.
 *
 * @throws CW_NOT_FOUND, CW_TRANSITION_ILLEGAL, CW_FILES_TOO_MANY, CW_FILE_TOO_LARGE, CW_FILE_REFUSED
 */
export async function attach(
  db: Db,
  files: FileStore,
  rules: AttachmentRules,
  { registrationId, name, content, actor }: ArrivingFile,
): Promise<Attachment> {
  // Judged before anything is read, and once more under the lock: another file may have come meanwhile.
  await db.transaction((tx) => assertRoom(tx, registrationId, rules))
  const id = randomUUID()
  const put = await files.put(id, content, rules.maxSize)
  if (put.status === 'too-large') throw tooLarge(rules.maxSize)
  try {
    const kept = safeName(name)
    const judged = judgeFile(kept, put.ends, rules.types)
    if (!judged.ok) throw refused(kept, judged.why, rules.types)
    const { mediaType } = fileTypes[judged.type]
    const row = await db.transaction(async (tx) => {
      const { partnerId, held } = await assertRoom(tx, registrationId, rules)
      const same = held.find((file) => file.sha256 === put.sha256 && file.name === kept)
      if (same !== undefined) return same
      const { size, sha256 } = put
      const values = { id, registrationId, partnerId, name: kept, mediaType, size, sha256, actor }
      const [made] = await tx.insert(attachments).values(values).returning()
      if (made === undefined) throw new Error('the attachment was not stored')
      await tx.insert(events).values({
        subjectId: registrationId,
        partnerId,
        stepKey: `attach:${id}`,
        what: 'attachment.added',
        actor,
        detail: { attachmentId: id, mediaType, size },
      })
      return made
    })
    if (row.id !== id) await files.remove(id)
    return row
  } catch (error) {
    // What the database did is not known when its answer is lost: the row may be there. What no row tells of is found by `tidy`.
    if (error instanceof CausewayError) await files.remove(id)
    throw error
  }
}

/** Takes a file away, its content with it; the timeline keeps that it was there. @throws CW_NOT_FOUND */
export async function detach(
  db: Db,
  files: FileStore,
  of: { registrationId: string; attachmentId: string; actor: string },
): Promise<void> {
  const { registrationId, attachmentId, actor } = of
  await db.transaction(async (tx) => {
    const [gone] = await tx
      .delete(attachments)
      .where(and(eq(attachments.id, attachmentId), eq(attachments.registrationId, registrationId)))
      .returning()
    if (gone === undefined) throw new CausewayError('CW_NOT_FOUND', 'The registration has no such file')
    await tx.insert(events).values({
      subjectId: registrationId,
      partnerId: gone.partnerId,
      stepKey: `detach:${attachmentId}`,
      what: 'attachment.removed',
      actor,
      detail: { attachmentId },
    })
  })
  await files.remove(attachmentId)
}

/** Long enough for any upload to end. */
const ARRIVING_MS = 60 * 60_000

/** Removes contents that no row tells of; answers how many. */
export async function tidy(db: Db, files: FileStore): Promise<number> {
  const names = await files.older(ARRIVING_MS)
  let removed = 0
  for (let at = 0; at < names.length; at += 500) {
    const some = names.slice(at, at + 500)
    const known = await db.select({ id: attachments.id }).from(attachments).where(inArray(attachments.id, some))
    for (const name of some) {
      if (known.some(({ id }) => id === name)) continue
      await files.remove(name)
      removed += 1
    }
  }
  return removed
}

/** Locks the registration and answers what it holds. */
async function assertRoom(tx: Tx, registrationId: string, { perRegistration }: AttachmentRules) {
  const [registration] = await tx
    .select({ state: registrations.state, partnerId: registrations.partnerId })
    .from(registrations)
    .where(eq(registrations.id, registrationId))
    .for('update')
  if (registration === undefined) throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
  const { state, partnerId } = registration
  if (!isOpen(state))
    throw new CausewayError('CW_TRANSITION_ILLEGAL', `A registration that is ${state} takes no more files`, { state })
  const held = await tx
    .select()
    .from(attachments)
    .where(eq(attachments.registrationId, registrationId))
    .orderBy(asc(attachments.createdAt))
  if (held.length >= perRegistration)
    throw new CausewayError('CW_FILES_TOO_MANY', `A registration takes ${String(perRegistration)} files at most`, {
      limit: perRegistration,
    })
  return { partnerId, held }
}

function tooLarge(limit: number): CausewayError {
  return new CausewayError('CW_FILE_TOO_LARGE', `The file is larger than ${sizeOf(limit)}`, { field: 'file', limit })
}

function refused(name: string, why: string, types: readonly FileType[]): CausewayError {
  const said = {
    'unknown-content': 'its content is of no type that is taken',
    'not-allowed': 'files of its type are not taken',
    'name-differs': 'its content is not what its name says',
  }[why]
  return new CausewayError('CW_FILE_REFUSED', `"${name}" is not taken: ${said ?? why}`, {
    field: 'file',
    why,
    types: types.join(' '),
  })
}

/** `10 MB`, `512 KB`. */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${String(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}`
  const [unit, name] = bytes < 1024 ** 2 ? [1024, 'KB'] : [1024 ** 2, 'MB']
  return `${String(Math.round((bytes / unit) * 10) / 10)} ${name}`
}
