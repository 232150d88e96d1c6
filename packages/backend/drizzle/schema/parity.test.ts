import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { is } from 'drizzle-orm';
import { PgTable, getTableConfig as postgresConfig } from 'drizzle-orm/pg-core';
import { SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core';
import * as postgresSchema from './postgres.ts';
import * as sqliteSchema from './sqlite.ts';

const sqlite = { ...sqliteSchema };
const postgres = { ...postgresSchema };

/** What each of our column words becomes; a difference between the databases that is not here is an accident. */
const SAME_TYPE: Readonly<Record<string, string>> = {
  SQLiteText: 'PgText',
  SQLiteInteger: 'PgBigInt53',
  SQLiteBoolean: 'PgBoolean',
};

interface ColumnShape {
  readonly name: string;
  readonly notNull: boolean;
  readonly primary: boolean;
  readonly columnType: string;
}

const shape = ({ name, notNull, primary, columnType }: ColumnShape): ColumnShape => ({
  name,
  notNull,
  primary,
  columnType,
});

test('both databases have the same tables', () => {
  expect(Object.keys(postgres)).toEqual(Object.keys(sqlite));
});

describe.each(Object.keys(sqlite) as (keyof typeof sqlite)[])('table %s', (table) => {
  const inSqlite = sqliteConfig(sqlite[table]);
  const other: unknown = postgres[table];
  if (!is(other, PgTable)) throw new TypeError(`${table} is not a PostgreSQL table`);
  const inPostgres = postgresConfig(other);

  test('is a table of each database, by the same name', () => {
    expect(is(sqlite[table], SQLiteTable)).toBe(true);
    expect(inPostgres.name).toBe(inSqlite.name);
  });

  test('has the same columns in the same order, of matching types', () => {
    const wanted = inSqlite.columns
      .map(shape)
      .map((column) => ({ ...column, columnType: SAME_TYPE[column.columnType] }));
    expect<unknown>(inPostgres.columns.map(shape)).toEqual(wanted);
  });

  test('has the same compound keys', () => {
    const keys = (config: { primaryKeys: { columns: { name: string }[] }[] }) =>
      config.primaryKeys.map(({ columns }) => columns.map(({ name }) => name));
    expect(keys(inPostgres)).toEqual(keys(inSqlite));
  });
});

const MIGRATIONS = join(import.meta.dir, '../migrations');

test('both databases have the same steps of migration', () => {
  const steps = (dialect: string) => {
    const journal = JSON.parse(readFileSync(join(MIGRATIONS, dialect, 'meta/_journal.json'), 'utf8'));
    return journal.entries.map(({ tag }: { tag: string }) => tag.replace(/^\d+_/, ''));
  };
  expect(steps('postgres')).toEqual(steps('sqlite'));
});

test.each(['sqlite', 'postgres'])('every file of the %s migrations stands in its journal', (dialect) => {
  const journal = JSON.parse(readFileSync(join(MIGRATIONS, dialect, 'meta/_journal.json'), 'utf8'));
  const files = readdirSync(join(MIGRATIONS, dialect)).filter((name) => name.endsWith('.sql'));
  expect(files.sort()).toEqual(journal.entries.map(({ tag }: { tag: string }) => `${tag}.sql`).sort());
});

const SOURCES = { sqlite, postgres };

test.each([
  { dialect: 'sqlite', api: 'generateSQLiteMigration', drizzleJson: 'generateSQLiteDrizzleJson' },
  { dialect: 'postgres', api: 'generateMigration', drizzleJson: 'generateDrizzleJson' },
] as const)(
  'the $dialect schema has no change that was not generated into a migration',
  async ({ dialect, api, drizzleJson }) => {
    const kit: typeof import('drizzle-kit/api') = await import('drizzle-kit/api');
    const snapshots = readdirSync(join(MIGRATIONS, dialect, 'meta')).filter((name) => name.endsWith('_snapshot.json'));
    const last = JSON.parse(readFileSync(join(MIGRATIONS, dialect, 'meta', snapshots.sort().at(-1) ?? ''), 'utf8'));
    const current = await kit[drizzleJson](SOURCES[dialect]);
    expect(await kit[api](last, current as never)).toEqual([]);
  },
);
