/** What a message that asks for a decision carries, so that its reader can decide from it: a link for one person, or buttons. */
import type { Part } from '../../../connectors/channels/contract.ts'
import type { Db } from '../../db/connection.ts'
import { isAddress } from '../../domain/notice.ts'
import { taskDecisions, taskKinds, type TaskKindRow } from '../../domain/task-kinds.ts'
import { issueLink } from '../signed-links.ts'
import type { Notice, Told } from './gather.ts'
import { languageOf } from './languages/index.ts'
import type { NoticeSettings } from './settings.ts'
import { taskOf } from './task-of.ts'

/** Which doors are open to messages. */
export interface MessageDoors {
  /** The public address of this Causeway, without a slash at the end; null: no link is sent, for nobody could open it. */
  publicUrl: string | null
  /** Whether clicks on messages reach us. */
  buttons: boolean
}

/** How long a link may decide, where its task is open so long. */
const LINK_MS = 30 * 24 * 3_600_000

/** The message with its doors. One that shows how to decide by a command asks for a decision; what is for a place carries no person's link. */
export async function withDoors(
  db: Db,
  settings: NoticeSettings | undefined,
  doors: MessageDoors,
  notice: Notice,
  told: Told,
): Promise<Told> {
  const { parts } = told.message
  const isAsked = parts.some(({ kind }) => kind === 'commands')
  if (!isAsked || !isAddress(notice.recipient)) return told
  const task = (await taskOf(db, notice))?.task
  if (task?.state !== 'open') return told
  const rules: TaskKindRow['decisions'] = taskKinds[task.kind].decisions
  const { words } = languageOf(told.message.language, settings?.languages)
  const door: Part[] = []
  if (notice.channel === 'email' && doors.publicUrl !== null) {
    const { token } = await issueLink(db, { purpose: 'decide', taskId: task.id, address: notice.recipient }, LINK_MS)
    door.push({
      kind: 'link',
      label: words.decide,
      url: `${doors.publicUrl}/decide/${token}`,
    })
  }
  if (notice.channel === 'slack' && doors.buttons)
    door.push({
      kind: 'decide',
      taskId: task.id,
      decisions: taskDecisions.flatMap((one) =>
        rules[one] === undefined ? [] : [{ decision: one, label: words.decisions[one] }],
      ),
    })
  // A person decides by it; the commands below are for who works in a terminal.
  const place = parts.findIndex(({ kind }) => kind === 'commands')
  return door.length === 0 ? told : { ...told, message: { ...told.message, parts: parts.toSpliced(place, 0, ...door) } }
}
