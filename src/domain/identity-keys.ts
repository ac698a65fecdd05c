/** By what a record of each kind is known across systems, whatever its ids there. */
import { email, readDomain } from './identity.ts'
import type { RecordKind } from './records.ts'

export type KeyType = 'domain' | 'email'

export interface IdentityKey {
  kind: RecordKind
  keyType: KeyType
  value: string
}

/**
 * The canonical fields that identify, the strongest first. An organisation is its domain, a person the e-mail address; a claim or a
 * deal is nothing but itself.
 */
const identifying: Partial<Record<RecordKind, readonly KeyType[]>> = {
  user: ['email'],
  contact: ['email'],
  partner: ['domain', 'email'],
  account: ['domain'],
}

/** The key types by which records of a kind are known. */
export function keyTypesOf(kind: RecordKind): readonly KeyType[] {
  return identifying[kind] ?? []
}

/** The identity keys among a record's values, in one form; a value that identifies nobody, such as a free-mail host, is none. */
export function identityKeys(
  kind: RecordKind,
  values: Partial<Record<KeyType, string | null | undefined>>,
): IdentityKey[] {
  return keyTypesOf(kind).flatMap((keyType) => {
    const value = keyType === 'email' ? email(values.email ?? null) : domain(values.domain ?? null)
    return value === null ? [] : [{ kind, keyType, value }]
  })
}

function domain(text: string | null): string | null {
  const read = readDomain(text)
  return read.ok ? read.domain : null
}
