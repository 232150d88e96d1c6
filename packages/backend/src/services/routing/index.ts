export { visibleNames } from './list.ts';
export { type PlannedAttempt, planRoute } from './plan.ts';
export { resolveModel } from './resolve.ts';
export { routeError } from './route-error.ts';
