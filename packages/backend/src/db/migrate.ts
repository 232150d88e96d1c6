import type { Database } from 'bun:sqlite';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/bun-sqlite';
import { migrate } from 'drizzle-orm/bun-sqlite/migrator';

const MIGRATIONS = join(import.meta.dir, '../../drizzle/migrations/sqlite');

/** Brings a database to the newest schema, in one transaction. Does nothing when it is there. Throws SQLite's errors. */
export function migrateSqlite(database: Database): void {
  migrate(drizzle(database), { migrationsFolder: MIGRATIONS });
}
