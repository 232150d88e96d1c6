import type { AttemptRecord, RequestRecord } from '../../types/record.ts';

/** A value as it crosses to the writer's thread inside JSON. */
export type Cell = string | number | null;
export type Row = readonly Cell[];

/** The order of cells in a usage row. A test compares it with the schema. */
export const USAGE_COLUMNS = [
  'id',
  'started_at_ms',
  'key_id',
  'client_format',
  'operation',
  'model',
  'alias',
  'target',
  'account_id',
  'target_format',
  'lane',
  'streamed',
  'status',
  'outcome',
  'stop_reason',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_long_tokens',
  'output_tokens',
  'reasoning_tokens',
  'first_content_ms',
  'total_ms',
  'attempt_started_ms',
  'attempt_ended_ms',
  'attempt_status',
  'attempts_count',
  'losses_count',
] as const;

/** The order of cells in an attempt row. */
export const ATTEMPT_COLUMNS = [
  'request_id',
  'ordinal',
  'target',
  'account_id',
  'format',
  'started_ms',
  'ended_ms',
  'outcome',
  'upstream_status',
] as const;

/** What goes to the writer at once, as one JSON text: the cheapest thing to hand to another thread. */
export interface Batch {
  readonly usage: readonly Row[];
  readonly attempts: readonly Row[];
}

/** Records as rows. Attempts have rows of their own only where the usage row cannot tell them. */
export function encodeBatch(records: readonly RequestRecord[]): Batch {
  const attempts: Row[] = [];
  const usage = records.map((record) => {
    const only = soleAttempt(record);
    if (only === undefined) attempts.push(...record.attempts.map((attempt, at) => attemptRow(record.id, at, attempt)));
    return usageRow(record, only);
  });
  return { usage, attempts };
}

/** The one attempt that went well at the record's own target, if that was all. */
function soleAttempt({ attempts, target, accountId, targetFormat }: RequestRecord): AttemptRecord | undefined {
  const [only] = attempts;
  if (only === undefined || attempts.length > 1 || only.outcome !== 'ok') return undefined;
  const isTold = only.target === target && only.accountId === accountId && only.format === targetFormat;
  return isTold ? only : undefined;
}

function usageRow(record: RequestRecord, only: AttemptRecord | undefined): Row {
  const { usage } = record;
  return [
    record.id,
    Math.round(record.startedAtMs),
    record.keyId ?? null,
    record.clientFormat,
    record.operation,
    record.model,
    record.alias ?? null,
    record.target ?? null,
    record.accountId ?? null,
    record.targetFormat ?? null,
    record.lane ?? null,
    record.streamed ? 1 : 0,
    record.status,
    record.outcome,
    record.stopReason ?? null,
    usage.inputTokens ?? null,
    usage.cacheReadTokens ?? null,
    usage.cacheWriteTokens ?? null,
    usage.cacheWriteLongTokens ?? null,
    usage.outputTokens ?? null,
    usage.reasoningTokens ?? null,
    whole(record.firstContentMs),
    Math.round(record.totalMs),
    whole(only?.startedMs),
    whole(only?.endedMs),
    only?.upstreamStatus ?? null,
    record.attempts.length,
    record.losses.length,
  ];
}

function attemptRow(requestId: string, ordinal: number, attempt: AttemptRecord): Row {
  return [
    requestId,
    ordinal,
    attempt.target,
    attempt.accountId,
    attempt.format,
    Math.round(attempt.startedMs),
    Math.round(attempt.endedMs),
    attempt.outcome,
    attempt.upstreamStatus ?? null,
  ];
}

function whole(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
