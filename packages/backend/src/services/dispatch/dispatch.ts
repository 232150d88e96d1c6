import { GatewayError } from '../../types/errors.ts';
import { runAttempt } from './attempt.ts';
import { REPEAT_JITTER_MS, SAME_TARGET_DELAY_MS_MAX } from './limits.ts';
import type { Answer, Attempt, Call, DispatchDeps } from './ports.ts';

/**
 * How long to wait before the same target is asked once more, or undefined when it is not. Only what cannot have
 * cost anything is repeated: a connection that was refused, or a provider that named a short delay itself.
 */
export function repeatDelayMs(error: GatewayError, random: number): number | undefined {
  if (error.code === 'upstream_down') return random * REPEAT_JITTER_MS;
  const { retryAfterMs } = error;
  if (error.rule.retry !== 'next-target' || retryAfterMs === undefined) return undefined;
  return retryAfterMs < SAME_TARGET_DELAY_MS_MAX ? retryAfterMs : undefined;
}

/** May another target help? A target that cannot express the request leaves room for one that can. */
function mayMoveOn(error: GatewayError): boolean {
  return error.rule.retry === 'next-target' || error.code === 'request_unsupported';
}

/** Statuses of a provider that has the API but not its endpoint for counting. */
const NO_ENDPOINT: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/** True when a count failed because the provider does not count, so that an estimate may stand in for it. */
export function lacksCounting({ operation }: Call, { upstreamStatus }: GatewayError): boolean {
  return operation === 'count-tokens' && NO_ENDPOINT.has(upstreamStatus);
}

/** The provider has the request and may have worked, and billed, for nothing. */
const SENT_AND_SILENT: ReadonlySet<string> = new Set(['upstream_timeout', 'upstream_reset']);
/** So the work is asked for once more elsewhere, and no third time. */
const SILENCES_MAX = 1;

/** The call, with no attempt longer than what is left of the request's time. */
function boundedBy(call: Call, leftMs: number): Call {
  const { limits } = call;
  return leftMs >= limits.attemptMs ? call : { ...call, limits: { ...limits, attemptMs: leftMs } };
}

/**
 * Tries the attempts in order until one answers. Holding each answer back until its first content keeps every
 * failover invisible; once the client has a byte, a failure is an event in its stream.
 *
 * Throws the last error when none answers. A refusal in the client's own format is returned as it came, except that
 * of a provider that does not count tokens.
 */
export async function dispatch(call: Call, attempts: readonly Attempt[], deps: DispatchDeps): Promise<Answer> {
  const { limits, track } = call;
  const deadlineMs = deps.ticker.now() + limits.requestMs;
  let next = 0;
  let hasRepeated = false;
  let silences = 0;
  for (;;) {
    const attempt = attempts[next];
    if (attempt === undefined) throw new GatewayError('route_none', 'no target of this model can be used now');
    const result = await runAttempt(boundedBy(call, deadlineMs - deps.ticker.now()), attempt, deps);
    if (result.ok) return result.answer;
    const { error, raw } = result;
    const isLast = next + 1 >= attempts.length;
    if (SENT_AND_SILENT.has(error.code)) silences += 1;
    const mayTry =
      silences <= SILENCES_MAX &&
      mayMoveOn(error) &&
      track.attemptCount < limits.attemptsMax &&
      deps.ticker.now() < deadlineMs;
    const delayMs = isLast && !hasRepeated && mayTry ? repeatDelayMs(error, deps.random()) : undefined;
    if (!mayTry || (isLast && delayMs === undefined)) {
      if (raw === undefined || lacksCounting(call, error)) throw error;
      track.finish(raw.status, error.code);
      return raw;
    }
    if (delayMs === undefined) {
      next += 1;
      continue;
    }
    hasRepeated = true;
    await deps.sleep(delayMs, call.signal);
  }
}
