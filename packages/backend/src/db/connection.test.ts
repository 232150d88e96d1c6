import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader, openWriter } from './connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'plexus-connection-'));
const file = join(folder, 'plexus.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['busy_timeout', 5000],
  ['journal_mode', 'wal'],
  ['synchronous', 2],
  ['foreign_keys', 1],
  ['trusted_schema', 0],
  ['journal_size_limit', 64 * 1024 * 1024],
])('the writer sets %s, which SQLite would leave unsafe', (name, wanted) => {
  const database = openWriter(file, { create: true });
  const row = database.query<Record<string, unknown>, []>(`PRAGMA ${name}`).get() ?? {};
  database.close();
  expect(Object.values(row)).toEqual([wanted]);
});

test('the reader waits for locks as long, and cannot write', () => {
  openWriter(file, { create: true }).close();
  const database = openReader(file);
  expect(Object.values(database.query<Record<string, unknown>, []>('PRAGMA busy_timeout').get() ?? {})).toEqual([5000]);
  expect(() => database.run('CREATE TABLE t (x)')).toThrow('readonly');
  database.close();
});
