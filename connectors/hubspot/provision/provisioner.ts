/** What an account lacks for the settings, and making it, in the order in which one thing needs another. */
import type { Ctx, Making, Provisioner, ProvisionStep } from '../../contract.ts'
import { faultOf } from '../../contract.ts'
import type { GrantedScopes } from '../access.ts'
import type { Api } from '../api.ts'
import type { RoleLabels } from '../role-labels.ts'
import type { Settings } from '../settings.ts'
import { lookAtAccount } from './account.ts'
import { headroomFor } from './headroom.ts'
import { wantedLabels } from './labels.ts'
import { wantedLists } from './lists.ts'
import { wantedPipelines } from './pipelines.ts'
import { wantedProperties } from './properties.ts'
import { wantedRules } from './rules.ts'
import { makeWanted, stepOf } from './wanted.ts'
import type { Wanted } from './wanted.ts'

export interface ProvisionDeps {
  api: Api
  settings: Settings
  labels: RoleLabels
  scopes: GrantedScopes
}

export function provisionerOf({ api, settings, labels, scopes }: ProvisionDeps): Provisioner {
  const all = (): Wanted[] => [
    ...wantedProperties(settings),
    ...wantedPipelines(settings),
    ...wantedLabels(settings),
    ...wantedLists(settings),
    ...wantedRules(settings),
  ]
  return {
    async plan(ctx) {
      const granted = await scopes.granted(ctx)
      const account = lookAtAccount(api, ctx)
      const steps: ProvisionStep[] = []
      for (const wanted of all()) {
        const step = await stepOf(wanted, account, granted)
        if (step !== null) steps.push(step)
      }
      return steps
    },
    headroom: (steps, ctx) => headroomFor(lookAtAccount(api, ctx), settings, steps),
    async make(step: ProvisionStep, ctx: Ctx): Promise<Making> {
      const wanted = all().find(({ id }) => id === step.id)
      if (wanted === undefined || step.byHand !== undefined)
        return faultOf('CW_REQUEST_INVALID', `${step.id} is nothing that can be made`)
      const look = () => lookAtAccount(api, ctx)
      const making = await makeWanted(wanted, look(), look, ctx)
      // What was known of the labels is no longer so.
      if (step.what === 'association-label') labels.forget()
      return making
    },
  }
}
