import { expect, test } from 'bun:test';
import { getTableColumns } from 'drizzle-orm';
import { requestAttempts, requestUsage } from '../../../drizzle/schema/sqlite.ts';
import { anAttempt, aRecord } from '../../../test/fakes/records.ts';
import { ATTEMPT_COLUMNS, encodeBatch, USAGE_COLUMNS } from './rows.ts';

test.each([
  { name: 'request_usage', listed: USAGE_COLUMNS, table: requestUsage },
  { name: 'request_attempts', listed: ATTEMPT_COLUMNS, table: requestAttempts },
])('the writer lists every column of $name', ({ listed, table }) => {
  const columns = Object.values(getTableColumns(table)).map(({ name }) => name);
  expect<readonly string[]>(listed).toEqual(columns);
});

const failed = anAttempt({ target: 'other/m', outcome: 'upstream_down', upstreamStatus: undefined });

test.each([
  { name: 'one good attempt needs no row of its own', record: aRecord(), attemptRows: 0 },
  {
    name: 'a request that made no attempt has none',
    record: aRecord({ attempts: [], outcome: 'key_invalid' }),
    attemptRows: 0,
  },
  { name: 'one failed attempt has a row', record: aRecord({ attempts: [failed] }), attemptRows: 1 },
  { name: 'two attempts have two rows', record: aRecord({ attempts: [failed, anAttempt()] }), attemptRows: 2 },
  {
    name: 'an attempt elsewhere than the record says has a row',
    record: aRecord({ target: 'other/m' }),
    attemptRows: 1,
  },
])('$name', ({ record, attemptRows }) => {
  const { usage, attempts } = encodeBatch([record]);
  expect(usage.map((row) => row.length)).toEqual([USAGE_COLUMNS.length]);
  expect(attempts).toHaveLength(attemptRows);
  for (const row of attempts) expect(row).toHaveLength(ATTEMPT_COLUMNS.length);
});
