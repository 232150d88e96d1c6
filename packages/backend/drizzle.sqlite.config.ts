import { defineConfig } from 'drizzle-kit';

// Run from this folder: bunx drizzle-kit generate --config=drizzle.sqlite.config.ts --name=<what-changes>
export default defineConfig({
  dialect: 'sqlite',
  schema: './drizzle/schema/sqlite.ts',
  out: './drizzle/migrations/sqlite',
  migrations: { prefix: 'timestamp' },
});
