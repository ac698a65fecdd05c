/** One trial: what happened, how long it took, and whether it is what was hoped for. */
import { ConnectorError, type Fields } from '../../../connectors/contract.ts'
import type { Step } from './report.ts'

/** Runs one trial: what it throws is what the vendor refused. */
export async function tried(
  object: string | null,
  what: string,
  trial: () => Promise<{ works: boolean; seen: string; setting?: Step['setting'] }>,
): Promise<Step> {
  const began = performance.now()
  const step = (result: Step['result'], seen: string, setting: Step['setting'] = null): Step => ({
    object,
    what,
    result,
    seen,
    ms: Math.round(performance.now() - began),
    setting,
  })
  try {
    const { works, seen, setting } = await trial()
    return step(works ? 'works' : 'fails', seen, setting ?? null)
  } catch (error) {
    if (error instanceof ConnectorError) return step('fails', `${error.fault.code}: ${error.fault.message}`)
    throw error
  }
}

/** Which of the fields read back are not what was written, by name. */
export function differing(written: Fields, stored: Fields): string[] {
  return Object.entries(written).flatMap(([name, value]) =>
    name in stored && JSON.stringify(stored[name]) !== JSON.stringify(value) ? [name] : [],
  )
}
