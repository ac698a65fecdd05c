/** Where two sets of settings differ. Pure. */

export interface ValueDifference {
  /** Such as `connections.sales.poll`. */
  path: string
  /** As JSON; null: it is not said. */
  ours: string | null
  theirs: string | null
}

export function differencesBetween(ours: unknown, theirs: unknown, path = ''): ValueDifference[] {
  if (isGroup(ours) && isGroup(theirs)) {
    const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    return keys.flatMap((key) => differencesBetween(ours[key], theirs[key], path === '' ? key : `${path}.${key}`))
  }
  const [one, other] = [said(ours), said(theirs)]
  return one === other ? [] : [{ path, ours: one, theirs: other }]
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An empty group says nothing. */
function said(value: unknown): string | null {
  if (value === undefined || (isGroup(value) && Object.keys(value).length === 0)) return null
  return JSON.stringify(value)
}
