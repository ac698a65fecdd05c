/**
 * The brake on mass deletes. A permission that was taken away, a filter that was changed or a sandbox that was refreshed looks like
 * many deletions at once; deletions that people make come in ones and twos. So within an hour only some are believed, and the
 * others wait for a person.
 */

/** So many an hour pass however few records there are: an afternoon's tidying. */
const ALWAYS = 20
/** Above that, this share of what was live: more than a tenth of a CRM does not end within an hour by everyday work. */
const SHARE = 0.1

/**
 * How many more deletions may pass.
 *
 * @param live records that are linked and not gone
 * @param recent deletions within the last hour that no person confirmed
 */
export function deletesLeft({ live, recent }: { live: number; recent: number }): number {
  return Math.max(ALWAYS, Math.floor((live + recent) * SHARE)) - recent
}
