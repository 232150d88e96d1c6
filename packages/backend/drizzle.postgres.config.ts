import { defineConfig } from 'drizzle-kit';

// Run from this folder: bunx drizzle-kit generate --config=drizzle.postgres.config.ts --name=<what-changes>
export default defineConfig({
  dialect: 'postgresql',
  schema: './drizzle/schema/postgres.ts',
  out: './drizzle/migrations/postgres',
  migrations: { prefix: 'timestamp' },
});
