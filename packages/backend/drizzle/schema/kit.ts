import * as pg from 'drizzle-orm/pg-core';
import * as sqlite from 'drizzle-orm/sqlite-core';

/**
 * Words for columns that both databases understand; each difference between them is decided here, once.
 * JavaScript sees strings, numbers and booleans on either side. Counts and times are 64-bit in both, and stay
 * exact up to 2^53.
 */
export interface Kit {
  readonly table: typeof sqlite.sqliteTable;
  readonly primaryKey: typeof sqlite.primaryKey;
  text(name: string): ReturnType<typeof sqliteText>;
  flag(name: string): ReturnType<typeof sqliteFlag>;
  count(name: string): ReturnType<typeof sqliteWhole>;
  /** Milliseconds since the epoch, UTC. */
  timeMs(name: string): ReturnType<typeof sqliteWhole>;
  /** A length of time in whole milliseconds. */
  durationMs(name: string): ReturnType<typeof sqliteWhole>;
}

const sqliteText = (name: string) => sqlite.text(name);
const sqliteFlag = (name: string) => sqlite.integer(name, { mode: 'boolean' });
const sqliteWhole = (name: string) => sqlite.integer(name, { mode: 'number' });
const pgWhole = (name: string) => pg.bigint(name, { mode: 'number' });

export const sqliteKit: Kit = {
  table: sqlite.sqliteTable,
  primaryKey: sqlite.primaryKey,
  text: sqliteText,
  flag: sqliteFlag,
  count: sqliteWhole,
  timeMs: sqliteWhole,
  durationMs: sqliteWhole,
};

// The two libraries' builders are alike in use but unrelated in type. Declaring PostgreSQL's in SQLite's words
// lets one table file serve both, and row types are the same by the choice of columns above.
export const postgresKit = {
  table: pg.pgTable,
  primaryKey: pg.primaryKey,
  text: (name: string) => pg.text(name),
  flag: (name: string) => pg.boolean(name),
  count: pgWhole,
  timeMs: pgWhole,
  durationMs: pgWhole,
} as unknown as Kit;
