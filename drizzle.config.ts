import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: ['columns', 'doubts', 'ledger', 'mappings', 'road', 'runs'].map((name) => `./src/db/schema/${name}.ts`),
  out: './src/db/migrations',
  entities: { roles: { include: ['causeway_app', 'causeway_partner'] } },
})
