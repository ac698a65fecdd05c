/** A folder for attached files, removed with its test, and what the door of partners is set to there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directoryStore } from '../../src/attachments/directory.ts'
import type { FileStore } from '../../src/attachments/file-store.ts'
import type { PartnerDoor } from '../../src/http/deps.ts'

export const doorSettings: PartnerDoor = {
  linkFor: 14 * 86_400_000,
  perMinute: 100_000,
  attachments: { maxSize: 300_000, perRegistration: 4, types: ['pdf', 'png', 'docx', 'txt'] },
}

export function temporaryFiles(): { files: FileStore; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-files-'))
  return { files: directoryStore(folder), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** For an API that no file is sent to. */
export const noFiles = { files: directoryStore(join(tmpdir(), 'causeway-no-files')), partnerDoor: doorSettings }
