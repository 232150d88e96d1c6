import type { FormatId } from '../../../src/types/format-id.ts';
import type { AttemptRecord, RequestRecord } from '../../../src/types/record.ts';
import type { Kit } from '../kit.ts';

/**
 * One row for each request. Ids are made in the order of time, so the primary key is also the index by time.
 * Tokens lie in disjoint buckets, and null means that the upstream did not say. The three `attempt_` columns
 * describe the only attempt of a request that went well at once; others have rows in `request_attempts`.
 */
export const requestUsageTable = (kit: Kit) =>
  kit.table('request_usage', {
    id: kit.text('id').primaryKey(),
    startedAtMs: kit.timeMs('started_at_ms').notNull(),
    keyId: kit.text('key_id'),
    clientFormat: kit.text('client_format').$type<FormatId>().notNull(),
    operation: kit.text('operation').notNull(),
    model: kit.text('model').notNull(),
    alias: kit.text('alias'),
    target: kit.text('target'),
    accountId: kit.text('account_id'),
    targetFormat: kit.text('target_format').$type<FormatId>(),
    lane: kit.text('lane').$type<NonNullable<RequestRecord['lane']>>(),
    streamed: kit.flag('streamed').notNull(),
    status: kit.count('status').notNull(),
    outcome: kit.text('outcome').$type<RequestRecord['outcome']>().notNull(),
    stopReason: kit.text('stop_reason'),
    inputTokens: kit.count('input_tokens'),
    cacheReadTokens: kit.count('cache_read_tokens'),
    cacheWriteTokens: kit.count('cache_write_tokens'),
    cacheWriteLongTokens: kit.count('cache_write_long_tokens'),
    outputTokens: kit.count('output_tokens'),
    reasoningTokens: kit.count('reasoning_tokens'),
    firstContentMs: kit.durationMs('first_content_ms'),
    totalMs: kit.durationMs('total_ms').notNull(),
    attemptStartedMs: kit.durationMs('attempt_started_ms'),
    attemptEndedMs: kit.durationMs('attempt_ended_ms'),
    attemptStatus: kit.count('attempt_status'),
    attemptsCount: kit.count('attempts_count').notNull(),
    lossesCount: kit.count('losses_count').notNull(),
  });

/** Attempts of requests that needed more than one, or whose only one failed, in the order they were made. */
export const requestAttemptsTable = (kit: Kit) =>
  kit.table(
    'request_attempts',
    {
      requestId: kit.text('request_id').notNull(),
      ordinal: kit.count('ordinal').notNull(),
      target: kit.text('target').notNull(),
      accountId: kit.text('account_id').notNull(),
      format: kit.text('format').$type<FormatId>().notNull(),
      startedMs: kit.durationMs('started_ms').notNull(),
      endedMs: kit.durationMs('ended_ms').notNull(),
      outcome: kit.text('outcome').$type<AttemptRecord['outcome']>().notNull(),
      upstreamStatus: kit.count('upstream_status'),
    },
    (table) => [kit.primaryKey({ name: 'request_attempts_key', columns: [table.requestId, table.ordinal] })],
  );
