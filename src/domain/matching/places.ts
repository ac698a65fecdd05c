/** Words for countries and world regions in a name or a domain: they name a unit, not another company. */
import { folded, plain } from './plain.ts'

const LANGUAGES = [
  'en',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'pl',
  'cs',
  'sv',
  'da',
  'nb',
  'fi',
  'tr',
  'ro',
  'hu',
  'id',
  'ru',
  'ja',
  'zh',
  'ko',
]
/** The countries of ISO 3166-1 that companies are registered in, the small ones left out whose codes are words. */
const CODES =
  'AE AL AM AO AR AT AU AZ BA BD BE BG BH BO BR BW BY CA CH CI CL CM CN CO CR CY CZ DE DK DO DZ EC EE EG ES ET FI FR GB GE GH GR GT HK HN HR HU ID IE IL IN IQ IR IS IT JO JP KE KH KR KW KZ LB LK LT LU LV MA MD MK MT MU MX MY MZ NG NI NL NO NP NZ OM PA PE PH PK PL PT PY QA RO RS RU SA SE SG SI SK SN SV TH TN TR TW TZ UA UG US UY UZ VE VN ZA ZM ZW'.split(
    ' ',
  )

/** Names that people use and lists do not. */
const ALSO: Record<string, string> = {
  usa: 'US',
  us: 'US',
  america: 'US',
  uk: 'GB',
  britain: 'GB',
  england: 'GB',
  scotland: 'GB',
  holland: 'NL',
  uae: 'AE',
  korea: 'KR',
  turkey: 'TR',
  czech: 'CZ',
  brasil: 'BR',
  espana: 'ES',
  hellas: 'GR',
  suomi: 'FI',
}

const REGIONS = new Set(
  'europe europa middleeast asia pacific asiapacific apac emea latam northamerica southamerica iberia iberica nordic nordics benelux dach africa scandinavia balkans baltics gulf gcc'.split(
    ' ',
  ),
)

/** Plain and folded names in one word, each with its country. */
const NAMES = new Map<string, string>()
for (const language of LANGUAGES) {
  const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' })
  for (const code of CODES) {
    const name = names.of(code)
    const letters = name === undefined ? '' : folded(plain(name)).replace(/[^a-z0-9]/g, '')
    // A few transliterations are as short as any word.
    if (letters.length >= 4) NAMES.set(letters, code)
  }
}
for (const [name, code] of Object.entries(ALSO)) NAMES.set(folded(name), code)

/** Whether the words together name a country or a world region: `deutschland`, `middle east`, `united states`. */
export function isPlace(words: readonly string[]): boolean {
  const whole = folded(words.join(''))
  return NAMES.has(whole) || REGIONS.has(whole)
}

/** Whether these letters at the end of a domain's label say a country: its name, or its code. */
export function isCountryMark(letters: string): boolean {
  return isPlace([letters]) || (letters.length === 2 && CODES.includes(letters.toUpperCase()))
}
