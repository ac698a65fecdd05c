/** What a person sees whose page could not be shown. Nothing of the cause stands there: the reference leads us to it in the log. */
import { html } from 'hono/html'
import { errors, type ErrorCode } from '../../errors.ts'
import { page, type Html } from './layout.ts'

export function failurePage(code: ErrorCode, requestId: string): Html {
  const [title, words] = saidOf(code)
  return page({
    title,
    body: html`<h1>${title}</h1>
      <div class="panel bad" role="alert"><p>${words}</p></div>
      <p>If it stays like this, tell us this reference: <code>${requestId}</code></p>`,
  })
}

function saidOf(code: ErrorCode): readonly [title: string, words: string] {
  switch (code) {
    case 'CW_DATABASE_UNAVAILABLE':
    case 'CW_TEMPORAL_UNAVAILABLE':
      return [
        'Not possible right now',
        'A part of our system does not answer. What you sent was not taken; try again in a minute.',
      ]
    case 'CW_NOT_FOUND':
      return ['There is nothing here', 'There is no page at this address.']
    case 'CW_UNAUTHENTICATED':
      return ['This is not open to a browser', errors[code].remedy]
    case 'CW_INTERNAL':
      return [
        'Something went wrong on our side',
        'The page could not be made. It is noted, and not your mistake. Go back and look whether what you sent is there before you send it again.',
      ]
    default:
      return [errors[code].title, errors[code].remedy]
  }
}
