/** Finds the route of a path. The most exact pattern wins, wherever it stands in the list: words, then `:params`, then `*`. */
import type { Route, SwitchSet } from './definition.ts'

export interface Match<State, Switches extends SwitchSet> {
  route: Route<State, Switches>
  /** `PATCH /api/v2/deals/:key` */
  name: string
  params: Record<string, string>
}

type Find<State, Switches extends SwitchSet> = (method: string, path: string) => Match<State, Switches> | null

export function createRouter<State, Switches extends SwitchSet>(
  routes: Route<State, Switches>[],
): Find<State, Switches> {
  const known = routes
    .map((route) => ({ route, name: `${route.method} ${route.path}`, parts: route.path.split('/') }))
    .toSorted((a, b) => (rank(a.parts) < rank(b.parts) ? -1 : 1))
  return (method, path) => {
    const given = path.split('/')
    for (const { route, name, parts } of known) {
      if (route.method !== method) continue
      const params = matchParts(parts, given)
      if (params) return { route, name, params }
    }
    return null
  }
}

function rank(parts: string[]): string {
  return parts.map((part) => (part === '*' ? '2' : part.startsWith(':') ? '1' : '0')).join('')
}

function matchParts(parts: string[], given: string[]): Record<string, string> | null {
  const params: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    if (part === '*' && index === parts.length - 1) {
      if (given.length < parts.length) return null
      params['*'] = decode(given.slice(index).join('/'))
      return params
    }
    const value = given[index]
    if (value === undefined) return null
    if (part.startsWith(':')) {
      if (value === '') return null
      params[part.slice(1)] = decode(value)
    } else if (part !== value) return null
  }
  return parts.length === given.length ? params : null
}

/** A stray `%` stays as it is: that is the caller's fault to see in the answer, not ours to fail on. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
