import type { AttemptRecord, RequestRecord } from '../../src/types/record.ts';

/** An attempt that went well at once; name what matters to the test. */
export function anAttempt(overrides: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    target: 'acme/m-large',
    accountId: 'main',
    format: 'openai-chat',
    startedMs: 1,
    endedMs: 900,
    outcome: 'ok',
    upstreamStatus: 200,
    ...overrides,
  };
}

/** The record of an ordinary request with a new id; name what matters to the test. */
export function aRecord(overrides: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: `req_${Bun.randomUUIDv7()}`,
    startedAtMs: 1_790_000_000_000,
    keyId: 'main',
    clientFormat: 'openai-chat',
    operation: 'generate',
    model: 'fast',
    alias: 'fast',
    target: 'acme/m-large',
    accountId: 'main',
    targetFormat: 'openai-chat',
    lane: 'lossless',
    streamed: true,
    status: 200,
    outcome: 'ok',
    stopReason: 'stop',
    usage: { inputTokens: 12, outputTokens: 34 },
    firstContentMs: 300,
    totalMs: 901,
    attempts: [anAttempt()],
    losses: [],
    ...overrides,
  };
}
