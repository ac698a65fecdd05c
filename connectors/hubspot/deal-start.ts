/** Where new deals begin: the settings' stage, or the first stage of the partner pipeline, whose ids only the account knows. */
import type { Ctx } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Api } from './api.ts'
import { readPipelines } from './provision/account.ts'
import { isNamed } from './provision/pipelines.ts'
import type { Settings } from './settings.ts'

export interface DealStart {
  /** Throws `ConnectorError`, nothing having been sent, while the account has no such pipeline. */
  find(ctx: Ctx): Promise<{ pipeline: string; dealstage: string }>
}

/** A pipeline that is made anew has other ids; it is looked up again this seldom. */
const againMs = 300_000

export function dealStart(api: Api, settings: Settings, nowMs: () => number): DealStart {
  const { partner } = settings.pipelines
  let known: { start: { pipeline: string; dealstage: string }; untilMs: number } | null = null

  return {
    async find(ctx) {
      if (partner === undefined) return { pipeline: settings.pipeline, dealstage: settings.openStage }
      if (known !== null && nowMs() < known.untilMs) return known.start
      const pipeline = (await readPipelines(api, ctx)).find((one) => isNamed(partner.label, one))
      const first = partner.stages[0]?.label ?? ''
      const stage = pipeline?.stages.find((one) => isNamed(first, one))
      if (pipeline === undefined || stage === undefined) {
        const message = `HubSpot has no deal pipeline "${partner.label}" with a stage "${first}"; \`causeway apply\` makes it`
        throw new ConnectorError(
          faultOf('CW_CONFIG_INVALID', message, { fields: ['pipelines.partner'], scope: 'connection' }),
          'no',
        )
      }
      known = { start: { pipeline: pipeline.id, dealstage: stage.id }, untilMs: nowMs() + againMs }
      return known.start
    },
  }
}
