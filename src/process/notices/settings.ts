/** How the installation tells people where they did not choose themselves. */
import type { Audience, ChannelName, PersonalChannel } from '../../domain/notice.ts'
import { ownLanguages, type Languages } from './languages/index.ts'
import type { Text } from './template.ts'

export interface NoticeSettings {
  /** A BCP 47 tag, such as `en-GB`. */
  language: string
  timeZone: string
  /** By which channels the people of an audience are told; `portal-comment` stands on the record itself, for the partner. */
  people: Record<Audience, readonly (PersonalChannel | 'portal-comment')[]>
  /** Places that hear what an audience is told. */
  places: readonly Place[]
  /** An admin's own words in the place of ours, by `template/audience/language`. */
  texts: ReadonlyMap<string, Text>
  /** In which people can be told. */
  languages: Languages
  /** Where partners open their own pages, and how long a link to them holds; absent: nowhere. */
  partnerDoor?: { url: string; linkForMs: number }
  /** Channels that are set up: no other can be chosen. */
  available: ReadonlySet<ChannelName>
}

export interface Place {
  channel: Extract<ChannelName, 'slack' | 'teams' | 'webhook'>
  name: string
  /** Whose text it gets, the first of them that an event has. */
  audiences: readonly Audience[]
  /** Empty: all. */
  topics: readonly string[]
  language: string
  timeZone: string
}

/** Everything by mail, in English and UTC. */
export const plainSettings: NoticeSettings = {
  language: 'en',
  timeZone: 'UTC',
  people: { partner: ['email'], manager: ['email'], rep: ['email'], director: ['email'] },
  places: [],
  texts: new Map(),
  languages: ownLanguages,
  available: new Set<ChannelName>(['email']),
}
