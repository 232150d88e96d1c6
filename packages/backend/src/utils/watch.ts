/** A timer that is moved often and fires rarely: moving it later costs an assignment, not a timer. */
export interface Watch {
  /** Calls back at `dueAtMs` (of the same clock); replaces the earlier due time. */
  setDue(dueAtMs: number): void;
  stop(): void;
}

/** `now` is a monotonic clock in milliseconds. `onDue` may set the next due time itself. */
export function createWatch(now: () => number, onDue: () => void): Watch {
  let due = Number.POSITIVE_INFINITY;
  let armedFor = Number.POSITIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const arm = (): void => {
    if (timer !== undefined) clearTimeout(timer);
    armedFor = due;
    timer = setTimeout(fire, Math.max(0, due - now()));
  };
  const fire = (): void => {
    timer = undefined;
    armedFor = Number.POSITIVE_INFINITY;
    if (due === Number.POSITIVE_INFINITY) return;
    if (now() < due) {
      arm();
      return;
    }
    due = Number.POSITIVE_INFINITY;
    onDue();
  };
  return {
    setDue: (dueAtMs) => {
      due = dueAtMs;
      // A timer that is armed for an earlier time re-arms itself when it fires.
      if (due < armedFor) arm();
    },
    stop: () => {
      due = Number.POSITIVE_INFINITY;
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
      armedFor = Number.POSITIVE_INFINITY;
    },
  };
}
