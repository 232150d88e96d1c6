import type { Database } from 'bun:sqlite';
import { asc, count, desc, inArray, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/bun-sqlite';
import { requestAttempts, requestUsage } from '../../drizzle/schema/sqlite.ts';
import type { RecordPage, StoredRecord, UsageReader } from '../services/usage/ports.ts';
import { GatewayError } from '../types/errors.ts';
import type { Usage } from '../types/ir/usage.ts';
import type { AttemptRecord } from '../types/record.ts';
import { openReader } from './connection.ts';
import { storeUnavailable } from './trouble.ts';
import type { RequestAttemptRow, RequestUsageRow } from './types.ts';

const PAGE_MAX = 1_000;

/** Reads the records of a database file beside its writer. Throws `store_unavailable` when it cannot be read. */
export function openUsageReader(file: string): UsageReader {
  try {
    return createUsageReader(openReader(file));
  } catch (error) {
    throw storeUnavailable(file, error);
  }
}

/** The same over a connection that is open; `close` closes it. */
export function createUsageReader(connection: Database): UsageReader {
  const database = drizzle(connection);
  const attemptsFor = (ids: readonly string[]) =>
    database
      .select()
      .from(requestAttempts)
      .where(inArray(requestAttempts.requestId, [...ids]))
      .orderBy(asc(requestAttempts.ordinal))
      .all();
  return {
    list: (page) => {
      const rows = database
        .select()
        .from(requestUsage)
        .where(page.before === undefined ? undefined : lt(requestUsage.id, page.before))
        .orderBy(desc(requestUsage.id))
        .limit(checkedLimit(page))
        .all();
      const attempts = Map.groupBy(attemptsFor(rows.map(({ id }) => id)), ({ requestId }) => requestId);
      return rows.map((row) => storedRecord(row, attempts.get(row.id) ?? []));
    },
    count: () => database.select({ records: count() }).from(requestUsage).get()?.records ?? 0,
    close: () => connection.close(),
  };
}

function checkedLimit({ limit }: RecordPage): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_MAX) return limit;
  throw new GatewayError('request_invalid', `limit is ${limit}; give a whole number from 1 to ${PAGE_MAX}`, {
    field: 'limit',
  });
}

function storedRecord(row: RequestUsageRow, attempts: readonly RequestAttemptRow[]): StoredRecord {
  return {
    id: row.id,
    startedAtMs: row.startedAtMs,
    keyId: row.keyId ?? undefined,
    clientFormat: row.clientFormat,
    operation: row.operation,
    model: row.model,
    alias: row.alias ?? undefined,
    target: row.target ?? undefined,
    accountId: row.accountId ?? undefined,
    targetFormat: row.targetFormat ?? undefined,
    lane: row.lane ?? undefined,
    streamed: row.streamed,
    status: row.status,
    outcome: row.outcome,
    stopReason: row.stopReason ?? undefined,
    usage: usageOf(row),
    firstContentMs: row.firstContentMs ?? undefined,
    totalMs: row.totalMs,
    attempts: attempts.length > 0 ? attempts.map(attemptOf) : soleAttempt(row),
    lossesCount: row.lossesCount,
  };
}

function usageOf(row: RequestUsageRow): Usage {
  return {
    inputTokens: row.inputTokens ?? undefined,
    cacheReadTokens: row.cacheReadTokens ?? undefined,
    cacheWriteTokens: row.cacheWriteTokens ?? undefined,
    cacheWriteLongTokens: row.cacheWriteLongTokens ?? undefined,
    outputTokens: row.outputTokens ?? undefined,
    reasoningTokens: row.reasoningTokens ?? undefined,
  };
}

function attemptOf(row: RequestAttemptRow): AttemptRecord {
  const { target, accountId, format, startedMs, endedMs, outcome } = row;
  return { target, accountId, format, startedMs, endedMs, outcome, upstreamStatus: row.upstreamStatus ?? undefined };
}

/** The attempt that the usage row tells by itself; none when the request never got as far as one. */
function soleAttempt(row: RequestUsageRow): readonly AttemptRecord[] {
  const { target, accountId, targetFormat: format, attemptStartedMs: startedMs, attemptEndedMs: endedMs } = row;
  if (target === null || accountId === null || format === null || startedMs === null || endedMs === null) return [];
  return [
    { target, accountId, format, startedMs, endedMs, outcome: 'ok', upstreamStatus: row.attemptStatus ?? undefined },
  ];
}
