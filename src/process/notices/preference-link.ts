/** In mails that need not come: a link for their reader to the page on which they choose, and an address that ends them by one request. */
import type { Delivery } from '../../../connectors/channels/contract.ts'
import type { Db } from '../../db/connection.ts'
import { isAddress, topicOf } from '../../domain/notice.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import { issueLink } from '../signed-links.ts'
import type { MessageDoors } from './doors.ts'
import type { Notice } from './gather.ts'
import { languageOf } from './languages/index.ts'
import { needOf } from './need.ts'
import type { NoticeSettings } from './settings.ts'

/** Mails are read and cleaned up long after they came. */
const LINK_MS = 180 * 24 * 3_600_000

/** The delivery with its way out; one of which nothing is its reader's to choose stays as it is. */
export async function withPreferenceLink(
  db: Db,
  {
    settings,
    doors,
    policy,
  }: { settings?: NoticeSettings | undefined; doors: MessageDoors; policy: Pick<Policy, 'notices'> },
  held: readonly Notice[],
  delivery: Delivery,
): Promise<Delivery> {
  const [first] = held
  if (first === undefined || first.channel !== 'email' || !isAddress(delivery.to) || doors.publicUrl === null)
    return delivery
  const needs = held.map(({ template }) => ({ topic: topicOf(template), ...needOf(template, policy) }))
  if (!needs.some(({ isDispensable, mayWait }) => isDispensable || mayWait)) return delivery
  const { token } = await issueLink(db, { purpose: 'preferences', address: delivery.to }, LINK_MS)
  const url = `${doors.publicUrl}/preferences/${token}`
  const { message } = delivery
  const label = languageOf(message.language, settings?.languages).words.preferences.link
  const ended = [...new Set(needs.flatMap(({ topic, isDispensable }) => (isDispensable ? [topic] : [])))]
  return {
    ...delivery,
    message: { ...message, footer: { label, url } },
    ...(ended.length === 0 ? {} : { unsubscribeUrl: `${url}/off/${ended.join('+')}` }),
  }
}
