/** What a company is in law says little about which one it is: its forms are taken off a name, from both ends. */

/** Plain and without dots; some are written as several words. */
const AT_END = [
  // Of the English-speaking world, and of those who took their forms from there
  'inc|incorporated|corp|corporation|co|company|llc|l l c|lllp|llp|lp|pllc|pc|ltd|limited|plc|public limited company',
  'limited liability company|limited liability partnership|pty|proprietary|pte|private|pvt|opc|dac|clg|unltd|bhd|sdn',
  'public joint stock company|joint stock company|pjsc|ojsc|cjsc|jsc|psc|wll|saog|saoc|ksc|ksa|fze|fzc|fzco|fz|tbk|persero',
  // Of German
  'gmbh|ggmbh|mbh|ag|kg|kgaa|ohg|ug|gbr|ek|ekfm|ekfr|eg|ev|cokg|se|aktiengesellschaft|kommanditgesellschaft|e k|e g|e v',
  'gesellschaft mit beschrankter haftung|haftungsbeschrankt|stiftung',
  // Of Romance languages
  'sa|sas|sasu|sarl|eurl|snc|scs|sca|gie|scop|srl|srls|spa|sapa|sl|slu|sll|sau|sal|lda|ltda|eireli|me|epp|sgps|s a|s r l|s p a|s a s|s l',
  'sa de cv|sab de cv|s de rl de cv|s de rl|sapi de cv|de cv|cv|societe anonyme|societa per azioni|sociedad anonima|sociedad limitada',
  // Of the Netherlands and the North
  'bv|b v|nv|n v|bvba|vof|cvba|naamloze vennootschap|besloten vennootschap|ab|publ|aktiebolag|as|asa|aps|is|ks|amba|oy|oyj|osakeyhtio',
  'ehf|hf|ou|sia|uab|a s',
  // Of the East of Europe and Turkey
  'sp z oo|sp zoo|sp z o o|sp k|sp j|spolka z ograniczona odpowiedzialnoscia|spolka akcyjna|spolka komandytowa|z oo',
  'sro|s r o|spol s ro|spol sro|spol s r o|akciova spolecnost|kft|zrt|nyrt|bt|doo|d o o|dd|ad|ood|eood|ead|d d',
  'ooo|oao|zao|pao|ao|tov|pp|tdoo|epe|ike|a e|anonim sirketi|limited sirketi|ltd sti|sti|a o',
  // Of Japan, in Latin letters
  'kk|k k|gk|kabushiki kaisha|kabushiki gaisha|godo kaisha|yugen kaisha',
].join('|')

const AT_BEGINNING = 'pt|ooo|oao|zao|pao|ao|tov|firma|the|cong ty co phan|cong ty tnhh'

/** Where the form is written without a space, as in Chinese, Japanese and Korean. */
const GROWN_ON =
  /(?:株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限公司|股份公司|주식회사|유한회사|\(주\)|（주）|㈱|㈲)/gu

const endings = new RegExp(` (?:${AT_END})$`)
const beginnings = new RegExp(`^(?:${AT_BEGINNING}) (?=.)`)

/** A name in its own script, without the forms that are grown onto it. One that is nothing else stays. */
export function withoutGrownForms(name: string): string {
  const rest = name.replaceAll(GROWN_ON, ' ')
  return rest.trim() === '' ? name : rest
}

/** Words in plain letters without the legal forms around them. Never empty: a company may be called AG. */
export function withoutForms(words: string): string {
  let rest = words
  for (;;) {
    const shorter = rest.replace(endings, '').replace(beginnings, '')
    if (shorter === rest || shorter === '') return rest
    rest = shorter
  }
}
