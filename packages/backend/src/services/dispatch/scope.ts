import { GatewayError } from '../../types/errors.ts';
import type { Due, Ticker } from '../../utils/ticker.ts';
import type { Call } from './ports.ts';

/**
 * All that one attempt holds open: the upstream call and one timer. `close` lets go of both; it is safe to call
 * it again. `cause` says why the attempt was cut off from our side.
 */
export interface Scope {
  readonly signal: AbortSignal;
  readonly watch: Due;
  readonly cause: GatewayError | undefined;
  readonly startedMs: number;
  /** Cuts the upstream call off and remembers why. */
  abort(error: GatewayError): void;
  /** What `onDue` of the watch does from here on. */
  onDue(action: () => void): void;
  close(): void;
}

export function createScope(call: Call, ticker: Ticker): Scope {
  const controller = new AbortController();
  let cause: GatewayError | undefined;
  let due: () => void = () => undefined;
  const watch = ticker.watch(() => due());
  const abort = (error: GatewayError): void => {
    if (controller.signal.aborted) return;
    cause = error;
    controller.abort(error);
  };
  const onGone = (): void => abort(new GatewayError('client_gone', 'the client closed the connection'));
  // On Bun a silent upstream is cancelled only by a signal, never by the client's closed socket alone.
  if (call.signal.aborted) onGone();
  else call.signal.addEventListener('abort', onGone);
  return {
    signal: controller.signal,
    watch,
    get cause() {
      return cause;
    },
    startedMs: ticker.now(),
    abort,
    onDue: (action) => {
      due = action;
    },
    close: () => {
      // The listener stays: aborting a call that is over does nothing, and removing it costs every request.
      watch.stop();
    },
  };
}
