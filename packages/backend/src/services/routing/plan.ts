import type { FormatId } from '../../types/format-id.ts';
import type { Alias, Target } from '../../types/gateway.ts';
import type { TargetProfile } from '../../types/ir/target.ts';
import { type KeyPolicy, keyAllows } from './policy.ts';

/** One try: where to go, and in which API to speak there. */
export interface PlannedAttempt {
  readonly target: Target;
  readonly format: FormatId;
  readonly profile: TargetProfile;
  /** `lossless`: client and target speak one format and the bytes pass through; `translate`: they do not. */
  readonly lane: 'lossless' | 'translate';
}

/** Why a target of the alias is not tried. */
export interface Refusal {
  readonly target: Target;
  readonly reason: 'forbidden' | 'unusable' | 'resting';
  /** The reason in words for people; never holds a secret. */
  readonly detail: string;
  /** End of the rest, in epoch milliseconds. */
  readonly untilMs?: number | undefined;
}

export interface RoutePlan {
  readonly attempts: readonly PlannedAttempt[];
  readonly refused: readonly Refusal[];
}

export interface PlanInput {
  readonly alias: Alias;
  readonly key: KeyPolicy;
  readonly clientFormat: FormatId;
  /** Any finite number: a whole one is used as 32 bits, a fraction from 0 to 1 is spread over them. */
  readonly seed: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Until when a target rests after a failure or a limit, in epoch milliseconds; absent or past: it does not rest. */
  readonly restsUntilMs?: ((target: Target) => number | undefined) | undefined;
}

/**
 * Orders the targets worth trying, best first, and says why each other one was left out.
 *
 * Pure: same inputs, same plan, and no target twice. `in_order` keeps the configured order; `random` draws the whole
 * order from the weights without replacement. A target is asked in the client's own format when it speaks it, else
 * in its preferred one. A key may use a target through an alias that it may use, or because one of its patterns
 * matches the target itself. Never throws: with no target left `attempts` is empty (see `routeError`).
 *
 * Plans that depend on the alias and the client's format alone are made once for each alias and shared.
 */
export function planRoute(input: PlanInput): RoutePlan {
  const { alias, key, clientFormat, seed, restsUntilMs } = input;
  const fixed = fixedPlan(alias, clientFormat);
  const mayUseAll = keyAllows(key, policyName(alias));
  if (mayUseAll && restsUntilMs === undefined) return drawn(alias, fixed, seed);

  let attempts: PlannedAttempt[] | undefined;
  let refused: Refusal[] | undefined;
  fixed.attempts.forEach((attempt, place) => {
    const refusal = refusalOf(attempt.target, mayUseAll, input);
    if (refusal === undefined) {
      attempts?.push(attempt);
      return;
    }
    attempts ??= fixed.attempts.slice(0, place);
    refused ??= [...fixed.refused];
    refused.push(refusal);
  });
  const open = attempts === undefined || refused === undefined ? fixed : { attempts, refused };
  return drawn(alias, open, seed);
}

/** A direct name is judged by its target, so that a pattern such as `d*` does not open every provider. */
function policyName(alias: Alias): string {
  return alias.name.startsWith('direct/') ? (alias.targets[0]?.id ?? alias.name) : alias.name;
}

function refusalOf(target: Target, mayUseAll: boolean, { key, nowMs, restsUntilMs }: PlanInput): Refusal | undefined {
  if (!mayUseAll && !keyAllows(key, target.id)) {
    return { target, reason: 'forbidden', detail: 'the client key may not use it' };
  }
  const untilMs = restsUntilMs?.(target);
  if (untilMs === undefined || untilMs <= nowMs) return undefined;
  return { target, reason: 'resting', detail: `it rests for ${Math.ceil((untilMs - nowMs) / 1000)} s`, untilMs };
}

type PlansByFormat = Partial<Record<FormatId, RoutePlan>>;
// An alias is immutable and lives as long as its snapshot, so this never holds more than the snapshots in use.
const fixedPlans = new WeakMap<Alias, PlansByFormat>();

function fixedPlan(alias: Alias, clientFormat: FormatId): RoutePlan {
  let plans = fixedPlans.get(alias);
  if (plans === undefined) {
    plans = {};
    fixedPlans.set(alias, plans);
  }
  const known = plans[clientFormat];
  if (known !== undefined) return known;
  const plan = makeFixedPlan(alias, clientFormat);
  plans[clientFormat] = plan;
  return plan;
}

function makeFixedPlan(alias: Alias, clientFormat: FormatId): RoutePlan {
  const attempts: PlannedAttempt[] = [];
  const refused: Refusal[] = [];
  const seen = new Set<string>();
  for (const target of alias.targets) {
    const place = `${target.account.id} ${target.id}`;
    if (seen.has(place)) continue;
    seen.add(place);
    const detail = alias.enabled === false ? `the alias "${alias.name}" is switched off` : target.unusable;
    const attempt = detail === undefined ? attemptOn(target, clientFormat) : undefined;
    if (attempt === undefined) refused.push({ target, reason: 'unusable', detail: detail ?? 'it speaks no known API' });
    else attempts.push(attempt);
  }
  return { attempts, refused };
}

function attemptOn(target: Target, clientFormat: FormatId): PlannedAttempt | undefined {
  const own = target.profiles.get(clientFormat);
  if (own !== undefined) return { target, format: clientFormat, profile: own, lane: 'lossless' };
  for (const [format, profile] of target.profiles) return { target, format, profile, lane: 'translate' };
  return undefined;
}

function drawn(alias: Alias, plan: RoutePlan, seed: number): RoutePlan {
  if (alias.selector !== 'random' || plan.attempts.length < 2) return plan;
  return { attempts: drawOrder(plan.attempts, seed), refused: plan.refused };
}

/** Draws all attempts by weight, without replacement. */
function drawOrder(attempts: readonly PlannedAttempt[], seed: number): readonly PlannedAttempt[] {
  const next = randomFrom(seed);
  const left = [...attempts];
  const order: PlannedAttempt[] = [];
  while (left.length > 1) {
    let total = 0;
    for (const { target } of left) total += target.weight;
    let point = next() * total;
    let chosen = 0;
    // The last one takes what rounding leaves over.
    for (; chosen < left.length - 1; chosen += 1) {
      point -= left[chosen]?.target.weight ?? 0;
      if (point < 0) break;
    }
    order.push(...left.splice(chosen, 1));
  }
  return order.concat(left);
}

/** Mulberry32: numbers from 0 to 1 that depend on the seed alone. */
function randomFrom(seed: number): () => number {
  let state = (Number.isInteger(seed) ? seed : seed * 0x1_0000_0000) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
