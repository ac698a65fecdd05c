/** What answers a vendor's open questions. */
import type { Finding, Probe, Question } from './contract.ts'

/** A probe for each question, in their order. A question without an answer does not compile. */
export function probesFor<Name extends string>(
  questions: readonly (Question & { name: Name })[],
  answers: Record<Name, Probe['run']>,
): Probe[] {
  return questions.map((one) => ({ ...one, run: answers[one.name] }))
}

interface Untriable {
  /** Why nothing that this command could do would answer it. */
  because: string
  /** What the connector takes for granted meanwhile, as a sentence. */
  assumed: string
  /** Which setting says otherwise, as a sentence; null: nothing depends on it that could be set. */
  otherwise: string | null
}

/** Answers a question that cannot be tried from outside, so that it is said and not passed over. */
export function cannotBeTried({ because, assumed, otherwise }: Untriable): Probe['run'] {
  const finding: Finding = {
    isTried: false,
    answer: `This cannot be tried, because ${because}. ${assumed} ${otherwise ?? 'No setting depends on it.'}`,
  }
  return () => Promise.resolve(finding)
}
