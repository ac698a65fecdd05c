/** What a match rests on, as codes and in words. */

export const reasonWords = {
  id: 'the same record in another system',
  domain: 'the same domain',
  alias: 'domains that the policy says are of one company',
  'contact-email': 'the same e-mail address',
  'shared-contact': 'the same e-mail address, of companies that have nothing else in common',
  name: 'the same name, legal form and spelling aside',
  'word-order': 'the same words of a name in another order',
  abbreviation: 'the same name, a word of it written short',
  'domain-name': 'the same domain but for its ending or a country in it',
  'email-domain': 'an e-mail address at the other’s domain',
  'former-name': 'one says that it had the other’s name',
  'similar-name': 'the same name but for a slip of the pen',
  transliteration: 'the same name as it sounds in another script',
  'unit-name': 'the same name with a country, or what a unit is called, added',
  'name-in-domain': 'one’s name is the other’s domain',
  'longer-name': 'the same name with one more word',
  'part-of-name': 'one name is a part of the other',
  initials: 'one name is the initials of the other',
  'merged-there': 'its people made the two one there',
  'duplicate-there': 'the vendor says that it is the same',
} as const satisfies Record<string, string>

export const againstWords = {
  'other-domain': 'but another domain',
  'other-country': 'but another country',
  'other-name': 'but another name',
} as const satisfies Record<string, string>

export type Reason = keyof typeof reasonWords

export type Against = keyof typeof againstWords

/** What leaves no doubt. A name alone never does. */
const IDENTITIES: ReadonlySet<Reason> = new Set<Reason>(['id', 'domain', 'alias', 'contact-email'])

/** Whether what two records met in certainly means the same company. */
export function isCertain({ matchedOn }: { matchedOn: readonly Reason[] }): boolean {
  return matchedOn.some((on) => IDENTITIES.has(on))
}
