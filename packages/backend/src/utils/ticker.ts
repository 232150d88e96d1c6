/** Something that is due at a time, and may be moved or taken back. */
export interface Due {
  /** Calls back at about `dueAtMs`; replaces the earlier time. */
  setDue(dueAtMs: number): void;
  stop(): void;
}

export interface Ticker {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Nothing is due until `setDue` is called. */
  watch(onDue: () => void): Due;
}

/** How late a callback may come. A timer of its own for every wait of every request costs more than this is worth. */
const PERIOD_MS = 25;

interface Entry {
  dueAtMs: number;
  readonly onDue: () => void;
}

/** One coarse timer for all waits. It runs only while something waits. */
export function createTicker(now: () => number, periodMs = PERIOD_MS): Ticker {
  const entries = new Set<Entry>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const sweep = (): void => {
    if (entries.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const nowMs = now();
    for (const entry of entries) {
      if (entry.dueAtMs > nowMs) continue;
      entries.delete(entry);
      entry.onDue();
    }
  };
  return {
    now,
    watch: (onDue) => {
      const entry: Entry = { dueAtMs: 0, onDue };
      return {
        setDue: (dueAtMs) => {
          entry.dueAtMs = dueAtMs;
          entries.add(entry);
          timer ??= setInterval(sweep, periodMs);
        },
        stop: () => {
          entries.delete(entry);
        },
      };
    },
  };
}
