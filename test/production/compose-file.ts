/** docker-compose.yml as an engine would read it: the part of the compose specification that we use, strict in all else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

export const root = join(import.meta.dirname, '../..')

const time = z.string().regex(/^(\d+(\.\d+)?(us|ms|s|m|h))+$/, 'is a duration such as 10s or 1m')
const port = z.string().regex(/^(\d{1,3}(\.\d{1,3}){3}:)?(\$\{\w+:-\d+\}|\d+):\d+$/, 'is a published port')
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)

const healthcheck = z.strictObject({
  test: z.tuple([z.literal('CMD')], z.string()),
  interval: time,
  timeout: time,
  start_period: time,
  retries: z.int().min(1),
})

const service = z
  .strictObject({
    image: z.string().min(1),
    build: z.string().optional(),
    profiles: z.array(z.string()).default([]),
    init: z.boolean().default(false),
    restart: z.string().regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/),
    cap_drop: z.array(z.string()).default([]),
    security_opt: z.array(z.string()).default([]),
    network_mode: z
      .string()
      .regex(/^(none|host|service:[\w-]+)$/)
      .optional(),
    entrypoint: z.array(z.string()).optional(),
    command: z.array(z.string()).default([]),
    environment: z.record(z.string(), scalar).default({}),
    env_file: z.array(z.strictObject({ path: z.string(), required: z.boolean() })).default([]),
    ports: z.array(port).default([]),
    volumes: z.array(z.string().regex(/^[^:]+(:-[^:]+)?:\/[^:]+(:ro)?$/, 'is a mount')).default([]),
    depends_on: z
      .record(
        z.string(),
        z.strictObject({
          condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
          restart: z.boolean().optional(),
        }),
      )
      .default({}),
    healthcheck: healthcheck.optional(),
    shm_size: z
      .string()
      .regex(/^\d+(b|k|kb|m|mb|g|gb)$/)
      .optional(),
    stop_grace_period: time.optional(),
  })
  .refine((s) => s.network_mode === undefined || s.ports.length === 0, 'ports need a network of its own')

const composeSchema = z
  .looseObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
    services: z.record(z.string().regex(/^[a-zA-Z0-9._-]+$/), service),
    volumes: z.record(z.string(), z.null()),
  })
  .refine(
    (file) => Object.keys(file).every((key) => ['name', 'services', 'volumes'].includes(key) || key.startsWith('x-')),
    'has an unknown part',
  )

export type ComposeFile = z.infer<typeof composeSchema>
export type ComposeService = ComposeFile['services'][string]

/** @throws when the file is not what the specification allows. */
export function readCompose(): ComposeFile {
  return composeSchema.parse(parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }))
}

/** Puts `${NAME:?…}` and `${NAME:-default}` in place as an engine does, with `given` in place of what must be set. */
export function interpolate(text: string, given: Readonly<Record<string, string>> = {}): string {
  return text.replaceAll(/\$\{(\w+)(?::([?-])([^}]*))?\}/g, (_, name: string, kind?: string, rest?: string) => {
    const value = given[name]
    if (value !== undefined && value !== '') return value
    if (kind === '-') return rest ?? ''
    throw new Error(`${name} is not set`)
  })
}

/** A mount's two ends; a source without a slash names a volume. */
export function mountOf(volume: string): { source: string; target: string } {
  const [source = '', target = ''] = interpolate(volume).split(':')
  return { source, target }
}
