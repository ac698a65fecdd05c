/** What may stand in a mapping document: the records of one object of a connection, in the words of an admin. */
import { z } from 'zod'
import { recordKinds } from '../../domain/records.ts'

/** The format that this release reads and writes. */
export const FORMAT = 1

const direction = z.enum(['in', 'out', 'both', 'none'])
const currency = z.string().regex(/^[A-Z]{3}$/)
const path = z.string().min(1, 'expected the name of a field of the vendor')

export const lookupSchema = z.strictObject({
  lookup: z.enum(recordKinds).describe('The kind of record that is named.'),
  object: z.string().min(1).describe('The vendor’s object that holds it.'),
  fallback: z.string().min(1).optional().describe('The vendor’s id that is written where ours has none there.'),
})

const plain = ['text', 'boolean', 'list', 'decimal', 'cents', 'date', 'instant', 'epochMs', 'domain'] as const

const conversion = z
  .union(
    [z.enum(plain), lookupSchema],
    `expected one of ${plain.join(', ')}, or a lookup such as { lookup: partner, object: Account }`,
  )
  .describe('How the value is written at the vendor. Default: text.')

export const unpairedSchema = z.strictObject({
  toVendor: z.string().min(1).optional().describe('Written for any value of ours that has no pair.'),
  toOurs: z.string().min(1).optional().describe('Taken for any value of the vendor that has no pair.'),
})

export const transformSchema = z.strictObject({
  in: z.string().min(1).optional().describe('JSONata that makes our value of the vendor’s fields.'),
  out: z.string().min(1).optional().describe('JSONata that makes the vendor’s value of our record.'),
})

/** Where a canonical field lives. What is null takes away what the default says. */
export const placementSchema = z
  .strictObject({
    path: path.describe('The vendor’s field.'),
    as: conversion,
    create: direction.describe('Which way the value flows when the record is new.'),
    update: direction.describe('Which way it flows when the record is known.'),
    wins: z
      .enum(['vendor', 'ledger', 'newest', 'ask'])
      .describe('Whose value stands when both sides changed it. Default: vendor.'),
    write: z.enum(['always', 'if-empty']).describe('When a known record is written. Default: always.'),
    values: z.record(z.string(), z.string()).nullable().describe('Our value: the vendor’s, for picklists.'),
    rest: z
      .literal('same-name', 'expected same-name')
      .nullable()
      .describe('Values that have no pair are paired with the vendor’s picklist value of the same name.'),
    unpaired: z
      .union([z.enum(['pass', 'leave', 'park']), unpairedSchema], 'expected pass, leave, park or a fallback')
      .nullable()
      .describe('What becomes of a value without a pair. Default: pass.'),
    transform: transformSchema.nullable().describe('Where a path is not enough.'),
    scale: z
      .string()
      .regex(/^-?(?=[\d.]*[1-9])\d+(\.\d+)?$/, 'expected a decimal number in quotes that is not 0, such as "0.01"')
      .nullable()
      .describe('The vendor’s number times this is ours.'),
    currency: z
      .union([currency, z.strictObject({ path })], 'expected an ISO 4217 code such as EUR, or { path: … }')
      .nullable()
      .describe('The currency of the vendor’s amounts, or its field that names it.'),
    otherCurrency: z
      .enum(['park', 'leave'])
      .describe('What becomes of an amount in another currency than the record’s. Default: park.'),
    initial: z.string().nullable().describe('What a new record gets where ours has no value.'),
    mandatory: z.boolean().describe('The vendor keeps no record without it.'),
    required: z
      .union([z.boolean(), z.literal('known')], 'expected true, false or known')
      .describe('A record without it is not taken in; `known`: one that names a record which is not known waits.'),
  })
  .partial()
  .meta({ id: 'Placement', description: 'Where a field lives at the vendor, and how it flows.' })

/** One place, several that each have their direction, or none at all. */
export const fieldSchema = z
  .union(
    [placementSchema, z.array(placementSchema).min(1), z.literal('off')],
    'expected what is said of the field, such as { path: Name, create: both, update: in }, or off',
  )
  .meta({ id: 'Field', description: 'A canonical field; off: it is not kept here.' })

export const whenSchema = z.strictObject({ path, in: z.array(z.string()).min(1) })

export const fieldsSchema = z.record(z.string(), fieldSchema)

export const kindSchema = z
  .strictObject({
    mode: z.enum(['create-only', 'update-only', 'upsert']).describe('Which records are written. Default: upsert.'),
    when: whenSchema.nullable().describe('Tells this kind from others of the same object.'),
    fixed: z
      .record(path, z.union([z.string(), z.number(), z.boolean()], 'expected a text, a number, true or false'))
      .describe('Written to every record of this kind.'),
    fields: fieldsSchema,
  })
  .partial()

/** What is said of a kind, or that it is not kept here. */
const recordSchema = z.union(
  [kindSchema, z.literal('off')],
  'expected what is said of the kind (mode, when, fixed, fields), or off',
)

export const documentSchema = z.strictObject({
  mapping: z.literal(FORMAT).describe('The format of this document.'),
  connection: z.string().min(1).describe('The connection’s name in causeway.yaml.'),
  object: z.string().min(1).describe('The vendor’s object.'),
  extends: z.literal('default').optional().describe('What is not said here is as the vendor’s default says.'),
  records: z
    .partialRecord(z.enum(recordKinds), recordSchema)
    .describe('One entry for each kind of record that the object holds.'),
})

export type MappingDocument = z.output<typeof documentSchema>
export type KindEntry = z.output<typeof kindSchema>
export type Placement = z.output<typeof placementSchema>
