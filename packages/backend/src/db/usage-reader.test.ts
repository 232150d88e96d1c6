import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryDatabase } from '../../test/fakes/database.ts';
import { fakeLogger } from '../../test/fakes/logger.ts';
import { anAttempt, aRecord } from '../../test/fakes/records.ts';
import type { StoredRecord } from '../services/usage/ports.ts';
import type { RequestRecord } from '../types/record.ts';
import { createUsageRecorder, openUsageReader } from './index.ts';
import { createUsageReader } from './usage-reader.ts';

const stored = ({ losses, ...record }: RequestRecord): StoredRecord => ({ ...record, lossesCount: losses.length });

const records: { name: string; record: RequestRecord }[] = [
  { name: 'an ordinary request', record: aRecord() },
  {
    name: 'a refused one that knows almost nothing',
    record: aRecord({
      keyId: undefined,
      alias: undefined,
      target: undefined,
      accountId: undefined,
      targetFormat: undefined,
      lane: undefined,
      streamed: false,
      status: 401,
      outcome: 'key_invalid',
      stopReason: undefined,
      usage: {},
      firstContentMs: undefined,
      totalMs: 0,
      attempts: [],
    }),
  },
  {
    name: 'one that failed over, with losses',
    record: aRecord({
      attempts: [
        anAttempt({ outcome: 'upstream_limited', upstreamStatus: 429, endedMs: 80 }),
        anAttempt({ startedMs: 81 }),
      ],
      losses: [{ rule: 'gemini.seed', field: 'seed', reason: 'has no such field' }],
    }),
  },
  {
    name: 'one whose only attempt failed',
    record: aRecord({
      outcome: 'upstream_down',
      attempts: [anAttempt({ outcome: 'upstream_down', upstreamStatus: undefined })],
    }),
  },
  {
    name: 'every bucket, and counts above 32 bits; zero stays zero',
    record: aRecord({
      usage: {
        inputTokens: 0,
        cacheReadTokens: 2 ** 40,
        cacheWriteTokens: 1,
        cacheWriteLongTokens: 2,
        outputTokens: Number.MAX_SAFE_INTEGER,
        reasoningTokens: 0,
      },
    }),
  },
  {
    name: 'names of any script and quote',
    record: aRecord({ model: `模型 "x' \u0000 \\`, alias: "'; DROP TABLE request_usage; --" }),
  },
];

describe('what was recorded is read back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reader-'));
  const file = join(folder, 'plexus.db');

  test.each(records)('$name', async ({ record }) => {
    const recorder = createUsageRecorder({ file, log: fakeLogger });
    recorder.record(record);
    await recorder.close();
    const reader = openUsageReader(file);
    const [newest] = reader.list({ limit: 1 });
    reader.close();
    expect(newest).toEqual(stored(record));
    expect(fakeLogger.error).not.toHaveBeenCalled();
  });

  test('pages go from the newest to the oldest and meet each record once', () => {
    const reader = openUsageReader(file);
    const seen: string[] = [];
    for (let before: string | undefined; ; before = seen.at(-1)) {
      const page = reader.list({ limit: 4, before });
      seen.push(...page.map(({ id }) => id));
      if (page.length < 4) break;
    }
    expect(seen).toEqual(
      records
        .map(({ record }) => record.id)
        .sort()
        .reverse(),
    );
    expect(reader.count()).toBe(records.length);
    reader.close();
    rmSync(folder, { recursive: true });
  });
});

test.each([0, -1, 1.5, 1001, Number.NaN])('a limit of %p is refused', (limit) => {
  const reader = createUsageReader(memoryDatabase());
  expect(() => reader.list({ limit })).toThrow(expect.objectContaining({ code: 'request_invalid', field: 'limit' }));
});

test('an empty database has no records', () => {
  const reader = createUsageReader(memoryDatabase());
  expect(reader.list({ limit: 10 })).toEqual([]);
  expect(reader.count()).toBe(0);
});

test('a missing file is named', () => {
  expect(() => openUsageReader('/nowhere/plexus.db')).toThrow(
    expect.objectContaining({ code: 'store_unavailable', message: expect.stringContaining('/nowhere/plexus.db') }),
  );
});
