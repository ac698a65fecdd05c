/** The deal pipelines that the settings wish for, by their labels, and their stages. */
import { z } from 'zod'
import { isSynced } from '../objects.ts'
import { schemaScope } from '../scopes.ts'
import type { Settings } from '../settings.ts'
import type { Account, AccountPipeline } from './account.ts'
import { made, missing } from './wanted.ts'
import type { Wanted } from './wanted.ts'

type DealPipeline = NonNullable<Settings['pipelines']['partner']>
type DealStage = DealPipeline['stages'][number]

export function wantedPipelines(settings: Settings): Wanted[] {
  if (!isSynced(settings, 'deals')) return []
  const { partner, coSell } = settings.pipelines
  return [partner, coSell].flatMap((pipeline) =>
    pipeline === undefined
      ? []
      : [wantedPipeline(pipeline), ...pipeline.stages.map((_, index) => wantedStage(pipeline, index))],
  )
}

/** As people read labels: without case. */
export const isNamed = (wished: string, { label }: { label: string }): boolean =>
  label.toLowerCase() === wished.toLowerCase()

const idOf = ({ label }: DealPipeline) => `pipeline:deals.${label}`

function wantedPipeline(pipeline: DealPipeline): Wanted {
  return {
    id: idOf(pipeline),
    what: 'pipeline',
    object: 'deals',
    label: `Pipeline “${pipeline.label}” with ${pipeline.stages.map(({ label }) => label).join(', ')}`,
    permission: schemaScope('deals'),
    after: [],
    look: async (account) => ((await find(account, pipeline)) === undefined ? missing : made),
    async make({ api, ctx }) {
      const route = 'POST /crm/v3/pipelines/deals'
      const stages = pipeline.stages.map(stageInput)
      await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 201 }, (sdk) =>
        sdk.pipelines.create('deals', { label: pipeline.label, displayOrder: 99, stages }),
      )
      return 'made'
    },
  }
}

/** A stage of a pipeline that is there already; a new pipeline is made with all of its stages. */
function wantedStage(pipeline: DealPipeline, index: number): Wanted {
  const stage = pipeline.stages[index] ?? { label: '', probability: 0 }
  return {
    id: `stage:deals.${pipeline.label}.${stage.label}`,
    what: 'stage',
    object: 'deals',
    label: `Stage “${stage.label}” of “${pipeline.label}”`,
    permission: schemaScope('deals'),
    after: [idOf(pipeline)],
    async look(account) {
      const found = await find(account, pipeline)
      if (found === undefined) return null
      return found.stages.some((held) => isNamed(stage.label, held)) ? made : missing
    },
    async make(account) {
      const { api, ctx } = account
      const found = await find(account, pipeline)
      if (found === undefined || found.stages.some((held) => isNamed(stage.label, held))) return 'there'
      const route = 'POST /crm/v3/pipelines/deals/{id}/stages'
      await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 201 }, (sdk) =>
        sdk.stages.create('deals', found.id, stageInput(stage, index)),
      )
      return 'made'
    },
  }
}

const stageInput = ({ label, probability }: DealStage, displayOrder: number) => ({
  label,
  displayOrder,
  metadata: { probability: probability.toFixed(1) },
})

async function find(account: Account, wished: DealPipeline): Promise<AccountPipeline | undefined> {
  return (await account.pipelines()).find((pipeline) => isNamed(wished.label, pipeline))
}
