import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FOLD_LOG, openWriter } from './connection.ts';
import { lockDatabase } from './lock.ts';
import { migrateSqlite } from './migrate.ts';
import { storeUnavailable } from './trouble.ts';

/** A check of this much takes a tenth of a second; larger files show damage when a page is read. */
const CHECK_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Readies a database file at start: folder, lock, a look for damage, migrations. Gives the function that lets
 * the lock go. Throws `store_unavailable` that names path, problem and fix; then nothing is held.
 */
export function prepareDatabase(file: string): () => void {
  let unlock: (() => void) | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    unlock = lockDatabase(file);
    const isLarge = existsSync(file) && statSync(file).size > CHECK_BYTES_MAX;
    const database = openWriter(file, { create: true });
    try {
      if (!isLarge) checkForDamage(database);
      migrateSqlite(database);
      database.run(FOLD_LOG);
    } finally {
      database.close();
    }
    return unlock;
  } catch (error) {
    unlock?.();
    throw storeUnavailable(file, error);
  }
}

function checkForDamage(database: ReturnType<typeof openWriter>): void {
  const verdict = database.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').get()?.quick_check;
  if (verdict === 'ok') return;
  throw Object.assign(new Error(verdict ?? 'no answer to quick_check'), { code: 'SQLITE_CORRUPT' });
}
