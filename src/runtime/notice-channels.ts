/** The channels of an installation, and how it tells people: made from its configuration. */
import { unlimitedBudget } from '../../connectors/budget.ts'
import { mailChannel } from '../../connectors/channels/smtp.ts'
import { slackChannel } from '../../connectors/channels/slack.ts'
import { slackChat, type ChatSettings } from '../../connectors/channels/slack-interactive.ts'
import type { ChatDoor } from '../http/chat-door.ts'
import { teamsChannel } from '../../connectors/channels/teams.ts'
import { webhookChannel } from '../../connectors/channels/webhook.ts'
import type { Connector } from '../../connectors/contract.ts'
import { createHttp } from '../../connectors/http.ts'
import type { Log } from '../../connectors/log.ts'
import type { Db } from '../db/connection.ts'
import type { ChannelName } from '../domain/notice.ts'
import { crmTaskChannel } from '../process/notices/crm-task.ts'
import { portalCommentChannel } from '../process/notices/portal-comment.ts'
import { ownLanguages } from '../process/notices/languages/index.ts'
import type { Channels } from '../process/notices/send.ts'
import type { NoticeSettings } from '../process/notices/settings.ts'
import type { Programme } from '../process/programme.ts'
import type { ConfigDocument } from './config/schema.ts'
import type { NoticeTexts } from './notice-texts.ts'
import { splitPlace, type NoticesConfig } from './config/notices.ts'

export interface OpenChannels {
  channels: Channels
  /** By which people decide in the chat; null: it is not set up. */
  chat: ChatDoor | null
  /** Puts other secrets in force: what is under way ends with the earlier ones. */
  use(config: Pick<ConfigDocument, 'mail' | 'notices'>): void
  close(): void
}

interface OpenedBy {
  db: Db
  programme: Programme
  connectors: ReadonlyMap<string, Connector>
  log: Log
}

export function openChannels(
  config: Pick<ConfigDocument, 'mail' | 'notices'>,
  { db, programme, connectors, log }: OpenedBy,
): OpenChannels {
  let { notices } = config
  const https = (['slack', 'teams', 'webhook'] as const).map((connection) =>
    createHttp({ connection, budget: unlimitedBudget, log, bodyLimit: 1024 * 1024 }),
  )
  const [slackHttp, teamsHttp, webhookHttp] = https
  if (slackHttp === undefined || teamsHttp === undefined || webhookHttp === undefined) throw new Error('no HTTP')
  const mail = config.mail === null ? null : mailChannel(config.mail)
  const slack = notices.slack
  const chat = chatSettings(notices)
  return {
    chat: chat === null ? null : slackChat(slackHttp, () => chatSettings(notices) ?? chat),
    channels: {
      ...(mail === null ? {} : { email: mail }),
      ...(slack === null ? {} : { slack: slackChannel(slackHttp, () => notices.slack ?? slack) }),
      ...(notices.teams === null ? {} : { teams: teamsChannel(teamsHttp, () => notices.teams?.places ?? {}) }),
      webhook: webhookChannel(webhookHttp, () => notices.webhooks),
      'crm-task': crmTaskChannel(db, programme),
      'portal-comment': portalCommentChannel(db, connectors),
    },
    use(other) {
      notices = other.notices
      if (other.mail !== null) mail?.use(other.mail.smtp)
    },
    close() {
      mail?.close()
      for (const http of https) http.close()
    },
  }
}

export function noticeSettings(
  config: NoticesConfig,
  { texts, languages }: NoticeTexts = { texts: new Map(), languages: ownLanguages },
): NoticeSettings {
  const { language, timeZone, people, places, slack } = config
  const available: ChannelName[] = [
    'email',
    'crm-task',
    'portal-comment',
    ...(slack?.token == null ? [] : (['slack'] as const)),
  ]
  return {
    language,
    timeZone,
    people,
    texts,
    languages,
    available: new Set(available),
    places: places.map((place) => {
      const [kind, name] = splitPlace(place.to)
      return {
        name,
        channel: kind === 'webhooks' ? 'webhook' : kind,
        audiences: place.audiences,
        topics: place.topics,
        language: place.language ?? language,
        timeZone: place.timeZone ?? timeZone,
      }
    }),
  }
}

/** Both the token and what clicks are signed with, or nobody decides there. */
function chatSettings({ slack }: NoticesConfig): ChatSettings | null {
  if (slack === null) return null
  const { token, signingSecret, api } = slack
  return token === null || signingSecret === null ? null : { token, signingSecret, api }
}
