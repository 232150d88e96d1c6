import type { Meter } from './meter.ts';
import type { Freshness } from './observation.ts';

/**
 * Where use is heading, from readings of the past. There is no forecast (`null`) while too few readings support one.
 * Rates are in the meter's unit per second; times are epoch milliseconds; `Lo` and `Hi` bound the likely range.
 */
export interface Forecast {
  readonly ratePerSecond: number;
  readonly ratePerSecondLo: number;
  readonly ratePerSecondHi: number;
  /** How many independent readings the decayed history is worth. */
  readonly effectiveReadings: number;
  /** The reset or expiry up to which this looks. */
  readonly horizonAtMs: number;
  /** Probability, 0 to 1, of running out before the horizon. */
  readonly runOutProbability: number;
  /** Amount expected to be left, and lost, at the horizon. */
  readonly expectedUnused: number;
  /** When it runs out at this rate; absent when it lasts beyond the horizon. */
  readonly runsOutAtMs?: number | undefined;
  readonly runsOutAtMsLo?: number | undefined;
  readonly runsOutAtMsHi?: number | undefined;
  /** Share used minus share of the window that has passed: above 0 is ahead of an even pace. */
  readonly paceDelta: number;
}

/** How full. The lines are 70 and 90 percent inclusive for `warning`, and 100 or the provider's word for `exhausted`. */
export type Level = 'ok' | 'warning' | 'critical' | 'exhausted' | 'unknown';

/** What to do about it. A separate axis: a nearly unused allowance that is about to expire is `use_or_lose`. */
export type Advice = 'none' | 'watch' | 'topup' | 'use_or_lose' | 'exhausted';

/** An account's quota as every surface shows it. */
export interface QuotaView {
  /** The meter that stops requests first; absent when no meter is known. */
  readonly binding?: Meter | undefined;
  /** Left of the binding meter, in its unit, after reservations. */
  readonly effectiveRemaining?: number | undefined;
  readonly level: Level;
  readonly advice: Advice;
  readonly freshness: Freshness;
  readonly forecast: Forecast | null;
  /** Epoch milliseconds until which nothing is served: the latest reset among the violated meters. */
  readonly blockedUntilMs?: number | undefined;
  readonly meters: readonly Meter[];
}
