import { Database } from 'bun:sqlite';

const BUSY_MS = 5_000;
const JOURNAL_BYTES_MAX = 64 * 1024 * 1024;
/** 32 MiB of log before a commit has to tidy up by itself; the timed checkpoint normally comes first. */
const AUTOCHECKPOINT_PAGES = 8_192;

/** Moves the log into the file, waiting for readers within the wait for locks, and empties it. */
export const FOLD_LOG = 'PRAGMA wal_checkpoint(TRUNCATE)';

/**
 * A connection for the one writer of a file. The wait for locks is set first, because even the switch to the
 * write-ahead log may meet one. With the log, syncing every commit costs little when commits are batches, and
 * nothing acknowledged is lost when the power goes. Throws SQLite's own errors.
 */
export function openWriter(file: string, { create }: { readonly create: boolean }): Database {
  const database = new Database(file, { create, readwrite: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    const mode = database.query<{ journal_mode: string }, []>('PRAGMA journal_mode = WAL').get()?.journal_mode;
    if (mode !== 'wal') throw new Error(`the disk does not allow a write-ahead log (SQLite stays in mode "${mode}")`);
    database.run('PRAGMA synchronous = FULL');
    database.run('PRAGMA foreign_keys = ON');
    database.run('PRAGMA trusted_schema = OFF');
    database.run(`PRAGMA journal_size_limit = ${JOURNAL_BYTES_MAX}`);
    database.run(`PRAGMA wal_autocheckpoint = ${AUTOCHECKPOINT_PAGES}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection that can only read, for looking at the records while the writer goes on. Throws SQLite's errors. */
export function openReader(file: string): Database {
  const database = new Database(file, { readonly: true });
  try {
    database.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
    database.run('PRAGMA trusted_schema = OFF');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
