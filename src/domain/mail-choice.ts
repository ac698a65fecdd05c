/** Mails of a topic, as a person chooses them on one page: whether they come, and how. Pure; of other channels it changes nothing. */
import { rhythms, type Choice, type PersonalChannel } from './notice.ts'

export const mailChoices = [...rhythms, 'off'] as const
export type MailChoice = (typeof mailChoices)[number]

/** What is in force. @param usual the channels of who chose none */
export function mailChoiceOf({ channels, rhythm }: Choice, usual: readonly PersonalChannel[]): MailChoice {
  return (channels ?? usual).includes('email') ? (rhythm ?? 'immediate') : 'off'
}

/** The choice with mails as wished. */
export function withMail(choice: Choice, wished: MailChoice, usual: readonly PersonalChannel[]): Choice {
  const channels = choice.channels ?? usual
  if (wished === 'off') return { ...choice, channels: channels.filter((channel) => channel !== 'email') }
  if (channels.includes('email')) return { ...choice, rhythm: wished }
  return { ...choice, channels: ['email', ...channels], rhythm: wished }
}
