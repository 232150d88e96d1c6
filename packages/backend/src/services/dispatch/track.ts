import type { GatewayError } from '../../types/errors.ts';
import type { Loss } from '../../types/format.ts';
import type { FormatId } from '../../types/format-id.ts';
import type { Usage } from '../../types/ir/usage.ts';
import type { AttemptRecord, RequestRecord } from '../../types/record.ts';
import type { PlannedAttempt } from '../routing/plan.ts';

/** What is known at admission. */
export interface TrackStart {
  readonly id: string;
  readonly startedAtMs: number;
  readonly startedMs: number;
  readonly clientFormat: FormatId;
  readonly operation: string;
}

/**
 * A request's record while it is being made. `finish` hands it on exactly once, whatever ends the request; later
 * calls do nothing.
 */
export interface Track {
  readonly id: string;
  readonly startedAtMs: number;
  keyId: string | undefined;
  model: string;
  alias: string | undefined;
  streamed: boolean;
  usage: Usage;
  stopReason: string | undefined;
  losses: readonly Loss[];
  /** The attempt that runs or ran last. */
  attempt: PlannedAttempt | undefined;
  attemptCount: number;
  beginAttempt(attempt: PlannedAttempt, nowMs: number): void;
  endAttempt(outcome: AttemptRecord['outcome'], upstreamStatus?: number): void;
  /** The first content goes to the client now. */
  markContent(): void;
  finish(status: number, outcome: RequestRecord['outcome']): void;
  fail(error: GatewayError): void;
}

const whole = (ms: number): number => Math.round(ms * 10) / 10;

export function createTrack(start: TrackStart, now: () => number, record: (record: RequestRecord) => void): Track {
  const attempts: AttemptRecord[] = [];
  let attemptStartedMs = 0;
  let attemptOpen = false;
  let firstContentMs: number | undefined;
  let finished = false;
  const track: Track = {
    id: start.id,
    startedAtMs: start.startedAtMs,
    keyId: undefined,
    model: '',
    alias: undefined,
    streamed: false,
    usage: {},
    stopReason: undefined,
    losses: [],
    attempt: undefined,
    attemptCount: 0,
    beginAttempt: (attempt, nowMs) => {
      track.attempt = attempt;
      track.attemptCount += 1;
      track.losses = [];
      attemptStartedMs = whole(nowMs - start.startedMs);
      attemptOpen = true;
    },
    endAttempt: (outcome, upstreamStatus) => {
      const { attempt } = track;
      if (!attemptOpen || attempt === undefined) return;
      attemptOpen = false;
      attempts.push({
        target: attempt.target.id,
        accountId: attempt.target.account.id,
        format: attempt.format,
        startedMs: attemptStartedMs,
        endedMs: whole(now() - start.startedMs),
        outcome,
        upstreamStatus,
      });
    },
    markContent: () => {
      firstContentMs ??= whole(now() - start.startedMs);
    },
    finish: (status, outcome) => {
      if (finished) return;
      finished = true;
      track.endAttempt(outcome === 'cancelled' ? 'client_gone' : outcome);
      record({
        id: start.id,
        startedAtMs: start.startedAtMs,
        keyId: track.keyId,
        clientFormat: start.clientFormat,
        operation: start.operation,
        model: track.model,
        alias: track.alias,
        target: track.attempt?.target.id,
        accountId: track.attempt?.target.account.id,
        targetFormat: track.attempt?.format,
        lane: track.attempt?.lane,
        streamed: track.streamed,
        status,
        outcome,
        stopReason: track.stopReason,
        usage: track.usage,
        firstContentMs,
        totalMs: whole(now() - start.startedMs),
        attempts,
        losses: track.losses,
      });
    },
    fail: (error) => track.finish(error.status, error.code === 'client_gone' ? 'cancelled' : error.code),
  };
  return track;
}
