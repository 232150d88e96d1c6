/**
 * `ok`: requests are served. `degraded`: requests are served, but something needs an operator (a configuration that
 * was refused, records that cannot be stored). `draining`: open requests finish, new ones are refused.
 */
export type HealthStatus = 'ok' | 'degraded' | 'draining';

/** Answer of `GET /health`. It never calls a provider and never names a key, a model or an address. */
export interface HealthAnswer {
  readonly status: HealthStatus;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Requests that are being answered at this moment. */
  readonly openRequests: number;
  /** One sentence for each reason of `degraded`; empty otherwise. */
  readonly problems: readonly string[];
}

/** Answer of `GET /version` and of `plexus version --json`. */
export interface VersionAnswer {
  readonly version: string;
  /** Name and version of the runtime, for example "Bun 1.4.5". */
  readonly runtime: string;
}
