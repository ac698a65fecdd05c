/** The chat that people decide in, as the API needs it; made by the composition root. */

/** What a person chose on a message, or wrote into the form that a choice opened. */
export type Chosen =
  | {
      is: 'button'
      decision: string
      taskId: string
      userId: string
      triggerId: string
      responseUrl: string
      title: string
    }
  | { is: 'form'; decision: string; taskId: string; userId: string; responseUrl: string; title: string; reason: string }

export interface ChatDoor {
  /** How long the chat waits for our answer, less what the way takes; what takes longer is told behind it. */
  answerWithinMs: number
  /** Whether the chat itself called, and within five minutes. */
  verify(headers: Record<string, string>, body: string, nowMs: number): boolean
  /** Null: something that decides nothing. */
  read(body: string): Chosen | null
  /** The address of a user; null where the chat tells none, or of one who left. */
  addressOf(userId: string): Promise<string | null>
  /** Asks for the reason; false where it is too late for it. */
  askReason(chosen: Extract<Chosen, { is: 'button' }>, label: string): Promise<boolean>
  /** Puts words in the place of the message, or says them to the person alone. */
  answer(responseUrl: string, words: string, to: 'message' | 'person', title: string): Promise<void>
}
