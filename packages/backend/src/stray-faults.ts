import { describeCause } from './utils/cause.ts';
import type { Logger } from './utils/logger.ts';

/** What went wrong outside of every request, while the gateway went on. */
export interface StrayFaults {
  /** For /health; empty while there was none. */
  problems(): readonly string[];
  stop(): void;
}

/** The first line of a stack that names a place. It holds no words of anyone's request. */
function placeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  return thrown.stack
    ?.split('\n')
    .find((line) => /:\d+:\d+\)?$/.test(line))
    ?.trim();
}

/**
 * Keeps a promise that was dropped, or an exception in a callback, from ending the process and every open stream with
 * it: each is logged and counted.
 */
export function watchStrayFaults(log: Pick<Logger, 'error'>): StrayFaults {
  let count = 0;
  const note = (thrown: unknown): void => {
    count += 1;
    log.error({ cause: describeCause(thrown), place: placeOf(thrown) }, 'a failure that no request waited for');
  };
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  return {
    problems: () => (count === 0 ? [] : [`${count} failures that no request waited for; the log has them`]),
    stop: () => {
      process.off('unhandledRejection', note);
      process.off('uncaughtException', note);
    },
  };
}
