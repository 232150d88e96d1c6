import type { MeterId } from './meter.ts';

/** Where a number came from. */
export type ObservationSource = 'api_poll' | 'header' | 'local_count' | 'manual' | 'sidecar';

/** How far a number may be trusted. `estimated` is a heuristic limit, never a provider's word. */
export type Confidence = 'high' | 'medium' | 'low' | 'estimated';

/** One reading of one meter. Observations are only ever added; a newer one does not erase an older one. */
export interface Observation {
  readonly meterId: MeterId;
  /** Epoch milliseconds at which the provider answered. */
  readonly observedAtMs: number;
  /** In the meter's unit; what was not said is absent. */
  readonly values: {
    readonly limit?: number | undefined;
    readonly used?: number | undefined;
    readonly remaining?: number | undefined;
  };
  readonly source: ObservationSource;
  readonly confidence: Confidence;
  /** SHA-256 of the provider's payload in hex; the payload itself is not kept. */
  readonly payloadHash?: string | undefined;
}

/** What kind of thing went wrong with the last attempt to read. */
export type ReadFailureKind =
  | 'auth'
  | 'rate_limited'
  | 'parse'
  | 'network'
  | 'provider'
  | 'unsupported'
  | 'config'
  | 'locked'
  | 'aborted';

/**
 * How old the numbers are. `stale` when older than twice the interval; `error` when the last attempt failed; `never`
 * when nothing was read yet. The last good numbers stay visible in every state.
 */
export interface Freshness {
  readonly state: 'live' | 'stale' | 'error' | 'never';
  /** Milliseconds since the last good reading; absent when there is none. */
  readonly ageMs?: number | undefined;
  readonly lastSuccessAtMs?: number | undefined;
  /** Describes the last attempt only. `safeMessage` holds no secret and no payload. */
  readonly lastError?:
    | { readonly kind: ReadFailureKind; readonly atMs: number; readonly safeMessage: string }
    | undefined;
}
