/** Words that are usually written short. */

/** Each long word with its usual short forms. */
const USUAL: Record<string, string> = {
  international: 'intl internatl int',
  national: 'natl',
  manufacturing: 'mfg mfrg manuf',
  manufacturers: 'mfrs',
  services: 'svcs svc srvcs serv service',
  solutions: 'solns soln sols',
  systems: 'sys syst',
  technology: 'tech',
  technologies: 'techs',
  management: 'mgmt mgt',
  engineering: 'engg eng engrg',
  engineers: 'engrs',
  department: 'dept',
  association: 'assn assoc',
  associates: 'assocs',
  university: 'univ',
  hospital: 'hosp',
  saint: 'st',
  brothers: 'bros',
  construction: 'constr const',
  industries: 'inds ind',
  pharmaceuticals: 'pharms',
  center: 'ctr centre',
  distribution: 'distr',
  electric: 'elec',
  foundation: 'fdn',
  government: 'govt',
  laboratories: 'labs',
  products: 'prods',
  development: 'dev devt',
  federal: 'fed',
  institute: 'inst',
  insurance: 'ins',
  american: 'amer',
  southern: 'sthn',
  northern: 'nthn',
  logistics: 'logist',
  compania: 'cia',
  gebruder: 'gebr',
  gesellschaft: 'ges',
  etablissements: 'ets',
  fratelli: 'flli',
  sociedade: 'soc',
  william: 'wm',
  charles: 'chas',
  george: 'geo',
  johann: 'joh',
}

const LONG = new Map(Object.entries(USUAL).flatMap(([long, shorts]) => shorts.split(' ').map((short) => [short, long])))

/** The word that it usually stands for, or itself. */
export function writtenOut(word: string): string {
  return LONG.get(word) ?? word
}

/**
 * Whether a word that is marked as short (by a dot, an apostrophe) may stand for the long one: it begins with the same letter, and its
 * letters come in the same order.
 */
export function mayStandFor(short: string, long: string): boolean {
  if (short.length < 2 || short.length >= long.length || short[0] !== long[0]) return false
  let at = 0
  for (const letter of long) if (letter === short[at]) at += 1
  return at === short.length
}
