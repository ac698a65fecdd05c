/** Writes docs/reference/errors.md from the registry of codes; run it after a change to src/errors.ts. */
import { errors, isErrorCode, type ErrorCode } from '../src/errors.ts'
import { statusOf } from '../src/http/errors.ts'
import { writePage } from './page.ts'

type Class = (typeof errors)[ErrorCode]['class']

const classes: Record<Class, { title: string; meaning: string }> = {
  start: { title: 'At the start', meaning: 'The program does not start until this is mended.' },
  request: {
    title: 'Answers to a caller',
    meaning: 'What the API or the command line answers; the status is that of HTTP.',
  },
  record: {
    title: 'One record',
    meaning:
      'The record is parked with this code and everything else goes on. See `causeway parked list`. Most are tried again by ' +
      'themselves, after growing waits and at once when their cause may have gone; the others wait for a person.',
  },
  connection: {
    title: 'A whole connection',
    meaning: 'The connection pauses and everything for it waits; nothing is lost. See `causeway connections`.',
  },
  retry: { title: 'Tried again by itself', meaning: 'Nothing has to be done unless it lasts.' },
}

export function errorsPage(): string {
  const sections = Object.entries(classes).map(([name, { title, meaning }]) => {
    const rows = Object.entries(errors).filter(([, error]) => error.class === name)
    const more = name === 'record' ? ['again'] : []
    return [
      `## ${title}`,
      '',
      meaning,
      '',
      ...tableOf(
        more,
        rows.map(([code, error]) => rowOf(code, error)),
      ),
    ].join('\n')
  })
  return `# Errors

Every error has a code that never changes, a sentence, and the way out. Over the API an error is
\`{ "error": { "code", "message", "remedy", "detail"?, "requestId" } }\`; on the command line code and sentence come first and
the way out below. Programs should decide on the code and never on the text.

This page is made from \`src/errors.ts\` by \`scripts/errors-page.ts\`.

${sections.join('\n\n')}
`
}

function rowOf(code: string, error: (typeof errors)[ErrorCode]): string[] {
  const status = isErrorCode(code) ? statusOf(code) : 500
  const answers = error.class === 'request' || status !== 500
  const again = error.class === 'record' ? [error.again === 'waits' ? 'by itself' : 'by a person'] : []
  return [`\`${code}\``, answers ? String(status) : '', error.title, error.remedy, ...again]
}

function tableOf(more: string[], rows: string[][]): string[] {
  const headings = ['code', 'status', 'what happened', 'what to do', ...more]
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)]
}

function line(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

if (import.meta.main) await writePage('errors.md', errorsPage())
