/** Tiers and their collections. */
import { z } from 'zod'
import { findShared, newRow, readBody, route, touch, type PortalRoute } from './exchange.ts'
import { page } from './page.ts'
import type { Tier, TierCollection } from './state.ts'

const tierBody = z.object({ name: z.string().min(1) })
const collectionBody = z.object({ name: z.string().min(1), tiers: z.array(z.string()).default([]) })

export const tierRoutes: PortalRoute[] = [
  route('GET', '/tiers', (call) => page(call, call.world.state.tiers, showTier, { shared: true })),
  route('POST', '/tiers', (call) => {
    const tier: Tier = { ...newRow(call.world, 'tier_', false), ...readBody(call, tierBody) }
    call.world.state.tiers.set(tier.key, tier)
    return showTier(tier)
  }),
  route('GET', '/tiers/:key', (call) =>
    showTier(findShared(call.world.state.tiers, 'Tier', call.request.params['key'])),
  ),
  route('PATCH', '/tiers/:key', (call) => {
    const tier = findShared(call.world.state.tiers, 'Tier', call.request.params['key'])
    Object.assign(tier, readBody(call, tierBody.partial()))
    touch(tier, call.world)
    return showTier(tier)
  }),
  route('GET', '/tiers/collection', (call) =>
    page(call, call.world.state.tierCollections, showCollection, { shared: true }),
  ),
  route('POST', '/tiers/collection', (call) => {
    const body = readBody(call, collectionBody)
    for (const key of body.tiers) findShared(call.world.state.tiers, 'Tier', key)
    const collection: TierCollection = { ...newRow(call.world, 'tcol_', false), ...body }
    call.world.state.tierCollections.set(collection.key, collection)
    return showCollection(collection)
  }),
  route('GET', '/tiers/collection/:key', (call) =>
    showCollection(findShared(call.world.state.tierCollections, 'Tier collection', call.request.params['key'])),
  ),
  route('PATCH', '/tiers/collection/:key', (call) => {
    const collection = findShared(call.world.state.tierCollections, 'Tier collection', call.request.params['key'])
    const { name, tiers } = readBody(
      call,
      z.object({ name: z.string().min(1).optional(), tiers: z.array(z.string()).optional() }),
    )
    for (const key of tiers ?? []) findShared(call.world.state.tiers, 'Tier', key)
    if (name !== undefined) collection.name = name
    if (tiers) collection.tiers = tiers
    touch(collection, call.world)
    return showCollection(collection)
  }),
]

const showTier = ({ key, name, created_at, updated_at }: Tier) => ({ key, name, created_at, updated_at })
const showCollection = ({ tiers, ...row }: TierCollection) => ({ ...showTier(row), tiers })
