/** What HubSpot makes of a written property value: every stored value is a string, and an empty one clears. */
import type { ErrorDetail } from './errors.ts'
import type { Property } from './properties.ts'

export type Stored = { ok: true; value: string | null } | { ok: false; error: ErrorDetail }

/** Checks and normalises one value. `options` replaces the property's own, for pipelines and stages. */
export function storedValue(property: Property, raw: unknown, options?: string[]): Stored {
  if (raw === null || raw === undefined || raw === '') return { ok: true, value: null }
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') {
    return refused(property, 'INVALID_TYPE', 'is not a string')
  }
  const text = String(raw)
  switch (property.type) {
    case 'string':
    case 'phone_number':
      return { ok: true, value: text }
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text)
        ? { ok: true, value: text }
        : refused(property, 'INVALID_LONG', 'was not a valid number')
    case 'bool':
      return text === 'true' || text === 'false'
        ? { ok: true, value: text }
        : refused(property, 'INVALID_BOOL', 'was not a boolean')
    case 'enumeration':
      return enumerated(property, text, options ?? property.options.map((o) => o.value))
    case 'date':
      return civilDate(property, text)
    case 'datetime':
      return instant(property, text)
  }
}

function enumerated(property: Property, text: string, allowed: string[]): Stored {
  const unknown = text.split(';').filter((value) => !allowed.includes(value))
  if (unknown.length === 0) return { ok: true, value: text }
  return refused(property, 'INVALID_OPTION', `was not one of the allowed options: [${allowed.join(', ')}]`)
}

/** A date is civil; as epoch milliseconds it must be midnight UTC. */
function civilDate(property: Property, text: string): Stored {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return { ok: true, value: text }
  const ms = Number(text)
  if (/^-?\d+$/.test(text) && ms % 86_400_000 === 0) return { ok: true, value: new Date(ms).toISOString().slice(0, 10) }
  return refused(property, 'INVALID_DATE', 'is not at midnight UTC')
}

function instant(property: Property, text: string): Stored {
  const ms = /^-?\d+$/.test(text) ? Number(text) : /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms)
    ? refused(property, 'INVALID_DATE', 'was not a valid date')
    : { ok: true, value: new Date(ms).toISOString() }
}

function refused(property: Property, code: string, why: string): Stored {
  return {
    ok: false,
    error: {
      message: `Property "${property.name}" ${why}`,
      code,
      in: property.name,
      context: { propertyName: [property.name] },
    },
  }
}
