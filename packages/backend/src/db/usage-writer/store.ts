import type { Database, Statement } from 'bun:sqlite';
import { statSync } from 'node:fs';
import { FOLD_LOG, openWriter } from '../connection.ts';
import { troubleOf } from '../trouble.ts';
import type { RejectedRow, WrittenReport } from './messages.ts';
import { ATTEMPT_COLUMNS, type Batch, type Cell, type Row, USAGE_COLUMNS } from './rows.ts';

/** The writer's side of the file: one connection, prepared statements. */
export interface UsageStore {
  /** Stores a batch in one transaction; whole or not at all. Throws SQLite's errors. */
  write(batch: Batch): WrittenReport;
  /** Moves what the log holds into the file, without waiting for readers. */
  checkpoint(): void;
  /** Moves all of the log into the file and empties it, so that the file is whole by itself. */
  fold(): void;
  close(): void;
}

interface Statements {
  readonly usage: Statement<unknown, Cell[]>;
  readonly attempt: Statement<unknown, Cell[]>;
}

/** Codes of faults that lie in a row; sending such a row again would fail for ever. */
const ROW_FAULTS = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;

/** Opens a file that was readied before; a missing file is an error, never a new empty one. */
export function openUsageStore(file: string): UsageStore {
  const database = openWriter(file, { create: false });
  const inode = statSync(file).ino;
  const statements = { usage: prepare(database, 'request_usage', USAGE_COLUMNS), attempt: prepareAttempt(database) };
  return {
    write: (batch) => {
      // Without this look, a file that was moved or removed under us would take records into nowhere.
      if (statSync(file).ino !== inode) throw new Error('the database file was replaced while the gateway ran');
      return writeBatch(database, statements, batch);
    },
    checkpoint: () => {
      database.run('PRAGMA wal_checkpoint(PASSIVE)');
    },
    fold: () => {
      database.run(FOLD_LOG);
    },
    close: () => {
      statements.usage.finalize();
      statements.attempt.finalize();
      database.close();
    },
  };
}

function prepareAttempt(database: Database): Statements['attempt'] {
  return prepare(database, 'request_attempts', ATTEMPT_COLUMNS);
}

/** Only an id that is there already is passed over: a batch may come twice. Any other conflict is an error. */
function prepare(database: Database, table: string, columns: readonly string[]): Statement<unknown, Cell[]> {
  const marks = columns.map(() => '?').join(', ');
  return database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks}) ON CONFLICT DO NOTHING`);
}

function writeBatch(database: Database, statements: Statements, batch: Batch): WrittenReport {
  try {
    return { type: 'written', inserted: insert(database, statements, batch), rejected: [] };
  } catch (error) {
    if (!ROW_FAULTS.test(troubleOf(error).code)) throw error;
    return writeSingly(database, statements, batch);
  }
}

function insert(database: Database, { usage, attempt }: Statements, batch: Batch): number {
  let inserted = 0;
  database.run('BEGIN IMMEDIATE');
  try {
    for (const row of batch.usage) inserted += usage.run(...row).changes;
    for (const row of batch.attempts) attempt.run(...row);
    database.run('COMMIT');
    return inserted;
  } catch (error) {
    // SQLite has rolled back by itself after some faults, a full disk among them.
    if (database.inTransaction) database.run('ROLLBACK');
    throw error;
  }
}

/** Finds the rows that spoil a batch, so that one of them costs only itself. */
function writeSingly(database: Database, statements: Statements, { usage, attempts }: Batch): WrittenReport {
  const rejected: RejectedRow[] = [];
  let inserted = 0;
  for (const row of usage) {
    const id = String(row[0]);
    try {
      inserted += insert(database, statements, { usage: [row], attempts: attemptsOf(id, attempts) });
    } catch (error) {
      const trouble = troubleOf(error);
      if (!ROW_FAULTS.test(trouble.code)) throw error;
      rejected.push({ id, trouble });
    }
  }
  return { type: 'written', inserted, rejected };
}

function attemptsOf(id: string, attempts: readonly Row[]): readonly Row[] {
  return attempts.filter(([requestId]) => requestId === id);
}
