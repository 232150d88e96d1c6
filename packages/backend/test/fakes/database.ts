import { Database } from 'bun:sqlite';
import { migrateSqlite } from '../../src/db/migrate.ts';

let template: Uint8Array | undefined;

/**
 * An empty database in memory with every migration applied, of the caller's own. The migrations run when the
 * first one is asked for; the rest are copies, which cost microseconds.
 */
export function memoryDatabase(): Database {
  template ??= migrated();
  return Database.deserialize(template);
}

function migrated(): Uint8Array {
  const database = new Database(':memory:');
  migrateSqlite(database);
  const bytes = database.serialize();
  database.close();
  return bytes;
}
