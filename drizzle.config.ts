import { readdirSync } from 'node:fs'
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  // Each file by itself: the index exports them all once more.
  schema: readdirSync('./src/db/schema')
    .filter((name) => name !== 'index.ts')
    .map((name) => `./src/db/schema/${name}`),
  out: './src/db/migrations',
  entities: { roles: { include: ['causeway_app', 'causeway_partner'] } },
})
