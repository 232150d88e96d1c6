import type { ErrorCode } from './errors.ts';
import type { Loss } from './format.ts';
import type { FormatId } from './format-id.ts';
import type { Usage } from './ir/usage.ts';

/** How one attempt on one target ended. */
export interface AttemptRecord {
  readonly target: string;
  readonly accountId: string;
  readonly format: FormatId;
  /** Milliseconds since the request began. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: 'ok' | ErrorCode;
  readonly upstreamStatus?: number | undefined;
}

/**
 * The one record that every request leaves, success or not. Absent numbers are unknown, not zero.
 * It never holds a prompt, an answer, a header or a key.
 */
export interface RequestRecord {
  readonly id: string;
  readonly startedAtMs: number;
  readonly keyId: string | undefined;
  readonly clientFormat: FormatId;
  readonly operation: string;
  /** Model as the client named it. */
  readonly model: string;
  readonly alias: string | undefined;
  readonly target: string | undefined;
  readonly accountId: string | undefined;
  readonly targetFormat: FormatId | undefined;
  readonly lane: 'lossless' | 'translate' | undefined;
  readonly streamed: boolean;
  readonly status: number;
  readonly outcome: 'ok' | 'cancelled' | ErrorCode;
  readonly stopReason: string | undefined;
  readonly usage: Usage;
  /** First content byte to the client, and the whole, in milliseconds since the start. */
  readonly firstContentMs: number | undefined;
  readonly totalMs: number;
  readonly attempts: readonly AttemptRecord[];
  readonly losses: readonly Loss[];
}
