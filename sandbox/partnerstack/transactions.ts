/** Transactions: never changed; corrected by a negative one, or deleted and made again. */
import { z } from 'zod'
import { customerBy } from './customers.ts'
import { announce } from './events.ts'
import { claim, find, newRow, readBody, Refusal, route, touch, type PortalRoute } from './exchange.ts'
import { page } from './page.ts'
import type { PortalWorld, Transaction } from './state.ts'

const createBody = z.object({
  customer_key: z.string().optional(),
  customer_external_key: z.string().optional(),
  customer_email: z.string().optional(),
  amount: z.int().min(-50_000_000_000).max(50_000_000_000),
  currency: z.string().regex(/^[A-Za-z]{3}$/),
  key: z.string().min(4).max(255).optional(),
  category_key: z.string().nullable().optional(),
  product_key: z.string().nullable().optional(),
  metadata: z
    .record(z.string().max(30), z.string().max(100))
    .refine((entries) => Object.keys(entries).length <= 25, 'has more than 25 entries')
    .optional(),
  created_at: z.int().optional(),
})
const references = ['customer_key', 'customer_external_key', 'customer_email'] as const

export const transactionRoutes: PortalRoute[] = [
  route('GET', '/transactions', (call) =>
    page(call, call.world.state.transactions, (row) => showTransaction(call.world, row)),
  ),
  route('POST', '/transactions', (call) => {
    const { world, test } = call
    const body = readBody(call, createBody)
    const given = references.filter((name) => body[name] !== undefined)
    const [by] = given
    if (by === undefined || given.length > 1) throw new Refusal(400, `Give exactly one of ${references.join(', ')}`)
    const customer = customerBy(call, by, body[by] ?? '')
    claim(call, world.state.transactions, 'key', body.key, (row) => row.key)
    const row = newRow(world, 'tran_', test, body)
    const transaction: Transaction = {
      ...row,
      key: body.key ?? row.key,
      customer: customer.key,
      amount: body.amount,
      // One to one: rates are no part of what a program can rely on here.
      amount_usd: body.amount,
      currency: body.currency.toUpperCase(),
      category_key: body.category_key ?? null,
      product_key: body.product_key ?? null,
      metadata: body.metadata ?? {},
      approved: true,
    }
    world.state.transactions.set(transaction.key, transaction)
    announce(world, 'transaction.created', transaction, showTransaction(world, transaction))
    return showTransaction(world, transaction)
  }),
  route('DELETE', '/transactions/:key', (call) => {
    const row = find(call, call.world.state.transactions, 'Transaction', call.request.params['key'])
    row.archived = true
    touch(row, call.world)
    announce(call.world, 'transaction.deleted', row, showTransaction(call.world, row))
    return { key: row.key }
  }),
]

function showTransaction(world: PortalWorld, row: Transaction): Record<string, unknown> {
  const { order: _, arrivedAt: __, customer, ...rest } = row
  const found = world.state.customers.get(customer)
  const named = found && { key: found.key, email: found.email, external_key: found.customer_key }
  return { ...rest, customer: named ?? null, company: {}, extension: {} }
}
