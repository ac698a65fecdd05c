/** What stands as a reason where a person gave none. It is kept and sent to portals in these words; a notice says it in its reader's language. */
export const standardReasons = {
  'no-comment': 'It was rejected without a comment.',
} as const satisfies Record<string, string>

export type StandardReason = keyof typeof standardReasons

/** Which of them a kept reason is; null: somebody's own words. */
export function standardReasonOf(text: string): StandardReason | null {
  return standardReasonNames.find((name) => standardReasons[name] === text) ?? null
}

const standardReasonNames = Object.keys(standardReasons).filter((name) => isStandard(name))

function isStandard(name: string): name is StandardReason {
  return Object.hasOwn(standardReasons, name)
}
