import type { Logger } from '../../utils/logger.ts';

const MINUTE_MS = 60_000;

/** Logs a complaint at once, and the same complaint again at most once a minute, with how often it arose. */
export type Complain = (message: string, fields: object) => void;

/** Keeps a lasting fault from filling the log. `nowMs` is any clock that does not go back. */
export function createComplaints(log: Pick<Logger, 'error'>, nowMs: () => number): Complain {
  const spoken = new Map<string, { atMs: number; since: number }>();
  return (message, fields) => {
    const last = spoken.get(message) ?? { atMs: Number.NEGATIVE_INFINITY, since: 0 };
    last.since++;
    if (nowMs() - last.atMs >= MINUTE_MS) {
      log.error({ ...fields, times: last.since }, message);
      last.atMs = nowMs();
      last.since = 0;
    }
    spoken.set(message, last);
  };
}
