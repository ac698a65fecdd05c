/** Customers: who bought through a partner. */
import { z } from 'zod'
import { announce } from './events.ts'
import { claim, find, newRow, readBody, Refusal, route, touch, type Call, type PortalRoute } from './exchange.ts'
import { field } from './tenant.ts'
import { fieldsBody, readFields, showFields } from './fields.ts'
import { page } from './page.ts'
import { findPartnership } from './partnerships.ts'
import type { Customer, Form, PortalWorld } from './state.ts'

const createBody = z.object({
  customer_key: z.string().min(1).optional(),
  email: z.string().min(4).max(255),
  name: z.string().max(100).optional(),
  partner_key: z.string(),
  provider_key: z.string().nullable().optional(),
  source_key: z.string().nullable().optional(),
  source_type: z.string().nullable().optional(),
  ...fieldsBody,
})
/** The partner of a customer is for life. */
const updateBody = createBody.omit({ partner_key: true, customer_key: true }).partial()

/** The custom fields that every customer has. */
const builtIn: Pick<Form, 'fields'> = {
  fields: [field('company_name', 'Company'), field('website', 'Website'), field('phone', 'Phone')],
}

export const customerRoutes: PortalRoute[] = [
  route('GET', '/customers', (call) => {
    const partner = call.request.query.get('partner_key')
    return page(call, call.world.state.customers, showCustomer, {
      keep: (row) => partner === null || row.partner_key === partner,
    })
  }),
  route('POST', '/customers', (call) => showCustomer(createCustomer(call, readBody(call, createBody)))),
  route('GET', '/customers/:key', (call) => showCustomer(findCustomer(call))),
  route('PATCH', '/customers/:key', (call) => {
    const row = findCustomer(call)
    const { fields, meta, field_data, ...plain } = readBody(call, updateBody)
    const values = { ...row.values, ...readFields(call, customerForm(), { fields, meta, field_data }) }
    Object.assign(row, Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)), { values })
    touch(row, call.world)
    announceCustomer(call.world, 'customer.updated', row)
    return showCustomer(row)
  }),
  route('DELETE', '/customers/:key', (call) => {
    const row = findCustomer(call)
    row.archived = true
    touch(row, call.world)
    announceCustomer(call.world, 'customer.deleted', row)
    return { key: row.key }
  }),
]

export function createCustomer(call: Call, body: z.output<typeof createBody>): Customer {
  const { world, test } = call
  const partner = findPartnership(call, body.partner_key)
  claim(call, world.state.customers, 'customer_key', body.customer_key, (row) => row.customer_key)
  claim(call, world.state.customers, 'email', body.email, (row) => row.email)
  const values = readFields(call, customerForm(), body)
  const row = newRow(world, 'cus', test)
  const customer: Customer = {
    ...row,
    customer_key: body.customer_key ?? row.key,
    email: body.email,
    name: body.name ?? '',
    partner_key: partner.partner_key,
    provider_key: body.provider_key ?? null,
    source_key: body.source_key ?? null,
    source_type: body.source_type ?? null,
    values,
  }
  world.state.customers.set(customer.key, customer)
  announceCustomer(world, 'customer.created', customer)
  return customer
}

function findCustomer(call: Call): Customer {
  return find(call, call.world.state.customers, 'Customer', call.request.params['key'])
}

function customerForm(): Form {
  const at = { created_at: 0, updated_at: 0, order: 0, arrivedAt: 0, archived: false, test: false }
  return { ...at, key: 'mold_customer', name: 'Customer', title: 'Customer', type: 'customer', groups: [], ...builtIn }
}

/** `test` is the one place where the vendor shows which key pair made a record. */
export function showCustomer(row: Customer): Record<string, unknown> {
  const { order: _, arrivedAt: __, values, ...rest } = row
  return { ...rest, ...showFields(customerForm(), values) }
}

/** The customer that a transaction names in exactly one of three ways. */
export function customerBy(
  { world, test }: Call,
  by: 'customer_key' | 'customer_external_key' | 'customer_email',
  value: string,
): Customer {
  const nameOf = {
    customer_key: (c: Customer) => c.key,
    customer_external_key: (c: Customer) => c.customer_key,
    customer_email: (c: Customer) => c.email,
  }[by]
  const found = [...world.state.customers.values()].find(
    (row) => row.test === test && !row.archived && nameOf(row) === value,
  )
  if (!found) throw new Refusal(404, 'Customer not found')
  return found
}

function announceCustomer(world: PortalWorld, type: string, row: Customer): void {
  const { key, email, name, partner_key, created_at, updated_at } = row
  announce(world, type, row, { id: key, key, email, name, partner_key, created_at, updated_at })
}
