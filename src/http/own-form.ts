/** Forms of the pages that a person opens by a link. */
import type { Context } from 'hono'

/** Another site cannot know a link's token; a browser that says where a form came from is held to it all the same. */
export function isOwnForm(c: Pick<Context, 'req'>): boolean {
  return ['same-origin', 'none', undefined].includes(c.req.header('sec-fetch-site'))
}
