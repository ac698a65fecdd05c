/**
 * Takes secrets out of what is logged, shown or stored: the one list of names and shapes for all connectors.
 *
 * It is the second line of defence. The first is that bodies, query values and authorization headers are never passed on.
 */
const secretName =
  /^(authorization|proxy-authorization|cookie|set-cookie|password|passwd|.*secret.*|.*token.*|.*api[-_]?key.*|private[-_]?key|assertion|refresh|code|session[-_]?id|sid|.*signature.*)$/i

const shapes: [RegExp, string][] = [
  // A credential has a digit or is long; `Basic training` stays readable.
  [/\b(Bearer|Basic|OAuth|Zoho-oauthtoken)\s+(?:(?=\S*\d)[\w.~+/=!-]{6,}|[\w.~+/=!-]{20,})/gi, '$1 ***'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, '***'], // JSON web token
  [/\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]+/g, '***'], // Salesforce session
  [/\b(pat-[a-z0-9]{2,4}-|sk_|pk_)[A-Za-z0-9-]{6,}/g, '$1***'], // HubSpot private app, PartnerStack keys
  [/([?&;][^=&#\s]+=)[^&#\s"']+/g, '$1***'], // query values
  [/(:\/\/)[^/@\s:]+:[^/@\s]+@/g, '$1***@'], // credentials in an address
  [/("(?:[a-z_-]*(?:token|secret|password|assertion|signature)[a-z_-]*)"\s*:\s*")[^"]*/gi, '$1***'],
]

/** A text for people without what looks like a secret, at most `max` characters. */
export function redactText(text: string, max = 300): string {
  let out = text
  for (const [shape, instead] of shapes) out = out.replace(shape, instead)
  return out.length > max ? `${out.slice(0, max - 1)}…` : out
}

/** A copy of log fields in which values under secret names, at any depth, are replaced, and texts are redacted. */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, secretName.test(name) ? '***' : redactValue(value)]),
  )
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value, 2000)
  if (Array.isArray(value)) return value.map((item: unknown) => redactValue(item))
  if (value instanceof Error) return { name: value.name, message: redactText(value.message) }
  if (typeof value === 'object' && value !== null) return redactFields({ ...value })
  return value
}
