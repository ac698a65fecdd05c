import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/db/schema/columns.ts', './src/db/schema/ledger.ts', './src/db/schema/road.ts'],
  out: './src/db/migrations',
  entities: { roles: { include: ['causeway_app', 'causeway_partner'] } },
})
