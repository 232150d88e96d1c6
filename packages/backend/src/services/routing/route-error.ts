import { GatewayError } from '../../types/errors.ts';
import type { RoutePlan } from './plan.ts';

/**
 * The error for a plan without attempts: `key_forbidden` when the key is the only obstacle, `route_limited` (with the
 * shortest wait) when every permitted target rests, else `route_none` with each target's reason.
 */
export function routeError(plan: RoutePlan, model: string, nowMs: number): GatewayError {
  const { refused } = plan;
  const permitted = refused.filter(({ reason }) => reason !== 'forbidden');
  if (refused.length > 0 && permitted.length === 0) {
    return new GatewayError('key_forbidden', `the client key may not use the model "${model}"`, { field: 'model' });
  }
  const resting = permitted.flatMap(({ reason, untilMs }) => (reason === 'resting' && untilMs ? [untilMs] : []));
  const retryAfterMs = resting.length === 0 ? undefined : Math.max(0, Math.min(...resting) - nowMs);
  const reasons = permitted.map(({ target, detail }) => `${target.id}: ${detail}`).join('; ');
  const message = `no target of the model "${model}" can be used now${reasons === '' ? '' : ` (${reasons})`}`;
  const allRest = permitted.length > 0 && resting.length === permitted.length;
  return new GatewayError(allRest ? 'route_limited' : 'route_none', message, { retryAfterMs });
}
