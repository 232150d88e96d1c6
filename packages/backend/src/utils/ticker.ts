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

/** A link of the ring of waits. A link that points at itself waits for nothing. */
interface Entry {
  dueAtMs: number;
  onDue: () => void;
  before: Entry;
  after: Entry;
}

function createEntry(onDue: () => void): Entry {
  const entry = { dueAtMs: 0, onDue } as Entry;
  entry.before = entry;
  entry.after = entry;
  return entry;
}

function unlink(entry: Entry): void {
  entry.before.after = entry.after;
  entry.after.before = entry.before;
  entry.before = entry;
  entry.after = entry;
}

function linkAfter(ring: Entry, entry: Entry): void {
  entry.before = ring;
  entry.after = ring.after;
  ring.after.before = entry;
  ring.after = entry;
}

/**
 * One coarse timer for all waits. It runs only while something waits. The waits are a ring of links, because a `Set`
 * that every request enters and leaves measured 12 microseconds a request in rehashing and collection.
 */
export function createTicker(now: () => number, periodMs = PERIOD_MS): Ticker {
  const ring = createEntry(() => undefined);
  let timer: ReturnType<typeof setInterval> | undefined;
  const sweep = (): void => {
    if (ring.after === ring) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const nowMs = now();
    const due: Entry[] = [];
    for (let entry = ring.after; entry !== ring; entry = entry.after) if (entry.dueAtMs <= nowMs) due.push(entry);
    for (const entry of due) {
      // An earlier callback may have stopped or moved this one.
      if (entry.after === entry || entry.dueAtMs > nowMs) continue;
      unlink(entry);
      entry.onDue();
    }
  };
  return {
    now,
    watch: (onDue) => {
      const entry = createEntry(onDue);
      return {
        setDue: (dueAtMs) => {
          entry.dueAtMs = dueAtMs;
          if (entry.after === entry) linkAfter(ring, entry);
          timer ??= setInterval(sweep, periodMs);
        },
        stop: () => unlink(entry),
      };
    },
  };
}
