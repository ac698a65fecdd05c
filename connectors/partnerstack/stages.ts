import type { Ctx } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, objectsOf, textOf } from './json.ts'

/** The stages of deals that any live group has; null: this tenant tells none, for the address is documented in two forms. */
export async function stagesOf(client: Client, ctx: Ctx): Promise<string[] | null> {
  const listed = await client.demand({ method: 'GET', path: '/groups', route: '/groups', query: { limit: 250 } }, ctx)
  const groups = objectsOf(isObject(listed) ? listed['items'] : listed).filter((group) => group['archived'] !== true)
  for (const type of ['deals', 'deal']) {
    const names: string[] = []
    let isTold = false
    for (const group of groups) {
      const key = textOf(group['key'])
      if (key === null) continue
      const path = `/sales-cycles/${type}/stages`
      const answer = await client.call({ method: 'GET', path, route: path, query: { group_key: key } }, ctx)
      if (answer.status !== 'ok') break
      isTold = true
      const stages = objectsOf(isObject(answer.data) ? answer.data['items'] : answer.data)
      names.push(...stages.flatMap((stage) => textOf(stage['name']) ?? []))
    }
    if (isTold) return [...new Set(names)]
  }
  return null
}
