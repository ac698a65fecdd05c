/** The last words of a set-up: what it left running, how that is stopped, and where to go on. */
import type { Progress } from './progress.ts'

/** @param configFile which the set-up wrote */
export function farewell({ started, done }: Progress, configFile: string, isWhole: boolean): string {
  const { sandbox, causeway } = started
  return [
    ...(isWhole ? [`All is set up: ${configFile} is yours to edit.`] : []),
    ...(causeway === null
      ? []
      : [`Causeway runs on: \`kill ${causeway}\` stops it, \`causeway start\` starts it again.`]),
    ...(sandbox === null ? [] : [`The sandboxes run on: \`kill ${sandbox}\` stops them.`]),
    ...(done.includes('go-live') ? ['Go on: causeway partners list, causeway connections, causeway --help'] : []),
  ].join('\n')
}
