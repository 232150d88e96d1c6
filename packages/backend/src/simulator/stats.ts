const RECENT_MAX = 50;
const BODY_CHARS_MAX = 1024 * 1024;
const ABORTS_MAX = 50;
const CREDENTIALS = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'cookie',
  'proxy-authorization',
]);

/** One request as it arrived, without its credential. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bodyTruncated: boolean;
}

/** A client that left; `seenAtMs` is the epoch time at which the simulator noticed. */
export interface SeenAbort {
  readonly model: string;
  readonly path: string;
  readonly seenAtMs: number;
  readonly openForMs: number;
  readonly bytesSent: number;
}

export interface SimulatorStats {
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly openRequests: number;
  readonly clientAborts: number;
  readonly aborts: readonly SeenAbort[];
  readonly scenarios: Readonly<Record<string, number>>;
  readonly recent: readonly SeenRequest[];
}

export interface StatsBook {
  arrived(request: Request, url: URL, body: string): void;
  /** Counts one play of a model name and says which one it is, from 1. */
  played(model: string): number;
  opened(): void;
  sent(bytes: number): void;
  closed(): void;
  aborted(abort: SeenAbort): void;
  read(): SimulatorStats;
  /** Forgets all counters but that of the requests still open. */
  reset(): void;
}

/** Counters in memory; they belong to one simulator. */
export function createStats(): StatsBook {
  let open = 0;
  let counts = { requests: 0, bytesIn: 0, bytesOut: 0, clientAborts: 0 };
  const scenarios = new Map<string, number>();
  const recent: SeenRequest[] = [];
  const aborts: SeenAbort[] = [];
  return {
    arrived(request, url, body) {
      counts.requests += 1;
      counts.bytesIn += Buffer.byteLength(body);
      recent.push(seen(request, url, body));
      if (recent.length > RECENT_MAX) recent.shift();
    },
    played(model) {
      const count = (scenarios.get(model) ?? 0) + 1;
      scenarios.set(model, count);
      return count;
    },
    opened() {
      open += 1;
    },
    sent(bytes) {
      counts.bytesOut += bytes;
    },
    closed() {
      open -= 1;
    },
    aborted(abort) {
      counts.clientAborts += 1;
      aborts.push(abort);
      if (aborts.length > ABORTS_MAX) aborts.shift();
    },
    read: () => ({
      ...counts,
      openRequests: open,
      aborts: [...aborts],
      scenarios: Object.fromEntries(scenarios),
      recent: [...recent],
    }),
    reset() {
      counts = { requests: 0, bytesIn: 0, bytesOut: 0, clientAborts: 0 };
      scenarios.clear();
      recent.length = 0;
      aborts.length = 0;
    },
  };
}

function seen(request: Request, url: URL, body: string): SeenRequest {
  const query = new URLSearchParams(url.searchParams);
  if (query.has('key')) query.set('key', 'hidden');
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) if (!CREDENTIALS.has(name)) headers[name] = value;
  return {
    method: request.method,
    path: url.pathname + (query.size > 0 ? `?${query}` : ''),
    headers,
    body: body.slice(0, BODY_CHARS_MAX),
    bodyTruncated: body.length > BODY_CHARS_MAX,
  };
}
