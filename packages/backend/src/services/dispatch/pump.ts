import { asGatewayError, GatewayError } from '../../types/errors.ts';
import { SSE_KEEP_ALIVE } from '../../utils/sse.ts';
import type { LaneStream } from './lane.ts';
import { DRAIN_MS } from './limits.ts';
import type { Call } from './ports.ts';
import type { Scope } from './scope.ts';
import type { UpstreamBody } from './upstream-body.ts';

/** A committed stream: what was read so far, and the read that may still be under way. */
export interface Committed {
  readonly body: UpstreamBody;
  readonly lane: LaneStream;
  readonly scope: Scope;
  readonly held: readonly Uint8Array[];
  readonly pending: Promise<readonly Uint8Array[] | undefined> | undefined;
}

interface PumpState {
  held: readonly Uint8Array[];
  pending: Promise<readonly Uint8Array[] | undefined> | undefined;
  /** Waiting for the upstream, not for the client. */
  isPulling: boolean;
  isDone: boolean;
  lastDataMs: number;
  lastSentMs: number;
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

const STATUS_CLIENT_GONE = 499;
const encoder = new TextEncoder();

/**
 * The client's body: pulled by the client's reading, so a slow reader slows the upstream and bounds the memory.
 * Every callback catches: a rejected promise that is dropped in one of them would end the process.
 */
export function createPump(call: Call, committed: Committed, now: () => number): ReadableStream<Uint8Array> {
  const { body, lane, scope } = committed;
  const { track, limits } = call;
  const keepAlive = encoder.encode(call.framing === 'sse' ? (call.format.keepAlive ?? SSE_KEEP_ALIVE) : '\n');
  const state: PumpState = {
    held: committed.held,
    pending: committed.pending,
    isPulling: false,
    isDone: false,
    lastDataMs: now(),
    lastSentMs: now(),
  };

  const send = (controller: Controller, bytes: Uint8Array): void => {
    if (lane.hasContent) track.markContent();
    controller.enqueue(bytes);
    state.lastSentMs = now();
  };
  const conclude = (controller: Controller, failure: GatewayError | undefined): void => {
    if (state.isDone) return;
    state.isDone = true;
    lane.settle();
    controller.close();
    track.finish(200, failure?.code ?? 'ok');
  };
  const breakOff = (controller: Controller, error: GatewayError): void => {
    if (state.isDone) return;
    state.isDone = true;
    lane.settle();
    scope.abort(error);
    scope.close();
    if (error.rule.source === 'client') {
      track.finish(STATUS_CLIENT_GONE, error.code === 'client_gone' ? 'cancelled' : error.code);
      controller.error(error);
      return;
    }
    controller.enqueue(lane.errorBytes(error));
    controller.close();
    track.finish(200, error.code);
  };

  const feed = (controller: Controller, chunks: readonly Uint8Array[]): boolean => {
    let sent = false;
    for (const chunk of chunks) {
      const bytes = lane.take(chunk);
      if (bytes === undefined) continue;
      send(controller, bytes);
      sent = true;
    }
    return sent;
  };
  const step = async (controller: Controller): Promise<void> => {
    for (;;) {
      const chunks = await (state.pending ?? body.next());
      state.pending = undefined;
      state.lastDataMs = now();
      if (state.isDone) return;
      if (chunks === undefined) {
        const last = lane.end();
        if (last !== undefined) send(controller, last);
        scope.close();
        conclude(controller, lane.failure);
        return;
      }
      const sent = feed(controller, chunks);
      if (lane.isOver || (lane.failure !== undefined && !lane.atBoundary)) {
        drain(body, scope, now);
        conclude(controller, lane.failure);
        return;
      }
      if (sent) return;
    }
  };
  const pull = async (controller: Controller): Promise<void> => {
    state.isPulling = true;
    try {
      if (state.held.length > 0) {
        for (const bytes of state.held) send(controller, bytes);
        state.held = [];
        if (lane.isOver || lane.failure !== undefined) {
          drain(body, scope, now);
          conclude(controller, lane.failure);
        }
        return;
      }
      await step(controller);
    } catch (thrown) {
      breakOff(controller, scope.cause ?? brokenBy(thrown));
    } finally {
      state.isPulling = false;
    }
  };
  const onDue = (controller: Controller): void => {
    const at = now();
    const silentMs = at - state.lastDataMs;
    const silenceMax = lane.hasContent ? limits.stallMs : limits.firstContentMs;
    if (at - scope.startedMs >= limits.attemptMs) {
      scope.abort(new GatewayError('upstream_timeout', 'the provider took longer than an answer may take'));
    } else if (!state.isPulling && at - state.lastSentMs >= limits.clientStallMs) {
      breakOff(controller, new GatewayError('client_stalled', 'the client stopped reading'));
      return;
    } else if (state.isPulling && silentMs >= silenceMax) {
      const seconds = Math.round(silentMs / 1000);
      scope.abort(new GatewayError('upstream_stalled', `the provider sent nothing for ${seconds} s`));
    } else if (state.isPulling && at - state.lastSentMs >= limits.keepAliveMs && lane.atBoundary) {
      send(controller, keepAlive);
    }
    const waits = state.isPulling
      ? [limits.stallMs - silentMs, limits.keepAliveMs - (at - state.lastSentMs), silenceMax - silentMs]
      : [limits.clientStallMs - (at - state.lastSentMs), limits.keepAliveMs];
    const leftMs = limits.attemptMs - (at - scope.startedMs);
    const positive = [...waits, leftMs].filter((wait) => wait > 0);
    scope.watch.setDue(at + Math.max(5, Math.min(...positive, limits.keepAliveMs)));
  };

  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      scope.onDue(() => onDue(controller));
      const silenceMs = Math.min(limits.stallMs, limits.keepAliveMs, limits.clientStallMs);
      scope.watch.setDue(Math.min(now() + silenceMs, scope.startedMs + limits.attemptMs));
    },
    pull,
    cancel: () => {
      if (state.isDone) return;
      state.isDone = true;
      lane.settle();
      scope.abort(new GatewayError('client_gone', 'the client closed the connection'));
      scope.close();
      track.finish(STATUS_CLIENT_GONE, 'cancelled');
    },
  });
}

/** A connection that broke in the middle of an answer. */
function brokenBy(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof TypeError || (thrown as { code?: unknown } | null)?.code !== undefined) {
    return new GatewayError('upstream_truncated', 'the connection to the provider broke in the middle of the answer', {
      cause: thrown,
    });
  }
  return asGatewayError(thrown);
}

/** Reads what follows the finish, so that the connection can serve again, but not for long. */
function drain(body: UpstreamBody, scope: Scope, now: () => number): void {
  scope.onDue(() => scope.abort(new GatewayError('upstream_timeout', 'the provider did not close its stream')));
  scope.watch.setDue(now() + DRAIN_MS);
  const rest = async (): Promise<void> => {
    while ((await body.next()) !== undefined);
  };
  rest()
    .catch(() => undefined)
    .finally(() => scope.close());
}
