/** Texts as Slack takes them: three characters are its markup, and every text has a longest form. */

/** The three characters that Slack reads as markup of its own; without them no name can mention or link. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** As a person wrote it: Slack tells texts of messages in the escaped form. */
export function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** At most so many characters, with no sign of two characters and no escaped one cut in two. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  return text.slice(0, most - 1).replace(/(?:[\uD800-\uDBFF]|&[a-z]{0,3})$/, '') + '…'
}

export const mrkdwn = (text: string) => ({ type: 'mrkdwn', text: cut(text, LONGEST), verbatim: true })
export const plain = (text: string, most = 2_000) => ({ type: 'plain_text', text: cut(text, most) })

/** Slack takes 3000 characters in a block. */
export const LONGEST = 2_900
