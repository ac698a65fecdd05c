import { z } from 'zod'
import type { Ctx, FieldSchema } from '../contract.ts'
import type { Client } from './client.ts'
import { stageStatus } from './records.ts'
import type { Settings } from './settings.ts'

const describeSchema = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      nillable: z.boolean(),
      createable: z.boolean(),
      updateable: z.boolean(),
      defaultedOnCreate: z.boolean(),
      externalId: z.boolean().default(false),
      unique: z.boolean().default(false),
      picklistValues: z.array(z.object({ value: z.string(), active: z.boolean() })).nullish(),
      restrictedPicklist: z.boolean().default(false),
      referenceTo: z.array(z.string()).nullish(),
    }),
  ),
})
export type DescribedField = z.output<typeof describeSchema>['fields'][number]

/** The object's fields as the integration user sees them: what it may not see is not there. */
export async function describedFields(client: Client, object: string, ctx: Ctx): Promise<DescribedField[]> {
  const call = {
    method: 'GET',
    path: `/sobjects/${encodeURIComponent(object)}/describe`,
    route: '/sobjects/:object/describe',
  } as const
  return (await client.demand(call, describeSchema, ctx)).body.fields
}

export async function describeObject(
  client: Client,
  settings: Settings,
  object: string,
  ctx: Ctx,
): Promise<FieldSchema[]> {
  const fields = (await describedFields(client, object, ctx)).map((f): FieldSchema => {
    const values = (f.picklistValues ?? []).filter((v) => v.active).map((v) => v.value)
    return {
      name: f.name,
      label: f.label,
      type: f.type,
      required: !f.nillable && f.createable && !f.defaultedOnCreate,
      writable: f.createable || f.updateable,
      values: values.length > 0 ? values : null,
    }
  })
  return [...fields, ...derivedFields(settings, object)]
}

/** Fields that this connector makes from others. The org's one currency may be written: it is compared, and sent to nobody. */
function derivedFields(settings: Settings, object: string): FieldSchema[] {
  const readOnly = { type: 'string', required: false, writable: false }
  return [
    ...(object === 'Opportunity'
      ? [{ ...readOnly, name: stageStatus, label: 'Open, won or lost', values: ['open', 'won', 'lost'] }]
      : []),
    ...(settings.multiCurrency
      ? []
      : [
          {
            ...readOnly,
            writable: true,
            name: 'CurrencyIsoCode',
            label: 'Currency of the org',
            values: [settings.currency],
          },
        ]),
  ]
}
